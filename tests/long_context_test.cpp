/// @file
/// Lesson 15, the suite. Contract: exercises/long_context.hpp. Here properties are on trial: each is
/// given the sound implementations and the faulty ones of long_context_suspects.hpp.

#include "exercises/long_context.hpp"

#include "tests/long_context_suspects.hpp"
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

/// Puts all suspects to the implementation. One row of verdicts, each named by what was asked.
template <class Verdict, class F>
void judge(const char* function, Verdict verdict, const std::vector<Suspect<F>>& suspects,
           bool sound) {
  example([&](Case& c) {
    variation = c.integer(3, 20);
    const MutableIntegers got = c.output_integers("verdicts", static_cast<int>(suspects.size()));
    for (int e = 0; e < got.size; ++e) got[e] = verdict(suspects[e].functions);
    c.results_of_calls([&](int e) { return std::string(function) + "(" + suspects[e].what + ")"; });
    c.expect_whole("verdicts", got, std::vector<int>(got.size, sound),
                   sound ? "1 is sound: errors are legal, however large, and styles differ"
                         : "0 is faulty: what is wrong, and where it shows, is in the contract");
  });
}

/// The same questions in another order have the same answers.
template <class Verdict, class F>
void judge_memory(Verdict verdict, std::vector<Suspect<F>> suspects,
                  const std::vector<Suspect<F>>& faulty) {
  example([&](Case& c) {
    variation = c.integer(3, 20);
    suspects.insert(suspects.end(), faulty.begin(), faulty.end());
    std::vector<bool> first;
    for (const auto& s : suspects) first.push_back(verdict(s.functions));
    for (std::size_t e = suspects.size(); e-- > 0;) {
      c.expect_that(verdict(suspects[e].functions) == first[e],
                    "asked twice about " + suspects[e].what + ", it gives two answers");
    }
  });
}

/// Every verdict begins with a cache that has seen nothing.
bool cache_verdict(Cache cache) {
  held = {};
  return subject.cache_is_sound(cache);
}

}  // namespace

namespace suite {

#define QKOAN_JUDGED(task, verdict, sound, faulty)                                              \
  BOOST_AUTO_TEST_SUITE(task)                                                                   \
  BOOST_AUTO_TEST_CASE(accepts_the_sound, *description("sound implementations of any style")) { \
    judge(#task, verdict, sound, true);                                                         \
  }                                                                                             \
  BOOST_AUTO_TEST_CASE(exposes_faults, *description("what went wrong elsewhere")) {             \
    judge(#task, verdict, faulty, false);                                                       \
  }                                                                                             \
  BOOST_AUTO_TEST_CASE(verdict_has_no_memory,                                                   \
                       *property* description("asked in another order, it says the same")) {    \
    judge_memory(verdict, sound, faulty);                                                       \
  }                                                                                             \
  BOOST_AUTO_TEST_SUITE_END()

QKOAN_JUDGED(window_is_sound, subject.window_is_sound, kSoundWindows, kFaultyWindows)
QKOAN_JUDGED(slopes_are_sound, subject.slopes_are_sound, kSoundSlopes, kFaultySlopes)
QKOAN_JUDGED(buckets_are_sound, subject.buckets_are_sound, kSoundBuckets, kFaultyBuckets)
QKOAN_JUDGED(rotation_is_sound, subject.rotation_is_sound, kSoundRotations, kFaultyRotations)
QKOAN_JUDGED(yarn_is_sound, subject.yarn_is_sound, kSoundYarns, kFaultyYarns)
QKOAN_JUDGED(cache_is_sound, cache_verdict, kSoundCaches, kFaultyCaches)

}  // namespace suite
