/// @file
/// Lesson 15, the suite. Contract: exercises/long_context.hpp. Here properties are on trial: each is
/// given the sound implementations and the faulty ones of long_context_suspects.hpp.

#include "exercises/long_context.hpp"
#include "tests/long_context_turned_suspects.hpp"
#include "tests/support/reporter.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;
using namespace qkoan::suspects;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(window_is_sound);
  QKOAN_FUNCTION(slopes_are_sound);
  QKOAN_FUNCTION(buckets_are_sound);
  QKOAN_FUNCTION(rotation_is_sound);
  QKOAN_FUNCTION(yarn_is_sound);
  QKOAN_FUNCTION(cache_is_sound);
} subject;

// ---- What it may ask ----------------------------------------------------------------------------

/// The first call outside of the contract, and what is wrong with it. Nobody answers such a call.
std::string illegal;

/// Whoever asks everything has found no property; and to ask from another process takes microseconds.
constexpr long kMostQuestions = 40000;
long asked = 0;  ///< in this call

Failure too_many_questions() {
  return {"property", "one call asked more than 40,000 questions; that is all the contract allows"};
}

/// A worker does not survive it: nobody waits for the rest of its questions.
void count_question() {
  if (++asked > kMostQuestions && judges_remotely()) throw too_many_questions();
}

template <class... Arguments>
bool may_ask(bool legal, const char* reason, const char* function, Arguments... arguments) {
  if (!legal && illegal.empty()) illegal = call(function, arguments...) + ": " + reason;
  return legal;
}

/// Whoever is asked at present.
Sees sees;
Slopes slopes;
Bucket bucket;
Rotate rotation;
Yarn yarn;
Cache cache;

bool ask_sees(int i, int j, int W) {
  count_question();
  constexpr int kEnd = 1 << 17, kWidest = 1 << 15;
  return may_ask(j >= 0, "there is no key before 0", "sees", i, j, W) &&
         may_ask(0 <= i && i < kEnd && j < kEnd, "positions are 0 … 2¹⁷ − 1", "sees", i, j, W) &&
         may_ask(1 <= W && W <= kWidest, "windows are 1 … 2¹⁵", "sees", i, j, W) && sees(i, j, W);
}

void ask_slopes(int heads, int first, MutableRow m) {
  count_question();
  const bool legal =
      1 <= heads && heads <= 128 && 0 <= first && 1 <= m.size && m.size <= heads - first;
  if (may_ask(legal, "as heads, first and m.size", "slopes", heads, first, m.size))
    slopes(heads, first, m);
}

int ask_bucket(int offset, int buckets, int max_distance, bool both) {
  count_question();
  const auto ask = [&](bool legal, const char* reason) {
    return may_ask(legal, reason, "bucket", offset, buckets, max_distance, both);
  };
  const int parts = both ? 4 : 2, h = buckets / parts;
  const bool legal =
      ask(buckets % parts == 0 && 1 <= h && h <= 160, "h is no whole number 1 … 160") &&
      ask(h < max_distance && max_distance <= 1024, "h < D ≤ 1024") &&
      ask(std::abs(offset) <= 1 << 20, "|offset| is at most 2²⁰");
  return legal ? bucket(offset, buckets, max_distance, both) : 0;
}

void ask_rotation(Rotation r, int position, Row x, MutableRow y) {
  count_question();
  const auto ask = [&](bool legal, const char* reason) {
    return may_ask(legal, reason, "rotate", r.rotated, r.base, position, x.size);
  };
  if (ask(2 <= r.rotated && r.rotated <= 256 && r.rotated % 2 == 0, "rotated is 2 … 256, even") &&
      ask(100 <= r.base && r.base <= 1e8, "the base is 100 … 10⁸") &&
      ask(r.rotated <= x.size && x.size <= 256 && x.size == y.size, "r ≤ x.size = y.size ≤ 256") &&
      ask(std::abs(position) <= 1 << 20, "|position| is at most 2²⁰") &&
      ask(x.data != y.data, "y is other memory than x"))
    rotation(r, position, x, y);
}

