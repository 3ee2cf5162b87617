#ifndef QKOAN_GRADER_STYLE_HPP
#define QKOAN_GRADER_STYLE_HPP
/// @file
/// Colour, where somebody looks and wants it.

#include <string>
#include <string_view>

namespace qkoan {

/// Paints text, or leaves it as it is.
class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}

  /// Colour on a terminal, without NO_COLOR and unless TERM is "dumb".
  static Style of(int descriptor);

  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string red(std::string_view text) const { return paint("31", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string yellow(std::string_view text) const { return paint("33", text); }
  std::string cyan(std::string_view text) const { return paint("36", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const;

  bool colour_;
};

/// Whether somebody looks at this descriptor.
bool is_terminal(int descriptor);

/// Columns of the terminal, or `otherwise` if there is none.
int terminal_width(int descriptor, int otherwise);

}  // namespace qkoan

#endif
