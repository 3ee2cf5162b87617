#ifndef QKOAN_GRADER_SHA256_HPP
#define QKOAN_GRADER_SHA256_HPP
/// @file
/// Names for contents: nobody finds two contents with the same one.

#include <string>
#include <string_view>

namespace qkoan {

/// SHA-256 of a content: 64 hexadecimal digits, in lower case.
std::string sha256(std::string_view content);

/// Whether a text could be one, so that it may be a part of a path.
bool is_sha256(std::string_view text);

}  // namespace qkoan

#endif
