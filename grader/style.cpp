#include "style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace qkoan {

Style Style::of(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool refused = no_color && *no_color;
  const bool dumb = terminal && std::string_view(terminal) == "dumb";
  return Style(is_terminal(descriptor) && !refused && !dumb);
}

std::string Style::paint(std::string_view code, std::string_view text) const {
  if (!colour_ || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

int terminal_width(int descriptor, int otherwise) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : otherwise;
}

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

}  // namespace qkoan