bool is_stretch(float s) { return 1 / 16.0f <= s && s <= 128; }
void ask_tables(int position, float s, MutableRow cosines, MutableRow sines) {
  count_question();
  const int d = 2 * cosines.size;
  if (may_ask(2 <= d && d <= 256 && sines.size == cosines.size && is_stretch(s) && position >= 0 &&
                  position < 1 << 16,
              "as position, s and d", "tables", position, s, d))
    yarn.tables(position, s, cosines, sines);
}
float ask_scale(int d, float s) {
  count_question();
  const bool legal = 2 <= d && d <= 256 && d % 2 == 0 && is_stretch(s);
  return may_ask(legal, "as d and s", "softmax_scale", d, s) ? yarn.softmax_scale(d, s) : 0;
}

void ask_append(Row key) {
  count_question();
  const int l = held.length(), d = key.size;
  if (may_ask(held.begun, "begin() was not called before", "append", d) &&
      may_ask(4 <= d && d <= 64 && d % 2 == 0, "d is 4 … 64, even", "append", d) &&
      may_ask(l == 0 || d == held.key(0).size, "d changes within a text", "append", d) &&
      may_ask(l < 512, "the text has 512 tokens already", "append", d))
    cache.append(key);
}
float ask_score(Row q, int j) {
  count_question();
  const bool legal =
      may_ask(held.begun, "begin() was not called before", "score", q.size, j) &&
      may_ask(0 <= j && j < held.length(), "there is no key j in this text", "score", q.size, j) &&
      may_ask(q.size == held.key(0).size, "q and keys differ in length", "score", q.size, j);
  return legal ? cache.score(q, j) : 0;
}

// ---- Verdicts -----------------------------------------------------------------------------------

bool verdict(Sees f) { return sees = f, subject.window_is_sound(ask_sees); }
bool verdict(Slopes f) { return slopes = f, subject.slopes_are_sound(ask_slopes); }
bool verdict(Bucket f) { return bucket = f, subject.buckets_are_sound(ask_bucket); }
bool verdict(Rotate f) { return rotation = f, subject.rotation_is_sound(ask_rotation); }
bool verdict(Yarn f) { return yarn = f, subject.yarn_is_sound({ask_tables, ask_scale}); }
bool verdict(Cache f) {
  held = {};  // an object that nobody has used
  return cache = f, subject.cache_is_sound({f.begin, ask_append, ask_score});
}

/// Ends a check in which calls are much slower than the contract allows. Time of the processor, and ten
/// times as much as allowed, or four times in the mean of many: slow machines are no fault.
class Clock {
 public:
  template <class F>
  bool time(const F& functions) {
    reporter().alive();  // whole checks may take longer than one call
    asked = 0;
    const double before = processor_seconds();
    const bool sound = verdict(functions);
    const double ms = 1e3 * (processor_seconds() - before);
    if (asked > kMostQuestions) throw too_many_questions();
    slowest_ = std::max(slowest_, ms);
    sum_ += ms;
    allowed_ += 4 * kMs;
    if (sum_ <= allowed_) return sound;
    const auto text = std::to_string(static_cast<int>(slowest_));
    throw Failure{"property", "one call took " + text + " ms; at most 60 ms are allowed"};
  }

 private:
  static constexpr double kMs = 60;
  double slowest_ = 0, sum_ = 0, allowed_ = 6 * kMs;
};

template <class F>
using Suspects = std::vector<Suspect<F>>;

/// What to do about a sound one that was called faulty. Where nothing may be off there is no threshold.
template <class F>
constexpr const char* kAboutSound =
    std::is_same_v<F, Sees> || std::is_same_v<F, Bucket>
        ? " answers as the contract says, everywhere: what you compare it with is wrong."
        : " errs within the contract's bound: your τ is too small, or your f* is wrong.";

