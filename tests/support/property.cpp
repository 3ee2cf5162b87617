#include "tests/support/property.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <rapidcheck.h>

#include "reference/core/ulp.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/reporter.hpp"

namespace qkoan {
namespace {

constexpr int kCases = 32;       // per property; sizes grow to their limits over these
constexpr int kRepeatEvery = 4;  // every fourth case is judged twice
constexpr float kOtherPrefill = 1e30f;

/// FNV-1a, so that each check has its own stream of cases.
std::uint64_t seed_of_check() {
  std::uint64_t hash = 14695981039346656037u ^ reporter().seed();
  for (const char c : boost::unit_test::framework::current_test_case().full_name()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash;
}

/// Judges the case; the failure if there is one.
std::optional<Failure> attempt(const Recipe& recipe, const Check& check, bool detailed) {
  try {
    Case c(recipe, unwritten(), detailed);
    check(c);
    return std::nullopt;
  } catch (Failure& failure) {
    if (failure.parameters.empty()) failure.parameters = recipe.parameters;
    return failure;
  }
}

/// Judges the case twice, with other contents of the outputs before: the numbers must be the same.
std::optional<Failure> attempt_twice(const Recipe& recipe, const Check& check) {
  try {
    Case first(recipe, unwritten(), false), second(recipe, kOtherPrefill, false);
    check(first);
    check(second);
    const auto &a = first.judged(), &b = second.judged();
    if (a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same_encoding)) {
      return std::nullopt;
    }
    return Failure{"unstable",
                   "two calls with the same inputs gave different numbers: the result depends on "
                   "what the output held before, or on an earlier call",
                   {}, recipe.parameters};
  } catch (Failure& failure) {
    if (failure.parameters.empty()) failure.parameters = recipe.parameters;
    return failure;
  }
}

Recipe generate(const std::vector<Parameter>& parameters) {
  Recipe recipe;
  for (const auto& [name, low, high] : parameters) {
    recipe.parameters.emplace_back(name, *rc::gen::inRange(low, high + 1));
  }
  recipe.values = static_cast<Values>(*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 4)));
  recipe.seed = *rc::gen::noShrink(rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>()));
  return recipe;
}

/// RapidCheck reports to us alone.
struct Silent : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

[[noreturn]] void report(Failure failure) {
  reporter().failed(failure);
  BOOST_FAIL(failure.message);
  throw failure;  // not reached: BOOST_FAIL throws
}

}  // namespace

void for_all(const std::vector<Parameter>& parameters, const Check& check) {
  std::optional<Failure> first, smallest;
  Recipe smallest_recipe;
  int cases = 0;
  const auto property = [&] {
    const Recipe recipe = generate(parameters);
    const bool twice = !first && ++cases % kRepeatEvery == 0;
    auto failure = twice ? attempt_twice(recipe, check) : attempt(recipe, check, false);
    if (!failure) return true;
    if (!first) first = failure;
    smallest = failure;  // shrinking goes on from the last failure
    smallest_recipe = recipe;
    return false;
  };
  rc::detail::TestParams params;
  params.seed = seed_of_check();
  params.maxSuccess = kCases;
  params.disableShrinking = !reporter().shrinks();
  Silent silent;
  const auto result = rc::detail::checkProperty(rc::detail::toProperty(property), {}, params, silent, {});
  reporter().count_cases(cases);
  if (smallest) {
    if (auto detailed = attempt(smallest_recipe, check, true)) smallest = detailed;
    smallest->trace = first->trace;  // the first case has more numbers to tell bugs apart by
    report(*smallest);
  }
  BOOST_TEST_REQUIRE(result.is<rc::detail::SuccessResult>(), "the cases could not be generated");
}

void example(const Check& check) {
  reporter().count_cases(1);
  if (const auto failure = attempt({{}, Values::kWhole, seed_of_check()}, check, true)) {
    report(*failure);
  }
}

}  // namespace qkoan
