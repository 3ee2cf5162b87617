#include "watch_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "commands.hpp"
#include "exercise_watcher.hpp"
#include "keyboard.hpp"
#include "problem.hpp"
#include "report.hpp"
#include "run_command.hpp"
#include "speed.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kBusyMilliseconds = 300;
constexpr const char* kRacing = "\nRacing yours against the scalar form ...\n";

/// Waits until somebody says that it is time, or everything is cancelled.
class Ending : public Cancellable {
 public:
  explicit Ending(const Scope& scope) : scope_(scope) { scope_.add(*this); }
  ~Ending() { scope_.remove(*this); }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  void come() {
    come_ = true;
    if (waiter_) std::exchange(waiter_, nullptr)();
  }
  void cancel() override { come(); }
  bool await_ready() const { return come_; }
  void await_suspend(std::coroutine_handle<> waiter) { waiter_ = waiter; }
  void await_resume() const {}

 private:
  Scope scope_;
  std::coroutine_handle<> waiter_;
  bool come_ = false;
};

/// A scope that ends where it stands, however that place is left.
struct Ended {
  Scope scope;

  Ended() = default;
  ~Ended() { scope.cancel(); }
  Ended(const Ended&) = delete;
  Ended& operator=(const Ended&) = delete;
};

/// What the next key answers.
enum class Question { kNone, kReset, kNext };

class Watch {
 public:
  explicit Watch(Session& session)
      : session_(session),
        keyboard_([this](char key) { on_key(key); }, [this] { draw(); }),
        watcher_(session.setup.source / "exercises", names(session.course),
                 [this](const std::string& lesson) { on_save(lesson); }),
        ending_(whole_) {}

  Async<int> run() {
    keyboard_.start();
    watcher_.start();
    const Lesson* first = session_.first_unsolved();
    open(first ? *first : session_.current_lesson());
    co_await ending_;
    job_.cancel();
    background_.cancel();
    watcher_.stop();
    keyboard_.stop();
    say("\n");
    co_return 0;
  }

 private:
  static std::vector<std::string> names(const Course& course) {
    std::vector<std::string> result;
    for (const Lesson& lesson : course.lessons) result.push_back(lesson.name);
    return result;
  }

  // ---- what happens ------------------------------------------------------------------------

  void open(const Lesson& lesson) {
    lesson_ = &lesson;
    verdict_.reset();
    notice_.clear();
    session_.state.set_current(lesson.name);
    watcher_.follow(lesson.name);
    background_.cancel();
    draw();
    start();
  }

  void on_save(const std::string& name) {
    question_ = Question::kNone;
    notice_.clear();
    if (name == lesson_->name) return start();
    open(find_lesson(session_.course, name));
  }

  /// Judges the present file; what was under way is out of date.
  void start() {
    job_.cancel();
    job_ = Scope();
    const Async<> job = judge(job_);
  }

  Async<> judge(Scope scope) {
    try {
      const Ended waiting;
      const Async<> busy = say_busy(waiting.scope);
      co_await session_.builder.prepare(scope, lesson_->name);
      JudgeRequest request;
      request.implementation = find_implementation(session_.setup, *lesson_, "");
      Verdict verdict = co_await session_.judge.judge(scope, *lesson_, std::move(request));
      waiting.scope.cancel();
      show(verdict);
      if (Judge::explainable(verdict)) {
        co_await session_.judge.explain(scope, verdict, 0);
        show(verdict);
      }
      prepare_next();
    } catch (const Cancelled&) {
    } catch (const Problem& problem) {
      notice_ = "\n" + session_.style.red("✗ ") + problem.what() + "\n";
      draw();
    }
  }

  void show(const Verdict& verdict) {
    verdict_ = verdict;
    session_.state.record(verdict);
    draw();
  }

  /// Silence is calmer than a flicker, but not when it lasts.
  Async<> say_busy(Scope scope) {
    try {
      co_await pause(scope, kBusyMilliseconds);
      say(session_.style.dim("judging " + lesson_->name + " ...") + "\r");
    } catch (const Cancelled&) {
    }
  }

  void prepare_next() {
    const Lesson* next = lesson_after(*lesson_);
    if (!next || next == lesson_) return;
    background_ = Scope();
    const Async<> job = prepare_quietly(background_, next->name);
  }

