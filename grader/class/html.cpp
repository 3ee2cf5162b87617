#include "class/html.hpp"

#include "text.hpp"

namespace qkoan {

namespace {

// Colours have a contrast of at least 4.5 to their background, in both schemes.
constexpr const char* kPageStyle = R"css(
:root { color-scheme: light dark; --text: #1b1f24; --page: #ffffff; --soft: #f2f4f7; --line: #c9d0d8;
  --faint: #56606b; --link: #0b57b0; --good: #116329; --bad: #b3261e; --warn: #7a4b00; --bar: #2f6fb5; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ed; --page: #14171b; --soft: #1f242a; --line: #3d454e; --faint: #a3adb8;
    --link: #8ab8ff; --good: #6fd08c; --bad: #ff9d94; --warn: #f0b860; --bar: #6ea5e0; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 62rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h3 { font-size: 1.05rem; margin-bottom: .3rem; }
a { color: var(--link); } a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--faint); padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
th { background: var(--soft); } td.number, th.number { text-align: right; } td.number { white-space: nowrap; }
pre { background: var(--soft); border: 1px solid var(--line); padding: .7rem; overflow-x: auto;
  font: .85rem/1.4 ui-monospace, monospace; }
.faint { color: var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); }
.warn { color: var(--warn); } .score { font-size: 1.3rem; }
.note { border-left: 4px solid var(--warn); background: var(--soft); padding: .5rem .8rem; margin: .8rem 0; }
svg { display: block; } svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .bar { fill: var(--bar); } svg .axis { stroke: var(--line); }
.facts { display: flex; flex-wrap: wrap; gap: .6rem; padding: 0; list-style: none; }
.facts li { background: var(--soft); border: 1px solid var(--line); padding: .4rem .8rem; }
.facts b { display: block; font-size: 1.2rem; }
@media print { body { max-width: none; } pre, .scroll { overflow: visible; } }
)css";

std::string opening(std::string_view name, Attributes attributes) {
  std::string tag = "<" + std::string(name);
  for (const auto& [attribute, value] : attributes)
    tag += " " + std::string(attribute.text()) + "=\"" + escape_markup(value) + "\"";
  return tag + ">";
}

}  // namespace

Html escaped(std::string_view text) { return Html(escape_markup(text)); }

Html element(Literal name, Attributes attributes, const Html& content) {
  return Html(opening(name.text(), attributes) + content.string() + "</" +
              std::string(name.text()) + ">");
}

Html element(Literal name, const Html& content) { return element(name, {}, content); }

Html element(Literal name, std::string_view content) { return element(name, {}, escaped(content)); }

Html empty_element(Literal name, Attributes attributes) {
  return Html(opening(name.text(), attributes));
}

std::string html_page(std::string_view title, const Html& body) {
  const Html head =
      empty_element("meta", {{"charset", "utf-8"}}) +
      empty_element("meta",
                    {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}) +
      empty_element("meta", {{"http-equiv", "Content-Security-Policy"},
                             {"content", "default-src 'none'; style-src 'unsafe-inline'"}}) +
      empty_element("meta", {{"name", "referrer"}, {"content", "no-referrer"}}) +
      element("title", title);
  // The style is a literal of ours, and must not be escaped.
  return "<!DOCTYPE html>\n<html lang=\"en\"><head>" + head.string() + "<style>" + kPageStyle +
         "</style></head>\n<body>" + body.string() + "</body></html>\n";
}

}  // namespace qkoan
