#include "class/fingerprints.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>
#include <unordered_map>

namespace qkoan {

namespace {

// Characters that are no operators.
constexpr char kName = 'i';
constexpr char kNumber = 'n';
constexpr char kText = 's';

/// Words of the language that shape a program; others are types, or may be left out. Each has its letter.
char letter_of_keyword(std::string_view word) {
  static constexpr std::string_view kShaping[] = {
      "break", "case", "catch", "continue", "default", "delete", "do",    "else", "for",
      "goto",  "if",   "new",   "return",   "sizeof",  "switch", "throw", "try",  "while"};
  const auto* found = std::find(std::begin(kShaping), std::end(kShaping), word);
  if (found == std::end(kShaping)) return kName;
  return static_cast<char>('A' + (found - std::begin(kShaping)));
}

bool is_left_out(std::string_view word) {
  static constexpr std::string_view kLeftOut[] = {"const", "constexpr", "inline", "noexcept",
                                                  "static"};
  return std::find(std::begin(kLeftOut), std::end(kLeftOut), word) != std::end(kLeftOut);
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Takes tokens from the front of a C++ text.
class TokenReader {
 public:
  explicit TokenReader(std::string_view source) : left_(source) {}

  std::string tokens() {
    while (!left_.empty() && tokens_.size() < kMostTokens) step();
    return std::move(tokens_);
  }

 private:
  void step() {
    const char c = left_.front();
    if (left_.starts_with("//")) return skip_to("\n");
    if (left_.starts_with("/*")) return skip_to("*/");
    if (left_.starts_with("R\"")) return raw_text();
    if (c == '#') return directive();
    if (c == '"' || c == '\'') return quoted(c);
    if (std::isdigit(static_cast<unsigned char>(c))) return number();
    if (is_word(c)) return word();
    if (c > ' ' && c < '\x7f') tokens_ += c;
    left_.remove_prefix(1);
  }

  void skip_to(std::string_view end) {
    const std::size_t at = left_.find(end, end == "*/" ? 2 : 0);
    left_.remove_prefix(at == std::string_view::npos ? left_.size() : at + end.size());
  }

  void directive() {
    left_.remove_prefix(1);
    const std::size_t name = left_.find_first_not_of(" \t");
    if (name == std::string_view::npos) return;
    left_.remove_prefix(name);
    if (left_.starts_with("include") || left_.starts_with("pragma")) return skip_to("\n");
    tokens_ += '#';
  }

  void raw_text() {
    const std::size_t open = left_.find('(');
    tokens_ += kText;
    if (open == std::string_view::npos) return skip_to("\n");
    skip_to(")" + std::string(left_.substr(2, open - 2)) + "\"");
  }

  void quoted(char mark) {
    std::size_t end = 1;
    while (end < left_.size() && left_[end] != mark && left_[end] != '\n')
      end += left_[end] == '\\' ? 2 : 1;
    left_.remove_prefix(std::min(end + 1, left_.size()));
    tokens_ += kText;
  }

  void number() {
    std::size_t end = 1;
    while (end < left_.size() && (is_word(left_[end]) || left_[end] == '.' || left_[end] == '\''))
      ++end;
    left_.remove_prefix(end);
    tokens_ += kNumber;
  }

  void word() {
    std::size_t end = 1;
    while (end < left_.size() && is_word(left_[end])) ++end;
    const std::string_view name = left_.substr(0, end);
    left_.remove_prefix(end);
    if (name == "std" && left_.starts_with("::")) {
      left_.remove_prefix(2);
    } else if (name == "using") {
      skip_to(";");
    } else if (!is_left_out(name)) {
      tokens_ += letter_of_keyword(name);
    }
  }

  std::string_view left_;
  std::string tokens_;
};

/// Mixes the bits, so that a small hash is one by chance.
std::uint64_t scrambled(std::uint64_t hash) {
  hash = (hash ^ (hash >> 31)) * 0x7fb5d329728ea185u;
  hash = (hash ^ (hash >> 27)) * 0x81dadef4bc2dd44du;
  return hash ^ (hash >> 33);
}

std::uint64_t hash_of(std::string_view tokens) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char token : tokens)
    hash = (hash ^ static_cast<unsigned char>(token)) * 0x100000001b3u;
  return scrambled(hash);
}

using Prints = std::vector<std::uint64_t>;
using Holders = std::unordered_map<std::uint64_t, std::vector<std::size_t>>;

/// Who has which fingerprint, without those that too many have.
Holders telling_prints(const std::vector<Prints>& texts) {
  Holders holders;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    for (const std::uint64_t print : texts[i]) holders[print].push_back(i);
  }
  const std::size_t most = most_holders(texts.size());
  std::erase_if(holders, [&](const auto& one) { return one.second.size() > most; });
  return holders;
}

}  // namespace

std::string normalised_tokens(std::string_view source) { return TokenReader(source).tokens(); }

std::vector<std::uint64_t> fingerprints(std::string_view tokens) {
  std::set<std::uint64_t> chosen;
  Prints hashes;
  for (std::size_t i = 0; i + kFingerprintTokens <= tokens.size(); ++i)
    hashes.push_back(hash_of(tokens.substr(i, kFingerprintTokens)));
  const auto window = std::min<std::size_t>(kFingerprintWindow, hashes.size());
  for (std::size_t i = 0; window > 0 && i + window <= hashes.size(); ++i) {
    const auto first = hashes.begin() + static_cast<std::ptrdiff_t>(i);
    chosen.insert(*std::min_element(first, first + static_cast<std::ptrdiff_t>(window)));
  }
  return {chosen.begin(), chosen.end()};
}

std::size_t most_holders(std::size_t texts) { return std::clamp<std::size_t>(texts / 5, 5, 50); }

std::vector<Resemblance> find_resemblances(const std::vector<Prints>& texts, int percent,
                                           std::size_t fewest) {
  const Holders holders = telling_prints(texts);
  std::vector<std::size_t> telling(texts.size());
  for (const auto& [print, who] : holders) {
    for (const std::size_t i : who) ++telling[i];
  }
  std::vector<Resemblance> found;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::unordered_map<std::size_t, std::size_t> common;
    for (const std::uint64_t print : texts[i]) {
      const auto who = holders.find(print);
      if (who == holders.end()) continue;
      for (const std::size_t j : who->second) common[j] += j < i ? 1 : 0;
    }
    for (const auto& [j, count] : common) {
      const std::size_t smaller = std::min(telling[i], telling[j]);
      const int share = smaller == 0 ? 0 : static_cast<int>(100 * count / smaller);
      if (smaller >= fewest && share >= percent) found.push_back({j, i, share});
    }
  }
  std::sort(found.begin(), found.end(), [](const Resemblance& a, const Resemblance& b) {
    return std::tuple(-a.percent, a.one, a.other) < std::tuple(-b.percent, b.one, b.other);
  });
  return found;
}

}  // namespace qkoan