  Async<> prepare_quietly(Scope scope, std::string lesson) {
    try {
      co_await session_.builder.prepare_in_background(scope, lesson);
    } catch (const Cancelled&) {
    }
  }

  /// The next lesson that is not solved, else simply the next one.
  const Lesson* lesson_after(const Lesson& lesson) const {
    const std::vector<Lesson>& all = session_.course.lessons;
    const auto here = static_cast<std::size_t>(&lesson - all.data());
    for (std::size_t step = 1; step < all.size(); ++step) {
      const Lesson& candidate = all[(here + step) % all.size()];
      if (!session_.state.lesson_passed(candidate)) return &candidate;
    }
    return here + 1 < all.size() ? &all[here + 1] : nullptr;
  }

  // ---- keys --------------------------------------------------------------------------------

  void on_key(char key) {
    if (question_ != Question::kNone) return answer(key);
    switch (key) {
      case 'n':
        return next();
      case 'h':
        return hint();
      case 'l':
        return tell("\n" + render_list(session_));
      case 'c':
        return check_all();
      case 's':
        return solution();
      case 'r':
        return race_file();
      case 'x':
        return ask_reset();
      case 'q':
      case Keyboard::kControlC:
      case Keyboard::kControlD:
        return ending_.come();
      case Keyboard::kControlL:
        return draw();
      case Keyboard::kControlZ:
        return keyboard_.suspend();
      default:
        return;
    }
  }

  /// Any other key means no, and does what it does.
  void answer(char key) {
    const Question question = std::exchange(question_, Question::kNone);
    const bool yes = key == 'y' || key == 'Y';
    tell("");
    if (question == Question::kReset) {
      if (yes) return reset();
      if (key != 'n') on_key(key);
    } else {
      if (yes || key == 'n') return go_on();
      on_key(key);
    }
  }

  void tell(const std::string& text) {
    notice_ = text;
    draw();
  }

  void next() {
    if (session_.state.lesson_passed(*lesson_)) return go_on();
    question_ = Question::kNext;
    const int left =
        static_cast<int>(lesson_->tasks.size()) - session_.state.passed_count(*lesson_);
    tell("\n" + plural(left, "task") + " of " + lesson_->name + " still open. " +
         session_.style.bold("n") + " again goes on nevertheless.\n");
  }

  void go_on() {
    const Lesson* next = lesson_after(*lesson_);
    if (next) return open(*next);
    tell("\nThis is the last lesson, and every task is solved.\n");
  }

  void hint() {
    const TaskVerdict* task = verdict_ ? verdict_->headline() : nullptr;
    std::string name = task ? task->of.task : first_open_task(session_, *lesson_);
    if (lesson_->number_of(name) == 0) return tell("\nNo task is open here: no hint is needed.\n");
    tell("\n" + next_hint(session_, *lesson_, name));
  }

  bool has_solution() const { return !session_.setup.for_students(); }

  void solution() {
    if (!has_solution()) return tell("\nThis edition of the course comes without solutions.\n");
    if (!session_.state.lesson_passed(*lesson_)) {
      return tell("\nOur solution opens when yours is right.\n");
    }
    try {
      tell("\n" + session_.style.bold("solutions/" + lesson_->name + ".cpp") + "\n\n" +
           solution_text(session_, *lesson_));
    } catch (const Problem& problem) {
      tell(std::string("\n") + problem.what() + "\n");
    }
  }

  bool can_be_raced() const {
    return verdict_ && verdict_->passed() && lesson_->graded_for_speed();
  }

  /// A race ends when the file is saved, or another one is opened: it would be out of date.
  void race_file() {
    if (!lesson_->graded_for_speed())
      return tell("\nNo task of " + lesson_->name + " is graded for speed.\n");
    if (!can_be_raced()) return tell("\nA race begins when every task here is right.\n");
    job_.cancel();
    background_.cancel();  // a build beside the race would disturb it
    job_ = Scope();
    tell(kRacing);
    const Async<> job = grade_file(job_);
  }

  Async<> grade_file(Scope scope) {
    try {
      Verdict verdict = *verdict_;
      co_await grade_speed(scope, session_, verdict);
      verdict_ = verdict;
      if (notice_ == kRacing) notice_.clear();
      draw();
      prepare_next();
    } catch (const Cancelled&) {
    } catch (const Problem& problem) {
      tell(std::string("\n") + problem.what() + "\n");
    }
  }

