/// @file
/// HTML: whatever a text is, it stays a text.

#include "class/html.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace qkoan;

// What would let a text be markup does not compile.
static_assert(!std::is_constructible_v<Html, std::string>);
static_assert(!std::is_constructible_v<Html, const char*>);
static_assert(!std::is_convertible_v<std::string, Literal>);

BOOST_AUTO_TEST_CASE(texts_are_escaped) {
  BOOST_TEST(escaped("a<b>&\"'").string() == "a&lt;b&gt;&amp;&quot;&#39;");
  BOOST_TEST(escaped("one\r\ntwo\n").string() == "one\ntwo");
  BOOST_TEST(escaped("\x1b[31m\xff\xe2\x80\xae").string() == "\\x1b[31m\\xff\\xe2\\x80\\xae");
  BOOST_TEST(element("p", "</p><script>").string() == "<p>&lt;/p&gt;&lt;script&gt;</p>");
  BOOST_TEST(element("a", {{"href", "\" onclick=\"x"}}, escaped("b")).string() ==
             "<a href=\"&quot; onclick=&quot;x\">b</a>");
}

BOOST_AUTO_TEST_CASE(no_text_becomes_markup) {
  std::mt19937 random(1);
  for (int k = 0; k < 20000; ++k) {
    std::string text;
    for (int i = static_cast<int>(random() % 12); i > 0; --i)
      text += random() % 2 == 0 ? static_cast<char>(random() % 256) : "<>&\"'="[random() % 6];
    const std::string html = escaped(text).string();
    BOOST_REQUIRE(html.find_first_of("<>\"'") == std::string::npos);
    for (const char c : html) BOOST_REQUIRE((static_cast<unsigned char>(c) >= ' ' || c == '\n'));
  }
}

BOOST_AUTO_TEST_CASE(a_page_can_fetch_nothing) {
  const std::string page = html_page("<t>", element("p", "body"));
  BOOST_TEST(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  BOOST_TEST(page.find("<title>&lt;t&gt;</title>") != std::string::npos);
  BOOST_TEST(
      page.find("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"") !=
      std::string::npos);
}
