#include "class/slurm.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>

#include "class/class_progress.hpp"
#include "class/out_folder.hpp"
#include "class/reports.hpp"
#include "class/slurm_queue.hpp"
#include "class/unpublished.hpp"
#include "files.hpp"
#include "problem.hpp"
#include "session.hpp"
#include "sha256.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

/// A cluster's usual MaxArraySize is 1001, which is the first number that an element may not have.
constexpr long kMostParts = 1000;
constexpr int kMostAgain = 3;
constexpr std::size_t kMostPartsTold = 5;
/// An honest text takes half a second. A part whose time is up is submitted again, and goes on.
constexpr long kMinutesToBegin = 10;
constexpr long kTextsPerMinute = 20;
constexpr int kIdleLooks = 3;
constexpr int kShortestPause = 1000;
constexpr int kLongestPause = 15000;

/// "1-3,7" of 1, 2, 3, 7.
std::string array_elements(const std::map<int, long>& parts) {
  std::string text;
  for (auto part = parts.begin(); part != parts.end();) {
    const int first = part->first;
    int last = first;
    while (++part != parts.end() && part->first == last + 1) ++last;
    if (!text.empty()) text += ",";
    text += std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  }
  return text;
}

/// What a job says last.
std::string end_of_log(const fs::path& log) {
  const std::vector<std::string> lines = split_lines(trim(read_file(log).value_or("")));
  return lines.empty() ? "nothing" : clip(printable(lines.back()), kReportWidth);
}

/// One class on its way through the queue.
class SlurmRun {
 public:
  SlurmRun(ClassJudge& judge, SlurmRequest request)
      : judge_(judge),
        request_(std::move(request)),
        folder_(request_.out / "slurm"),
        queue_("qkoan-" + sha256(request_.out.string()).substr(0, 12), folder_, request_.options),
        left_(judge, request_.texts, request_.out / "results"),
        total_(left_.size()),
        of_(static_cast<int>(
            std::clamp((total_ + request_.chunk - 1) / request_.chunk, 1L, kMostParts))) {}

  Async<long> judge_all(Scope scope);

  /// Ctrl-C ends jobs as it ends what runs here. A connection that breaks ends nobody's jobs.
  void interrupted() const;

 private:
  Async<bool> has_jobs(Scope scope);
  std::string script() const;
  void write_script() const;
  Async<> submit(Scope scope);
  Async<> watch(Scope scope, ClassProgress& progress);
  void tell(const QueueState& state);
  [[noreturn]] void give_up();
  std::string other_conditions();

  ClassJudge& judge_;
  SlurmRequest request_;
  fs::path folder_;
  SlurmQueue queue_;
  Unpublished left_;
  long total_;
  int of_;
  std::string job_;             // the last one's number
  std::set<std::string> told_;  // reasons
  int idle_ = 0;                // how often nothing was seen to run
};

std::string SlurmRun::script() const {
  const std::string tool = fs::read_symlink("/proc/self/exe");
  const long chunk = (total_ + of_ - 1) / of_;
  return "#!/bin/sh\n"
         "# Judges one part of a class; Slurm starts it for each of " +
         std::to_string(of_) +
         ". To start it by hand:\n"
         "#   sbatch --array=1-" +
         std::to_string(of_) + " class.sh\n#SBATCH --job-name=" + queue_.name() +
         "\n#SBATCH --requeue\n#SBATCH --open-mode=append\n#SBATCH --output=%A_%a.log\n"
         "#SBATCH --cpus-per-task=1\n#SBATCH --mem-per-cpu=2G\n#SBATCH --time=" +
         std::to_string(kMinutesToBegin + chunk / kTextsPerMinute) + "\nexec " + shell_word(tool) +
         " grade --shard \"$SLURM_ARRAY_TASK_ID/" + std::to_string(of_) +
         "\" --built \\\n  --manifest " + shell_word(request_.out / "manifest.json") +
         " \\\n  --results " + shell_word(request_.out / "results") + " \\\n  --tier " +
         name_of(judge_.sandbox().tier()) + " --jobs \"${SLURM_CPUS_PER_TASK:-1}\"\n";
}

void SlurmRun::write_script() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  const fs::path file = folder_ / "class.sh";
  write_into_out_folder(file, script());
  chmod(file.c_str(), 0755);
}

Async<> SlurmRun::submit(Scope scope) {
  write_script();
  const std::map<int, long> parts = left_.parts(of_);
  fs::path file = folder_ / "class.sh";
  std::string elements = array_elements(parts);
  job_ = co_await queue_.submit(scope, std::move(file), std::move(elements));
  say("Slurm job " + job_ + ": " + plural(static_cast<long>(parts.size()), "part") + ", " +
      plural(left_.size(), "text") + " to judge; logs are in " + printable(folder_.string()) +
      "\n");
}