  void ask_reset() {
    question_ = Question::kReset;
    tell("\nPut exercises/" + lesson_->name + ".cpp back as it was at first? Yours is kept. " +
         session_.style.bold("y") + "/" + session_.style.bold("n") + "\n");
  }

  void reset() {
    try {
      const std::string done = reset_exercise(session_, *lesson_);
      watcher_.refresh(lesson_->name);
      notice_ = "\n" + done;
    } catch (const Problem& problem) {
      notice_ = std::string("\n") + problem.what() + "\n";
    }
    start();
  }

  void check_all() {
    job_.cancel();
    job_ = Scope();
    tell("\nJudging all exercises ...\n");
    const Async<> job = judge_all(job_);
  }

  Async<> judge_all(Scope scope) {
    try {
      std::vector<const Lesson*> lessons;
      for (const Lesson& lesson : session_.course.lessons) lessons.push_back(&lesson);
      const Arguments everything;
      std::vector<Verdict> verdicts = co_await judge_lessons(scope, session_, lessons, everything);
      std::string text = "\n";
      for (const Verdict& verdict : verdicts) {
        session_.state.record(verdict);
        text += "  " + render_summary(verdict, session_.style);
        if (verdict.lesson == lesson_->name) verdict_ = verdict;
      }
      tell(text);
      if (verdict_ && Judge::explainable(*verdict_)) {
        Verdict verdict = *verdict_;
        co_await session_.judge.explain(scope, verdict, 0);
        verdict_ = verdict;
        draw();
      }
    } catch (const Cancelled&) {
    } catch (const Problem& problem) {
      tell(std::string("\n") + problem.what() + "\n");
    }
  }

  // ---- the screen --------------------------------------------------------------------------

  std::string status() const {
    if (!verdict_ || !verdict_->passed()) return "";
    const Style& style = session_.style;
    if (!session_.first_unsolved()) {
      return "\n  " + style.green("★ Every task of the course is solved.") + "\n";
    }
    return "\n  " + style.green("★ This lesson is complete.") + " " + style.bold("n") + " goes on" +
           (has_solution() ? ", " + style.bold("s") + " shows our solution" : "") +
           (can_be_raced() ? ", " + style.bold("r") + " races yours.\n" : ".\n");
  }

  std::string keys() const {
    const Style& style = session_.style;
    const auto key = [&](const char* name, const char* meaning) {
      return style.bold(name) + " " + style.dim(meaning) + "  ";
    };
    std::string text =
        key("n", "next") + key("h", "hint") + key("l", "list") + key("c", "check all");
    if (has_solution() && session_.state.lesson_passed(*lesson_)) text += key("s", "solution");
    if (can_be_raced()) text += key("r", "race");
    return text + key("x", "reset") + key("q", "quit");
  }

  std::string screen() const {
    const Style& style = session_.style;
    std::string text = style.bold("qkoan") + "  " +
                       render_progress(session_.state.passed_count(session_.course),
                                       session_.course.task_count(), style) +
                       "\n\n";
    if (verdict_) {
      text += render_verdict(*verdict_, session_.setup, style) +
              render_explanation(*verdict_, session_.setup, style) +
              render_speed(*verdict_, style) + render_footer(*verdict_, session_.setup, style) +
              status();
    } else {
      text += style.bold(lesson_->label() + " " + lesson_->name) + "  " +
              style.dim(printable(lesson_->title)) + "\n";
    }
    return text + notice_ + "\n" + keys() + "\n";
  }

  /// Overwrites what was there, line by line: nothing flickers.
  void draw() {
    const std::string message = session_.state.take_message();
    if (!message.empty()) notice_ += "\n" + join(wrap(message, kReportWidth), "\n") + "\n";
    std::string text = "\x1b[H";
    for (const std::string& line : split_lines(screen())) text += line + "\x1b[K\n";
    say(text + "\x1b[J");
  }

  Session& session_;
  Scope whole_;
  Scope job_;
  Scope background_;
  Keyboard keyboard_;
  ExerciseWatcher watcher_;
  Ending ending_;
  const Lesson* lesson_ = nullptr;
  std::optional<Verdict> verdict_;
  std::string notice_;
  Question question_ = Question::kNone;
};

}  // namespace

int watch_command(Session& session) {
  Watch watch(session);
  return run_until_done(watch.run());
}

}  // namespace qkoan
