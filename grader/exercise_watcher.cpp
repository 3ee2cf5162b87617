#include "exercise_watcher.hpp"

#include <algorithm>
#include <utility>

#include "files.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kPollMilliseconds = 200;
/// An editor empties a file before it writes it: two milliseconds later it is complete.
constexpr std::uint64_t kSettleMilliseconds = 2;
/// A file that is empty or gone is probably about to come back.
constexpr std::uint64_t kAbsentMilliseconds = 20;
constexpr int kAbsentTries = 10;

}  // namespace

ExerciseWatcher::ExerciseWatcher(fs::path folder, std::vector<std::string> lessons,
                                 OnChange on_change)
    : folder_(std::move(folder)), lessons_(std::move(lessons)), on_change_(std::move(on_change)) {}

void ExerciseWatcher::start() {
  uv_loop_t* loop = uv_default_loop();
  uv_fs_event_init(loop, &event_);
  uv_fs_poll_init(loop, &poll_);
  uv_timer_init(loop, &settle_);
  event_.data = poll_.data = settle_.data = this;
  for (const std::string& lesson : lessons_) refresh(lesson);
  const auto noticed = [](uv_fs_event_t* handle, const char* name, int, int) {
    static_cast<ExerciseWatcher*>(handle->data)->notice(name);
  };
  // If the system refuses, looking at the file from time to time remains.
  uv_fs_event_start(&event_, noticed, folder_.c_str(), 0);
}

void ExerciseWatcher::follow(const std::string& lesson) {
  followed_ = lesson;
  const auto looked = [](uv_fs_poll_t* handle, int, const uv_stat_t*, const uv_stat_t*) {
    auto* watcher = static_cast<ExerciseWatcher*>(handle->data);
    watcher->notice((watcher->followed_ + ".cpp").c_str());
  };
  uv_fs_poll_stop(&poll_);
  uv_fs_poll_start(&poll_, looked, file(lesson).c_str(), kPollMilliseconds);
}

void ExerciseWatcher::refresh(const std::string& lesson) { known_[lesson] = hash(lesson); }

void ExerciseWatcher::stop() {
  uv_close(reinterpret_cast<uv_handle_t*>(&event_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&settle_), nullptr);
}

fs::path ExerciseWatcher::file(const std::string& lesson) const {
  return folder_ / (lesson + ".cpp");
}

/// Empty for a file that is empty or not there.
std::string ExerciseWatcher::hash(const std::string& lesson) const {
  const std::string content = read_file(file(lesson)).value_or("");
  return content.empty() ? "" : content_hash(content);
}

void ExerciseWatcher::notice(const char* name) {
  for (const std::string& lesson : lessons_) {
    if (!name || lesson + ".cpp" == name) suspects_.insert(lesson);
  }
  if (suspects_.empty()) return;
  patience_ = kAbsentTries;
  const auto settled = [](uv_timer_t* timer) {
    static_cast<ExerciseWatcher*>(timer->data)->look();
  };
  uv_timer_start(&settle_, settled, kSettleMilliseconds, 0);
}

void ExerciseWatcher::look() {
  std::set<std::string> absent;
  std::string changed;
  for (const std::string& lesson : std::exchange(suspects_, {})) {
    const std::string now = hash(lesson);
    if (now == known_[lesson]) continue;
    if (now.empty() && patience_ > 0) {
      absent.insert(lesson);
      continue;
    }
    known_[lesson] = now;
    if (changed.empty() || lesson == followed_) changed = lesson;
  }
  if (!absent.empty()) {
    --patience_;
    suspects_ = absent;
    const auto again = [](uv_timer_t* timer) {
      static_cast<ExerciseWatcher*>(timer->data)->look();
    };
    uv_timer_start(&settle_, again, kAbsentMilliseconds, 0);
  }
  if (!changed.empty()) on_change_(changed);
}

}  // namespace qkoan
