#include "class/class_run.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <map>

#include "class/class_progress.hpp"
#include "class/work_folder.hpp"
#include "files.hpp"
#include "judge.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr const char* kRunSchema = "qkoan/class-run/1";

std::optional<std::uint64_t> seed_in(const fs::path& file) {
  const ParsedJson parsed = parse_json(read_file(file).value_or(""));
  const std::string text = parsed.value["seed"].text();
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  const bool good = parsed.value["schema"].text() == kRunSchema && error == std::errc() &&
                    !text.empty() && end == text.data() + text.size();
  return good ? std::optional(seed) : std::nullopt;
}

/// What all who judge side by side share.
struct SharedWork {
  ClassJudge& judge;
  const fs::path results;
  std::deque<HandedIn> waiting;
  ClassProgress progress;
  WorkFolder folder;
};

/// Takes text after text, as long as there are any.
Async<> judge_texts(Scope scope, SharedWork& work, int number, int processor) {
  while (!work.waiting.empty()) {
    HandedIn text = std::move(work.waiting.front());
    work.waiting.pop_front();
    const Bench bench{processor, work.folder.fresh(number)};
    const GradeRecord record = co_await work.judge.judge(scope, std::move(text), bench);
    publish(record, work.results);
    work.progress.step();
  }
}

/// All of them; if one fails, all stop, and the first reason is told.
Async<> all_or_none(Scope scope, std::vector<Async<>> jobs) {
  std::exception_ptr first;
  for (Async<>& job : jobs) {
    try {
      co_await std::move(job);
    } catch (...) {
      if (!first) first = std::current_exception();
      scope.cancel();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace

int shard_of(const std::string& key, int of) {
  const unsigned long long value = std::stoull(key.substr(0, 8), nullptr, 16);
  return static_cast<int>(value % static_cast<unsigned long long>(of)) + 1;
}

std::vector<int> usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<std::size_t>(i), &set)) processors.push_back(i);
  }
  return processors;
}

bool Shard::has(const std::string& key) const { return shard_of(key, of) == number; }

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.number);
  bool good = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  if (good) {
    const auto second = std::from_chars(first.ptr + 1, end, shard.of);
    good = second.ec == std::errc() && second.ptr == end;
  }
  if (!good || shard.number < 1 || shard.of < shard.number || shard.of > 100000)
    throw Problem("--shard: \"" + printable(text) +
                  "\" is no part of a whole. The second of eight parts is 2/8.");
  return shard;
}

RunSettings run_settings(const fs::path& folder, std::optional<std::uint64_t> seed) {
  const fs::path file = folder / "run.json";
  if (!fs::exists(file)) {
    Json json = Json::object(
        {{"schema", kRunSchema}, {"seed", std::to_string(seed ? *seed : fresh_seed())}});
    const std::string fresh = file.string() + "." + std::to_string(getpid());
    const std::string error = write_atomically(fresh, json.dump(2) + "\n");
    // Of several that begin at the same moment, the first one's stays.
    const bool linked =
        error.empty() && (link(fresh.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const std::string reason = error.empty() ? std::strerror(errno) : error;
    unlink(fresh.c_str());
    if (!linked) throw Problem("Cannot write " + file.string() + ": " + reason + ".");
  }
  const std::optional<std::uint64_t> known = seed_in(file);
  if (!known)
    throw Problem(file.string() + " is damaged. Remove it: everything is judged anew then.");
  if (seed && *seed != *known)
    throw Problem("This class is graded with seed " + std::to_string(*known) + " (" +
                  file.string() + "), not " + std::to_string(*seed) +
                  ". Leave --seed out, or take another folder for --out.");
  return {*known};
}

std::vector<HandedIn> texts_of(const Manifest& manifest) {
  std::map<std::pair<std::string, std::string>, HandedIn> texts;
  for (const Submission& submission : manifest.submissions) {
    for (const HandedIn& text : submission.files) texts[{text.content, text.lesson}] = text;
  }
  std::vector<HandedIn> result;
  for (auto& [name, text] : texts) result.push_back(std::move(text));
  return result;
}

Async<ClassRunSummary> judge_class(Scope scope, ClassJudge& judge, ClassRunRequest request) {
  WorkFolder::clear_orphans();
  ClassRunSummary summary;
  std::deque<HandedIn> waiting;
  for (HandedIn& text : request.texts) {
    const std::string key = judge.conditions_of(text).key();
    if (!request.shard.has(key)) continue;
    if (read_record(record_file(request.results, key)))
      ++summary.known;
    else
      waiting.push_back(std::move(text));
  }
  summary.judged = static_cast<long>(waiting.size());
  if (waiting.empty()) co_return summary;

  SharedWork work{judge, request.results, std::move(waiting), ClassProgress(summary.judged),
                  WorkFolder(judge.sandbox().user())};
  const std::vector<int> processors = usable_processors();
  const std::size_t jobs =
      request.jobs > 0 ? static_cast<std::size_t>(request.jobs) : processors.size();
  // Parts of one class that run side by side on one machine, with few jobs each, do not all begin with
  // its first processor.
  const std::size_t first = static_cast<std::size_t>(request.shard.number - 1) * jobs;
  std::vector<Async<>> running;
  for (std::size_t i = 0; i < std::min(jobs, work.waiting.size() + running.size()); ++i) {
    const int processor = processors[(first + i) % processors.size()];
    running.push_back(judge_texts(scope, work, static_cast<int>(i), processor));
  }
  co_await all_or_none(scope, std::move(running));
  co_return summary;
}

}  // namespace qkoan
