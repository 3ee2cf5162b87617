#include "tests/support/property.hpp"

#include <rapidcheck.h>
#include <boost/test/unit_test.hpp>
#include <optional>

#include "reference/core/ulp.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/reporter.hpp"

namespace qkoan {
namespace {

constexpr int kRepeatEvery = 4;  // every fourth case is judged twice
constexpr float kOtherPrefill = 1e30f;
constexpr int kKindsOfValues = 4;
constexpr int kPortraits = 8;
constexpr int kPortraitSize = 24;  // no parameter is further above its lowest value

/// FNV-1a, so that each check has its own stream of cases.
std::uint64_t seed_of_check() {
  std::uint64_t hash = 14695981039346656037u ^ reporter().seed();
  for (const char c : boost::unit_test::framework::current_test_case().full_name()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

/// Judges the case, by `judge`; the failure if there is one.
template <class Judge>
std::optional<Failure> attempt(const Recipe& recipe, Judge judge) {
  try {
    judge();
    return std::nullopt;
  } catch (Failure& failure) {
    if (failure.parameters.empty()) failure.parameters = visible(recipe);
    return failure;
  }
}

std::optional<Failure> attempt_once(const Recipe& recipe, const Check& check, Purpose purpose) {
  return attempt(recipe, [&] {
    Case c(recipe, purpose);
    check(c);
  });
}

/// Judges the case twice, with other contents of the outputs before: the numbers must be the same.
std::optional<Failure> attempt_twice(const Recipe& recipe, const Check& check) {
  return attempt(recipe, [&] {
    Case first(recipe, Purpose::kFind), second(recipe, Purpose::kFind, kOtherPrefill);
    check(first);
    check(second);
    const auto &a = first.trace().got, &b = second.trace().got;
    if (a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_encoding)) return;
    throw Failure{"unstable",
                  "two calls with the same inputs gave different numbers: the result depends on "
                  "what the output held before, or on an earlier call"};
  });
}

Recipe generate(const std::vector<Parameter>& parameters) {
  Recipe recipe;
  for (const auto& [name, low, high] : parameters) {
    recipe.parameters.emplace_back(name, *rc::gen::inRange(low, high + 1));
  }
  const auto of_full_size = [](auto gen) { return rc::gen::resize(rc::kNominalSize, gen); };
  recipe.values = static_cast<Values>(*of_full_size(rc::gen::inRange(0, kKindsOfValues)));
  recipe.seed = *rc::gen::noShrink(of_full_size(rc::gen::arbitrary<std::uint64_t>()));
  return recipe;
}

/// Small or large? Of three parameters every combination occurs among the portraits, of seven every
/// pair: parities of different bits are independent of each other.
bool is_large(int portrait, int parameter) {
  static constexpr unsigned kBits[] = {1, 2, 4, 3, 5, 6, 7};
  return std::popcount(portrait & kBits[parameter % 7]) % 2 == 1;
}

Recipe portrait_recipe(const std::vector<Parameter>& parameters, int portrait) {
  // Multiplied, because the generator's first numbers of neighbouring seeds are the same.
  Recipe recipe{{}, Values::kNormal, (seed_of_check() + portrait) * 0x9e3779b97f4a7c15u};
  std::uint64_t bits = recipe.seed;
  int index = 0;
  for (const auto& [name, low, high] : parameters) {
    const int span = std::min(high - low, kPortraitSize), half = span / 2;
    const int step = static_cast<int>(bits % (half + 1));
    recipe.parameters.emplace_back(name, low + (is_large(portrait, index++) ? span - step : step));
    bits /= half + 1;
  }
  return recipe;
}

bool shows_an_error(const Trace& trace) {
  for (std::size_t e = 0; e < trace.got.size(); ++e) {
    const double got = trace.got[e], expected = trace.expected[e];
    if (got != expected && !(std::fabs(got - expected) <= trace.tolerance[e])) return true;
  }
  return false;
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// What the implementation returns for a few cases of ordinary size: its handwriting, by which planted
/// bugs are recognised. Empty if it does more than return wrong numbers; the failing case itself if
/// all the others are right.
Trace portrait(const std::vector<Parameter>& parameters, const Check& check,
               const Trace& failing_case) {
  Trace all;
  for (int i = 0; i < kPortraits; ++i) {
    Case c(portrait_recipe(parameters, i), Purpose::kRecord);
    try {
      check(c);
    } catch (const Failure&) {
      return {};
    }
    append(all.got, c.trace().got);
    append(all.expected, c.trace().expected);
    append(all.tolerance, c.trace().tolerance);
  }
  return shows_an_error(all) ? all : failing_case;
}

/// RapidCheck reports to us alone.
struct Silent : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// Ends the check, unless it is a property: then those that follow are judged all the same.
void report(const Failure& failure) {
  reporter().failed(failure);
  if (!reporter().properties()) BOOST_FAIL(failure.message);
}

}  // namespace

void for_all(const std::vector<Parameter>& parameters, const Check& check) {
  std::optional<Failure> failure;
  Recipe failing;
  int cases = 0;
  const auto property = [&] {
    const Recipe recipe = generate(parameters);
    const bool twice = !failure && ++cases % kRepeatEvery == 0;
    const auto found =
        twice ? attempt_twice(recipe, check) : attempt_once(recipe, check, Purpose::kFind);
    if (!found) return true;
    failure = found;  // while it shrinks, RapidCheck goes on from the last failure
    failing = recipe;
    return false;
  };
  rc::detail::TestParams params;
  params.seed = seed_of_check();
  params.maxSuccess = reporter().cases_wanted();
  params.disableShrinking = !reporter().shrinks();
  Silent silent;
  const auto result =
      rc::detail::checkProperty(rc::detail::toProperty(property), {}, params, silent, {});
  reporter().count_cases(cases);
  if (failure) {
    if (const auto explained = attempt_once(failing, check, Purpose::kExplain)) failure = explained;
    failure->trace = portrait(parameters, check, failure->trace);
    return report(*failure);
  }
  if (!result.is<rc::detail::SuccessResult>()) {
    throw std::logic_error("RapidCheck could not generate the cases");
  }
}

void example(const Check& check) {
  reporter().count_cases(1);
  const Recipe recipe{{}, Values::kNormal, seed_of_check()};
  if (const auto failure = attempt_once(recipe, check, Purpose::kExplain)) report(*failure);
}

}  // namespace qkoan
