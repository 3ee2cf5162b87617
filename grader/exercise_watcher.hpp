#ifndef QKOAN_GRADER_EXERCISE_WATCHER_HPP
#define QKOAN_GRADER_EXERCISE_WATCHER_HPP
/// @file
/// Notices that an exercise was saved, however the editor does it, and on any file system.

#include <uv.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace qkoan {

/// Notifications of the folder come at once; the file in work is looked at five times a second as
/// well, because shared and network folders send none. Only a changed content counts.
class ExerciseWatcher {
 public:
  using OnChange = std::function<void(const std::string& lesson)>;

  ExerciseWatcher(std::filesystem::path folder, std::vector<std::string> lessons,
                  OnChange on_change);
  ExerciseWatcher(const ExerciseWatcher&) = delete;
  ExerciseWatcher& operator=(const ExerciseWatcher&) = delete;

  void start();
  /// Looks at this lesson's file even without notifications.
  void follow(const std::string& lesson);
  /// Takes the present content as known.
  void refresh(const std::string& lesson);
  /// Closes everything; the loop must run once more.
  void stop();

 private:
  std::filesystem::path file(const std::string& lesson) const;
  std::string hash(const std::string& lesson) const;
  void notice(const char* name);
  void look();

  std::filesystem::path folder_;
  std::vector<std::string> lessons_;
  OnChange on_change_;
  std::map<std::string, std::string> known_;
  std::set<std::string> suspects_;
  std::string followed_;
  int patience_ = 0;
  uv_fs_event_t event_{};
  uv_fs_poll_t poll_{};
  uv_timer_t settle_{};
};

}  // namespace qkoan

#endif
