#ifndef QKOAN_GRADER_CLASS_CLASS_PROGRESS_HPP
#define QKOAN_GRADER_CLASS_CLASS_PROGRESS_HPP
/// @file
/// How far a class is: a bar, the rate and the time left on a terminal, a line for each tenth elsewhere.

#include <string>

namespace qkoan {

class ClassProgress {
 public:
  /// @param total  how many texts there are
  /// @param done   what becomes of them
  explicit ClassProgress(long total, const char* done = "judged");
  ~ClassProgress();  ///< the bar goes
  ClassProgress(const ClassProgress&) = delete;
  ClassProgress& operator=(const ClassProgress&) = delete;

  void step();

 private:
  void draw() const;

  long total_;
  const char* what_;
  long done_ = 0;
  double begun_;
  double drawn_ = 0;
  bool terminal_;
};

}  // namespace qkoan

#endif
