#ifndef QKOAN_DOCS_FORMAT_HPP
#define QKOAN_DOCS_FORMAT_HPP
/// @file
/// Text with numbers in it, for pages and pictures.

#include <string>

namespace qkoan {

/// snprintf as a string.
std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

}  // namespace qkoan

#endif