std::string quoted(const std::string& name) { return "“" + name + "”"; }

/// Puts all suspects of one kind to the implementation.
template <class F>
void judge(const Suspects<F>& suspects, bool sound) {
  example([&](Case& c) {
    variation = c.integer(3, 20);
    Failure failure{"wrong", ""};
    std::string first, others;
    Clock clock;
    int wrong = 0;
    for (const Suspect<F>& s : suspects) {
      illegal.clear();
      const bool said = clock.time(s.functions);
      failure.trace.got.push_back(said);
      failure.trace.expected.push_back(sound);
      failure.trace.tolerance.push_back(0);
      if (said == sound) continue;
      if (++wrong > 1) others += (others.empty() ? "" : "; ") + s.what;
      if (wrong > 1) continue;
      first = quoted(s.what) + (sound ? kAboutSound<F> : " shows " + s.where + ".");
      if (illegal.empty()) continue;
      first = (sound ? quoted(s.what) + "." : first) + " Your call " + illegal +
              ". That is outside of the contract, and was not answered.";
    }
    if (wrong == 0) return reporter().judged(0);
    failure.message = (sound ? "called faulty, but sound: " : "called sound, but faulty: ") +
                      std::to_string(wrong) + " of " + std::to_string(suspects.size()) + ". " +
                      first;
    if (!others.empty()) failure.inputs.push_back({"others", 1, 1, {others}});
    throw failure;
  });
}

/// Mixed, in another order each time, the same questions have the same right answers.
template <class F>
void judge_mixed(const Suspects<F>& sound, const Suspects<F>& faulty) {
  example([&](Case& c) {
    constexpr int kOrders = 2;
    Clock clock;
    int question = 0;
    for (int order = 0; order < kOrders; ++order) {
      variation = c.integer(3, 20);
      Suspects<F> all = sound;
      all.insert(all.end(), faulty.begin(), faulty.end());
      for (std::size_t n = all.size(); n > 1; --n)
        std::swap(all[n - 1], all[c.integer(0, static_cast<int>(n) - 1)]);
      for (const Suspect<F>& s : all) {
        ++question;
        const bool right = s.where.empty();
        c.expect_that(clock.time(s.functions) == right,
                      "in mixed order, question " + std::to_string(question) + ": " +
                          quoted(s.what) + (right ? " is sound" : " is faulty") +
                          ", and the answer is the other one. If it is right in the checks before, "
                          "something is kept between calls: a static variable, a generator");
      }
    }
  });
}

}  // namespace

namespace suite {

#define QKOAN_JUDGED(task, sound, faulty)                                                       \
  BOOST_AUTO_TEST_SUITE(task)                                                                   \
  BOOST_AUTO_TEST_CASE(accepts_the_sound, *description("sound implementations of any style")) { \
    judge(sound, true);                                                                         \
  }                                                                                             \
  BOOST_AUTO_TEST_CASE(exposes_faults, *description("what went wrong elsewhere")) {             \
    judge(faulty, false);                                                                       \
  }                                                                                             \
  BOOST_AUTO_TEST_CASE(verdict_has_no_memory,                                                   \
                       *property* description("sound and faulty ones in mixed order")) {        \
    judge_mixed(sound, faulty);                                                                 \
  }                                                                                             \
  BOOST_AUTO_TEST_SUITE_END()

QKOAN_JUDGED(window_is_sound, kSoundWindows, kFaultyWindows)
QKOAN_JUDGED(slopes_are_sound, kSoundSlopes, kFaultySlopes)
QKOAN_JUDGED(buckets_are_sound, kSoundBuckets, kFaultyBuckets)
QKOAN_JUDGED(rotation_is_sound, kSoundRotations, kFaultyRotations)
QKOAN_JUDGED(yarn_is_sound, kSoundYarns, kFaultyYarns)
QKOAN_JUDGED(cache_is_sound, kSoundCaches, kFaultyCaches)

}  // namespace suite
