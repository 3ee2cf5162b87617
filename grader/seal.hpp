#ifndef QKOAN_GRADER_SEAL_HPP
#define QKOAN_GRADER_SEAL_HPP
/// @file
/// Texts that open only to somebody who knows a secret, such as the answer of a question.

#include <optional>
#include <string>

namespace qkoan {

/// What it takes to try out secrets.
enum class Secret {
  kGuessable,  ///< few are possible: each try takes a tenth of a second and 64 MiB
  kLong        ///< nobody guesses it: a try takes microseconds
};

/// Salt, nonce and the encrypted text in base64; with the same secret different in every call. Throws
/// Problem if the memory does not suffice.
std::string seal(const std::string& text, const std::string& secret, Secret kind);

/// The text; nothing if the secret is another one, or `sealed` is damaged. Throws Problem likewise.
std::optional<std::string> unseal(const std::string& sealed, const std::string& secret,
                                  Secret kind);

}  // namespace qkoan

#endif
