#ifndef QKOAN_GRADER_CLASS_HTML_HPP
#define QKOAN_GRADER_CLASS_HTML_HPP
/// @file
/// HTML that cannot be injected into: a text becomes HTML by being escaped, and in no other way.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace qkoan {

/// A literal of the program's own text. Texts that are known at run time do not become one.
class Literal {
 public:
  consteval Literal(const char* text) : text_(text) {}
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A value may be any text.
struct Attribute {
  Literal name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

/// HTML. It comes about from escaped texts, from elements, and from literals.
class Html {
 public:
  Html() = default;
  static Html markup(Literal markup) { return Html(std::string(markup.text())); }

  Html& operator+=(const Html& other) {
    html_ += other.html_;
    return *this;
  }
  friend Html operator+(Html a, const Html& b) { return a += b; }

  bool empty() const { return html_.empty(); }
  const std::string& string() const { return html_; }

 private:
  explicit Html(std::string html) : html_(std::move(html)) {}
  friend Html escaped(std::string_view text);
  friend Html element(Literal name, Attributes attributes, const Html& content);
  friend Html empty_element(Literal name, Attributes attributes);

  std::string html_;
};

/// A text in one or more lines. What cannot be shown is made printable.
Html escaped(std::string_view text);

/// <name attribute="value">content</name>; values are escaped, too.
Html element(Literal name, Attributes attributes, const Html& content);
Html element(Literal name, const Html& content);
Html element(Literal name, std::string_view content);

/// <name attribute="value">, for elements without content.
Html empty_element(Literal name, Attributes attributes);

/// A whole page with our style: readable on phones and in the dark, without scripts, and unable to
/// fetch anything.
std::string html_page(std::string_view title, const Html& body);

}  // namespace qkoan

#endif
