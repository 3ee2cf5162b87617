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
    if (failure.parameters.empty()) failure.parameters = recipe.parameters;
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

/// What the implementation returns for a few cases of ordinary size: its handwriting, by which planted
/// bugs are recognised. Empty if it does more than return wrong numbers.
Trace portrait(const std::vector<Parameter>& parameters, const Check& check) {
  Trace all;
  for (int i = 0; i < kPortraits; ++i) {
    // Multiplied, because the generator's first numbers of neighbouring seeds are the same.
    Recipe recipe{{}, Values::kNormal, (seed_of_check() + i) * 0x9e3779b97f4a7c15u};
    std::uint64_t bits = recipe.seed;
    int bit = 1;  // of i: every combination of a small and a large parameter occurs
    for (const auto& [name, low, high] : parameters) {
      const int half = std::min(high - low, kPortraitSize) / 2;
      const int value = low + (i & bit ? half : 0) + static_cast<int>(bits % (half + 1));
      recipe.parameters.emplace_back(name, value);
      bit *= 2;
      bits /= half + 1;
    }
    Case c(recipe, Purpose::kRecord);
    try {
      check(c);
    } catch (const Failure&) {
      return {};
    }
    all.got.insert(all.got.end(), c.trace().got.begin(), c.trace().got.end());
    all.expected.insert(all.expected.end(), c.trace().expected.begin(), c.trace().expected.end());
    all.tolerance.insert(all.tolerance.end(), c.trace().tolerance.begin(),
                         c.trace().tolerance.end());
  }
  return all;
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
    failure->trace = portrait(parameters, check);
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
