#ifndef QKOAN_GRADER_CLASS_CLASS_RUN_HPP
#define QKOAN_GRADER_CLASS_CLASS_RUN_HPP
/// @file
/// Judges what a manifest names, each text once, and publishes the records. Stopped at any moment, it goes
/// on where it was: what is published is not judged again.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "class/judging.hpp"
#include "class/manifest.hpp"

namespace qkoan {

/// A part of a class: the texts whose names fall to it.
struct Shard {
  int number = 1;  ///< from 1
  int of = 1;

  bool has(const std::string& key) const;
};

/// To which of so many parts the text falls whose record has this name.
int shard_of(const std::string& key, int of);

/// "2/8". Throws Problem.
Shard parse_shard(const std::string& text);

/// What is the same for all who grade one class, on however many machines.
struct RunSettings {
  std::uint64_t seed = 0;
};

/// Those in FOLDER/run.json. The first who asks makes them: `seed`, or a fresh one. Throws Problem if
/// `seed` is another one than that of the folder.
RunSettings run_settings(const std::filesystem::path& folder, std::optional<std::uint64_t> seed);

struct ClassRunRequest {
  std::vector<HandedIn> texts;
  std::filesystem::path results;
  Shard shard;
  int jobs = 0;  ///< 0: as many as processors
};

struct ClassRunSummary {
  long judged = 0;
  long known = 0;  ///< from earlier runs
};

/// Those that this process may use; at least one.
std::vector<int> usable_processors();

/// Every text of a manifest once, in a fixed order.
std::vector<HandedIn> texts_of(const Manifest& manifest);

Async<ClassRunSummary> judge_class(Scope scope, ClassJudge& judge, ClassRunRequest request);

}  // namespace qkoan

#endif
