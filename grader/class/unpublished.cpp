#include "class/unpublished.hpp"

#include "class/class_run.hpp"

namespace qkoan {

namespace fs = std::filesystem;

Unpublished::Unpublished(ClassJudge& judge, const std::vector<HandedIn>& texts, fs::path results)
    : results_(std::move(results)) {
  for (const HandedIn& text : texts) texts_[judge.conditions_of(text).key()] = text;
  look();
}

long Unpublished::look() {
  const long before = size();
  std::set<std::string> folders;
  for (const auto& [key, text] : texts_) folders.insert(key.substr(0, 2));
  // Listed, and not asked for one by one: a network file system remembers for a while what was not there.
  for (const std::string& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator entry(results_ / folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string key = entry->path().stem().string();
      if (texts_.contains(key) && read_record(record_file(results_, key))) texts_.erase(key);
    }
  }
  return before - size();
}

std::map<int, long> Unpublished::parts(int of) const {
  std::map<int, long> parts;
  for (const auto& [key, text] : texts_) ++parts[shard_of(key, of)];
  return parts;
}

}  // namespace qkoan
