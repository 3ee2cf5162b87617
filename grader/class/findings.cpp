#include "class/findings.hpp"

#include "class/archive.hpp"
#include "class/handed_in_names.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

/// A hostile submission must not fill the gradebook.
constexpr std::size_t kMostProblems = 10;
constexpr int kWidestPlace = 200;

}  // namespace

void Findings::keep(Candidates& candidates, const std::string& lesson, const Candidate& candidate) {
  const auto [known, is_new] = candidates.emplace(lesson, candidate);
  if (is_new || !known->second.rival.empty()) return;
  if (!candidate.rival.empty()) known->second.rival = candidate.rival;
  if (known->second.content != candidate.content) known->second.rival = candidate.place;
}

void Findings::offer(const TextStore& store, const std::string& lesson, const std::string& text,
                     const std::string& place) {
  const std::vector<std::string> parts = path_parts(place);
  const bool in_exercises = parts.size() > 1 && parts[parts.size() - 2] == "exercises";
  Candidates& candidates = in_exercises ? in_exercises_ : elsewhere_;
  const auto known = candidates.find(lesson);
  if (known != candidates.end() && !known->second.rival.empty()) return;  // decided: none of them
  keep(candidates, lesson, {store.put(text), place, ""});
}

void Findings::add_problem(const std::string& problem) {
  if (problems_.size() < kMostProblems) {
    problems_.push_back(problem);
  } else {
    ++problems_left_out_;
  }
}

void Findings::refuse(const std::string& place, const std::string& why) {
  add_problem(clip(printable(place), kWidestPlace) + ": " + printable(why));
}

bool Findings::charge(std::size_t bytes, std::size_t entries, std::size_t archives) {
  bytes_ += bytes;
  entries_ += entries;
  archives_ += archives;
  const bool before = too_large_;
  too_large_ = too_large_ || bytes_ > kMostOfSubmission || entries_ > kMostEntriesOfSubmission ||
               archives_ > kMostArchivesOfSubmission;
  if (too_large_ && !before)
    refuse("all of it", "a submission has at most " + mebibytes(kMostOfSubmission) + ", " +
                            std::to_string(kMostEntriesOfSubmission) + " entries and " +
                            std::to_string(kMostArchivesOfSubmission) + " archives");
  return !too_large_;
}

void Findings::add(const Findings& archive, bool used) {
  if (!charge(archive.bytes_, archive.entries_, archive.archives_) || !used) return;
  for (const auto& [lesson, candidate] : archive.in_exercises_)
    keep(in_exercises_, lesson, candidate);
  for (const auto& [lesson, candidate] : archive.elsewhere_) keep(elsewhere_, lesson, candidate);
  for (const std::string& problem : archive.problems_) add_problem(problem);
  problems_left_out_ += archive.problems_left_out_;
}

std::vector<std::string> Findings::problems() const {
  std::vector<std::string> all = problems_;
  const auto left_out = static_cast<long>(problems_left_out_);
  if (left_out > 0) all.push_back("and " + plural(left_out, "problem") + " more");
  return all;
}

void Findings::settle(Submission& submission) const {
  submission.problems = problems();
  if (too_large_) return;
  Candidates chosen = in_exercises_;
  chosen.insert(elsewhere_.begin(), elsewhere_.end());
  for (const auto& [lesson, candidate] : chosen) {
    if (candidate.rival.empty()) {
      submission.files.push_back({lesson, candidate.content});
    } else {
      submission.problems.push_back(clip(printable(candidate.place), kWidestPlace) + " and " +
                                    clip(printable(candidate.rival), kWidestPlace) +
                                    " differ: hand in one for " + lesson);
    }
  }
  if (chosen.empty() && problems_.empty())
    submission.problems.push_back("no exercise of this course");
}

}  // namespace qkoan
