#ifndef QKOAN_GRADER_PRECOMPILED_HPP
#define QKOAN_GRADER_PRECOMPILED_HPP
/// @file
/// The header that is precompiled for students' files: what every contract includes, parsed once.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qkoan {

/// The compiler's options for using the precompiled `header`; none if the text names one of the special
/// functions of `<cmath>` (std::beta, std::riemann_zeta and their like), which it leaves out: reading them is
/// most of what a compiler does for a short file.
std::vector<std::string> use_precompiled(const std::filesystem::path& header,
                                         std::string_view text);

}  // namespace qkoan

#endif
