#include "class/similarity.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "class/fingerprints.hpp"
#include "files.hpp"

namespace qkoan {

namespace {

namespace fs = std::filesystem;

using Owners = std::vector<std::size_t>;

/// Submissions by what they have in common: a hash, or normalised tokens.
using Groups = std::map<std::string, Owners>;

Groups owners_of_texts(const Manifest& manifest, const std::string& lesson) {
  Groups owners;
  for (std::size_t i = 0; i < manifest.submissions.size(); ++i) {
    for (const HandedIn& file : manifest.submissions[i].files) {
      if (file.lesson == lesson) owners[file.content].push_back(i);
    }
  }
  return owners;
}

/// What everybody has been given.
std::vector<std::uint64_t> given_prints(const Setup& setup, const std::string& lesson) {
  std::vector<std::uint64_t> given;
  for (const fs::path& file :
       {setup.stub(lesson), setup.source / "exercises" / (lesson + ".hpp")}) {
    const std::vector<std::uint64_t> prints =
        fingerprints(normalised_tokens(read_file(file).value_or("")));
    given.insert(given.end(), prints.begin(), prints.end());
  }
  std::sort(given.begin(), given.end());
  return given;
}

std::vector<std::uint64_t> own_prints(const std::string& tokens,
                                      const std::vector<std::uint64_t>& given) {
  const std::vector<std::uint64_t> all = fingerprints(tokens);
  std::vector<std::uint64_t> own;
  std::set_difference(all.begin(), all.end(), given.begin(), given.end(), std::back_inserter(own));
  return own;
}

/// The distinct programs of one lesson.
struct Programs {
  std::vector<Owners> owners;
  std::vector<std::vector<std::uint64_t>> prints;
};

/// Adds what is the same to the byte, or but for names, and returns what is left to compare.
Programs same_programs(const Groups& texts, const std::string& lesson, const fs::path& folder,
                       const Setup& setup, std::vector<Similar>& found) {
  const std::vector<std::uint64_t> given = given_prints(setup, lesson);
  Groups by_tokens;
  std::map<std::string, std::size_t> distinct_texts;
  for (const auto& [content, owners] : texts) {
    const std::string tokens =
        normalised_tokens(read_file(text_with_hash(folder, content)).value_or(""));
    if (own_prints(tokens, given).empty()) continue;
    if (owners.size() > 1) found.push_back({lesson, Likeness::kSameText, owners});
    Owners& all = by_tokens[tokens];
    all.insert(all.end(), owners.begin(), owners.end());
    ++distinct_texts[tokens];
  }
  Programs programs;
  for (auto& [tokens, owners] : by_tokens) {
    std::sort(owners.begin(), owners.end());
    programs.prints.push_back(own_prints(tokens, given));
    const bool tells = programs.prints.back().size() >= kFewestFingerprints;
    if (tells && distinct_texts[tokens] > 1)
      found.push_back({lesson, Likeness::kSameTokens, owners});
    programs.owners.push_back(owners);
  }
  return programs;
}

}  // namespace

std::vector<Similar> find_similar(const Manifest& manifest, const CourseFile& file,
                                  const fs::path& texts, const Setup& setup) {
  std::vector<Similar> found;
  for (const CountedLesson& lesson : file.lessons) {
    const Groups owners = owners_of_texts(manifest, lesson.name);
    if (owners.empty()) continue;
    const Programs programs = same_programs(owners, lesson.name, texts, setup, found);
    const std::vector<Resemblance> pairs = find_resemblances(
        programs.prints, static_cast<int>(file.similarity_percent), kFewestFingerprints);
    for (const Resemblance& pair : pairs) {
      Owners both = {programs.owners[pair.one].front(), programs.owners[pair.other].front()};
      std::sort(both.begin(), both.end());
      found.push_back({lesson.name, Likeness::kCommonParts, both, pair.percent});
    }
  }
  return found;
}

}  // namespace qkoan
