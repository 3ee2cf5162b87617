#ifndef QKOAN_GRADER_CLASS_FINGERPRINTS_HPP
#define QKOAN_GRADER_CLASS_FINGERPRINTS_HPP
/// @file
/// Fingerprints of programs by winnowing (Schleimer, Wilkerson and Aiken, 2003), so that texts with common
/// parts are found without comparing all with all.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qkoan {

/// Tokens of a fingerprint, and how many of these in a row are represented by one: any common part of
/// kFingerprintTokens + kFingerprintWindow − 1 tokens is found, and none shorter than kFingerprintTokens.
constexpr int kFingerprintTokens = 12;
constexpr int kFingerprintWindow = 6;

/// No exercise is longer. Who hands in more is compared by the beginning.
constexpr std::size_t kMostTokens = 20000;

/// A character for each token of a C++ text: names, types and std:: become one, all numbers one, all texts
/// one; comments, white space, #include lines, using and const, static, inline, constexpr go.
std::string normalised_tokens(std::string_view source);

/// The fingerprints of normalised tokens, sorted, each once.
std::vector<std::uint64_t> fingerprints(std::string_view tokens);

/// Two of several texts.
struct Resemblance {
  std::size_t one = 0;
  std::size_t other = 0;
  int percent = 0;  ///< of the fingerprints of the one that has fewer
};

/// How many texts may have a fingerprint that tells something.
std::size_t most_holders(std::size_t texts);

/// Pairs that have at least `percent` of their fingerprints in common, most first. Fingerprints that more
/// than most_holders() texts have, tell nothing; nor do texts with fewer than `fewest` others.
std::vector<Resemblance> find_resemblances(const std::vector<std::vector<std::uint64_t>>& texts,
                                           int percent, std::size_t fewest);

}  // namespace qkoan

#endif
