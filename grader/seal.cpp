#include "seal.hpp"

#include <sodium.h>

#include <array>

#include "problem.hpp"

namespace qkoan {

namespace {

constexpr std::size_t kSalt = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonce = crypto_secretbox_NONCEBYTES;
constexpr std::size_t kHeader = kSalt + kNonce;
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;

using Bytes = std::basic_string<unsigned char>;
using Key = std::array<unsigned char, crypto_secretbox_KEYBYTES>;

void start_library() {
  if (sodium_init() < 0) throw Problem("libsodium cannot be used: it finds no random numbers.");
}

Key key_of(const std::string& secret, Secret kind, const unsigned char* salt) {
  Key key;
  if (kind == Secret::kLong) {
    crypto_generichash(key.data(), key.size(),
                       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), salt,
                       kSalt);
  } else if (crypto_pwhash(key.data(), key.size(), secret.data(), secret.size(), salt,
                           crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                           crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw Problem("64 MiB of memory are needed to judge an answer, and they are not there.");
  }
  return key;
}

std::string to_base64(const Bytes& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kBase64);
  text.pop_back();  // the final zero of C
  return text;
}

/// Empty if it is no base64.
Bytes from_base64(const std::string& text) {
  Bytes bytes(text.size(), 0);
  std::size_t size = 0;
  const bool good = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr,
                                      &size, nullptr, kBase64) == 0;
  bytes.resize(good ? size : 0);
  return bytes;
}

}  // namespace

std::string seal(const std::string& text, const std::string& secret, Secret kind) {
  start_library();
  Bytes sealed(kHeader + crypto_secretbox_MACBYTES + text.size(), 0);
  randombytes_buf(sealed.data(), kHeader);
  const Key key = key_of(secret, kind, sealed.data());
  crypto_secretbox_easy(sealed.data() + kHeader,
                        reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                        sealed.data() + kSalt, key.data());
  return to_base64(sealed);
}

std::optional<std::string> unseal(const std::string& sealed, const std::string& secret,
                                  Secret kind) {
  start_library();
  const Bytes bytes = from_base64(sealed);
  if (bytes.size() < kHeader + crypto_secretbox_MACBYTES) return std::nullopt;
  const Key key = key_of(secret, kind, bytes.data());
  std::string text(bytes.size() - kHeader - crypto_secretbox_MACBYTES, '\0');
  const bool opened = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(text.data()),
                                                 bytes.data() + kHeader, bytes.size() - kHeader,
                                                 bytes.data() + kSalt, key.data()) == 0;
  return opened ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace qkoan