/// Why nothing happens, each reason once. Between two jobs there is nothing for a moment.
void SlurmRun::tell(const QueueState& state) {
  idle_ = state.running > 0 || state.waiting == 0 ? 0 : idle_ + 1;
  if (idle_ < kIdleLooks || !told_.insert(state.reason).second) return;
  say("  waiting in Slurm's queue: " + state.reason + "\n");
}

/// Until all is published, or nothing of ours is in the queue.
Async<> SlurmRun::watch(Scope scope, ClassProgress& progress) {
  int milliseconds = kShortestPause;
  for (int absent = 0; !left_.empty() && absent < 2;) {
    co_await pause(scope, milliseconds);
    milliseconds = std::min(milliseconds + milliseconds / 20, kLongestPause);
    const std::optional<QueueState> state = co_await queue_.state(scope);
    for (long news = left_.look(); news > 0; --news) progress.step();
    if (!state) continue;
    // Seen twice: another machine's files may take a moment to be seen here.
    absent = state->empty() ? absent + 1 : 0;
    tell(*state);
  }
}

/// How the conditions of a record differ from those here, in words.
std::string SlurmRun::other_conditions() {
  const HandedIn& text = left_.one();
  const FoundRecords found = find_records(request_.out);
  const std::optional<GradeRecord> record = found.record(text);
  if (!record) return "";
  const Conditions here = judge_.conditions_of(text);
  const Conditions& there = record->conditions;
  std::string what = "other limits or another seed";
  if (there.compiler != here.compiler)
    what = "another compiler (" + there.compiler + "; here: " + here.compiler + ")";
  else if (there.harness != here.harness)
    what = "another build of the course";
  else if (there.tier != here.tier)
    what = "another tier (" + there.tier + ")";
  return "\nThere are verdicts on some of them, under other conditions: " + printable(what) +
         ". All machines must have the same.";
}

void SlurmRun::give_up() {
  const std::map<int, long> parts = left_.parts(of_);
  std::string text = plural(left_.size(), "text") + " could not be judged, though submitted " +
                     std::to_string(kMostAgain + 1) + " times. All others are kept.";
  std::size_t told = 0;
  for (const auto& [part, count] : parts) {
    if (++told > kMostPartsTold) break;
    const fs::path log = folder_ / (job_ + "_" + std::to_string(part) + ".log");
    text += "\npart " + std::to_string(part) + " of " + std::to_string(of_) + ", " +
            plural(count, "text") + ": " + printable(log.string()) + " ends with:\n  " +
            end_of_log(log);
  }
  if (parts.size() > kMostPartsTold)
    text += "\nand " + plural(static_cast<long>(parts.size() - kMostPartsTold), "other part");
  throw Problem(text + other_conditions() +
                "\nWhen the reason is gone, the same command goes on with what is missing.");
}

/// Whether any are in the queue, of an earlier call.
Async<bool> SlurmRun::has_jobs(Scope scope) {
  std::optional<QueueState> state = co_await queue_.state(scope);
  while (!state) {
    co_await pause(scope, kLongestPause);
    state = co_await queue_.state(scope);
  }
  co_return !state->empty();
}

void SlurmRun::interrupted() const {
  if (interrupting_signal() == SIGINT) {
    queue_.cancel();
    say("The jobs are cancelled. What is judged is kept: the same command goes on.\n");
  } else {
    say("The jobs go on: the same command watches them again. To end them: scancel --name=" +
        queue_.name() + "\n");
  }
}

Async<long> SlurmRun::judge_all(Scope scope) {
  if (left_.empty()) co_return 0;
  ClassProgress progress(total_);
  const bool jobs = co_await has_jobs(scope);
  if (jobs) {
    say("Jobs of an earlier call are in the queue still, named " + queue_.name() +
        ": waiting for them.\n");
    co_await watch(scope, progress);
  }
  for (int again = 0; !left_.empty() && again <= kMostAgain; ++again) {
    if (again > 0) say("Not judged: " + plural(left_.size(), "text") + ". Submitted again.\n");
    co_await submit(scope);
    co_await watch(scope, progress);
  }
  if (!left_.empty()) give_up();
  queue_.cancel();  // what Slurm believes to run, and what had nothing left to do
  co_return total_;
}

}  // namespace

Async<long> judge_by_slurm(Scope scope, ClassJudge& judge, SlurmRequest request) {
  SlurmRun run(judge, std::move(request));
  try {
    const long judged = co_await run.judge_all(scope);
    co_return judged;
  } catch (const Cancelled&) {
    run.interrupted();
    throw;
  }
}

}  // namespace qkoan
