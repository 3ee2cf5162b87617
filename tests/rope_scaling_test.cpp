/// @file
/// Lesson 11, the suite. Contract: exercises/rope_scaling.hpp.

#include "exercises/rope_scaling.hpp"

#include <array>

#include "reference/rope_scaling.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(interpolated);
  QKOAN_FUNCTION(scaled_base);
  QKOAN_FUNCTION(dynamic_base);
  QKOAN_FUNCTION(llama3);
  QKOAN_FUNCTION(yarn);
  QKOAN_FUNCTION(scaled_tables_simd);
} subject;

constexpr int kFarthest = 1 << 20;
constexpr const char* kFrequencyBound = "at least (12 + 16·L_k)·u·θ_k/s: any pow, in float";
constexpr const char* kBaseBound = "at least (8 + 14·ln base')·u·base': any pow, in float";
constexpr const char* kDynamicBound = "at least (8 + 14·ln base' + 4·e·s·l/(trained·x))·u·base'";
constexpr const char* kRampBound = "at least u·(4·θ_k + (9 + 16·L_k)·θ'_k): in float, any order";
constexpr const char* kFactorBound = "at least u·(1.3·ln s + factor), and 0 for s = 1";
constexpr const char* kTableBound = "at least u·(8·factor + |x|), angles as in double";

// ---- Inputs -------------------------------------------------------------------------------------

/// A base that is in use, or any, in few bits: then no power of it lies between two floats.
float any_base(Case& c) {
  static constexpr float kBases[] = {100, 1e4f, 1e6f, 5e5f, 1.5e5f, 1e8f};
  const int kind = c.integer(0, 11);
  if (kind < 6) return kBases[kind];
  return std::ldexp(static_cast<float>(c.integer(1024, 2047)), c.integer(-3, 15));
}

float any_scale(Case& c) {
  static constexpr float kScales[] = {1, 2, 4, 8, 2.5f, 32, 40, 1024};
  const int kind = c.integer(0, 15);
  if (kind < 8) return kScales[kind];
  const int most = kind < 12 ? 8 : 1024;
  return static_cast<float>(c.integer(4097, most * 4096)) / 4096;
}

int any_trained(Case& c) {
  static constexpr int kTrained[] = {128, 2048, 4096, 8192, 32768, kFarthest};
  const int kind = c.integer(0, 11);
  return kind < 6 ? kTrained[kind] : c.integer(128, kind < 9 ? 5000 : kFarthest);
}

/// Bands without regard to where pairs lie: slow and fast as in use, or any.
Bands any_limits(Case& c) {
  const int kind = c.integer(0, 5);
  float slow = 1, fast = kind < 2 ? 4 : 32;
  if (kind == 4) slow = static_cast<float>(c.integer(1, 256)) / 16;
  if (kind == 4) fast = std::min(64.0f, slow * static_cast<float>(c.integer(8, 40)) / 4);
  if (kind == 5) slow = 0x1p-4f, fast = 64;
  return {any_base(c), any_scale(c), any_trained(c), slow, fast};
}

/// Whether no number of turns comes near a limit.
bool clear_of_limits(const Bands& bands, int r) {
  for (int k = 0; k < r / 2; ++k) {
    const double n = reference::turns<double>(bands, r, k);
    for (const double limit : {bands.slow, bands.fast}) {
      if (std::fabs(n - limit) < 0.0011 * n) return false;
    }
  }
  return true;
}

/// Whether the ramp in k has a length, and its ends are nowhere near whole numbers.
bool clear_of_whole_numbers(const Bands& bands, bool truncate, int r) {
  for (const float n : {bands.slow, bands.fast}) {
    const double k = reference::pairdim<double>(bands, r, n);
    if (std::fabs(k - std::round(k)) < 0.0041) return false;
  }
  const auto [low, high] = reference::yarn_ramp<double>(bands, truncate, r);
  return high - low >= 0.2501;
}

/// Bands of the sort that `legal` likes, shown in reports.
template <class Legal>
Bands any_bands(Case& c, Legal legal) {
  Bands bands = any_limits(c);
  while (!legal(bands)) bands = any_limits(c);
  return bands;
}

void show(Case& c, const Bands& bands, int pairs) {
  c.argument("r", 2 * pairs);
  c.argument("base", bands.base);
  c.argument("s", bands.s);
  c.argument("trained", bands.trained);
  c.argument("slow", bands.slow);
  c.argument("fast", bands.fast);
}

/// What models ship. The turns of DeepSeek-V3's pairs and of others clear the limits.
struct Model {
  int rotated;
  Bands bands;
  bool truncate;
};
constexpr Model kModels[] = {{128, {10000, 16, 4096, 1, 32}, true},
                             {128, {1000000, 4, 32768, 1, 32}, true},
                             {64, {10000, 40, 4096, 1, 32}, true},
                             {64, {150000, 32, 4096, 1, 32}, false}};
constexpr Bands kLlama3{500000, 8, 8192, 1, 4};

// ---- What is expected ---------------------------------------------------------------------------

Exact exact_interpolated(float base, float s, int pairs) {
  return exact([=](auto real) { return reference::interpolated<decltype(real)>(base, s, pairs); });
}

Exact exact_scaled_base(float base, int r, float s) {
  return exact([=](auto real) { return reference::scaled_base<decltype(real)>(base, r, s); });
}

Exact exact_dynamic_base(float base, int r, float s, int trained, int length) {
  return exact([=](auto real) {
    return reference::dynamic_base<decltype(real)>(base, r, s, trained, length);
  });
}

Exact exact_llama3(Bands bands, int pairs) {
  return exact([=](auto real) { return reference::llama3<decltype(real)>(bands, pairs); });
}

Exact exact_yarn(Bands bands, bool truncate, int pairs) {
  return exact([=](auto real) { return reference::yarn<decltype(real)>(bands, truncate, pairs); });
}

Exact exact_factor(float s) {
  return exact([=](auto real) { return reference::yarn_factor<decltype(real)>(s); });
}

Exact exact_table(Row theta, float factor, int first, int n, bool sines) {
  return exact([=](auto real) {
    return reference::scaled_table<decltype(real)>(eigen(theta), factor, first, n, sines);
  });
}

double tolerance_of(const Exact& exact) { return exact.tolerated().tolerance[0]; }

// ---- Judging one call ---------------------------------------------------------------------------

void judge_interpolated(Case& c, float base, float s, int pairs) {
  c.argument("r", 2 * pairs);
  c.argument("base", base);
  c.argument("s", s);
  const MutableRow theta = c.output_row("theta", pairs);
  subject.interpolated(base, s, theta);
  c.expect("theta", theta, exact_interpolated(base, s, pairs), kFrequencyBound);
}

void judge_scaled_base(Case& c, float base, int r, float s) {
  c.argument("base", base);
  c.argument("r", r);
  c.argument("s", s);
  c.expect("base'", subject.scaled_base(base, r, s), exact_scaled_base(base, r, s), kBaseBound);
}

void judge_dynamic_base(Case& c, float base, int r, float s, int trained, int length) {
  c.argument("base", base);
  c.argument("r", r);
  c.argument("s", s);
  c.argument("trained", trained);
  c.argument("length", length);
  c.expect("base'", subject.dynamic_base(base, r, s, trained, length),
           exact_dynamic_base(base, r, s, trained, length), kDynamicBound);
}

void judge_llama3(Case& c, Bands bands, int pairs) {
  show(c, bands, pairs);
  const MutableRow theta = c.output_row("theta", pairs);
  subject.llama3(bands, theta);
  c.expect("theta", theta, exact_llama3(bands, pairs), kRampBound);
}

void judge_yarn(Case& c, Bands bands, bool truncate, int pairs) {
  show(c, bands, pairs);
  c.argument("truncate", truncate);
  const MutableRow theta = c.output_row("theta", pairs);
  const float factor = subject.yarn(bands, truncate, theta);
  c.expect("theta", theta, exact_yarn(bands, truncate, pairs), kRampBound);
  c.expect("factor", factor, exact_factor(bands.s), kFactorBound);
}

/// Frequencies as models have them, or any.
Row any_frequencies(Case& c, int pairs) {
  if (c.integer(0, 1) == 0) {
    return c.row("theta", pairs, [&](Case::Random&) {
      return std::ldexp(static_cast<float>(c.integer(1 << 20, 1 << 21)), -c.integer(21, 46));
    });
  }
  std::vector<float> theta(pairs);
  const float base = any_base(c);
  for (int k = 0; k < pairs; ++k) {
    theta[k] = static_cast<float>(reference::trained_frequency<double>(base, 2 * pairs, k));
  }
  return c.row("theta", theta);
}

void judge_tables(Case& c, Row theta, float factor, int first, int n) {
  c.argument("factor", factor);
  c.argument("first", first);
  const MutableMatrix cosines = c.output_matrix("cosines", n, theta.size);
  const MutableMatrix sines = c.output_matrix("sines", n, theta.size);
  subject.scaled_tables_simd(theta, factor, first, cosines, sines);
  c.expect("cosines", cosines, exact_table(theta, factor, first, n, false), kTableBound);
  c.expect("sines", sines, exact_table(theta, factor, first, n, true), kTableBound);
}

/// Properties that both ramps have. Each may be off as `exact` says.
void expect_between(Case& c, Row theta, const Bands& bands, const Exact& exact) {
  const auto tolerance = exact.tolerated().tolerance;
  bool between = true;
  for (int k = 0; k < theta.size; ++k) {
    const double trained = reference::trained_frequency<double>(bands.base, 2 * theta.size, k);
    between &= theta[k] <= trained + tolerance[k];
    between &= theta[k] >= trained / bands.s - tolerance[k];
  }
  c.expect_that(between, "a frequency is not between its trained and its interpolated one");
}

void expect_falling(Case& c, Row theta, const Exact& exact) {
  const auto tolerance = exact.tolerated().tolerance;
  bool falling = true;
  for (int k = 0; k + 1 < theta.size; ++k) {
    falling &= theta[k + 1] <= theta[k] + tolerance[k] + tolerance[k + 1];
  }
  c.expect_that(falling, "a pair turns faster than the one before it");
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(interpolated)

BOOST_AUTO_TEST_CASE(any_interpolation, *description("any base and scale, 1 to 128 pairs")) {
  for_all({{"pairs", 1, 128}},
          [](Case& c) { judge_interpolated(c, any_base(c), any_scale(c), c["pairs"]); });
}

BOOST_AUTO_TEST_CASE(stretches_every_period,
                     *property* description("all pairs turn s times as slowly as for s = 1")) {
  for_all({{"pairs", 1, 64}}, [](Case& c) {
    const float base = any_base(c), s = any_scale(c);
    const int pairs = c["pairs"];
    const MutableRow theta = c.output_row("theta", pairs), whole = c.output_row("unscaled", pairs);
    subject.interpolated(base, s, theta);
    subject.interpolated(base, 1, whole);
    const auto a = exact_interpolated(base, s, pairs).tolerated().tolerance;
    const auto b = exact_interpolated(base, 1, pairs).tolerated().tolerance;
    bool same = true;
    for (int k = 0; k < pairs; ++k) {
      same &= std::fabs(static_cast<double>(theta[k]) * s - whole[k]) <= a[k] * s + b[k];
    }
    c.expect_that(same, "θ_k for s, times s, is not θ_k for s = 1");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("4 pairs, base 10000, s = 4")) {
  example([](Case& c) { judge_interpolated(c, 10000, 4, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scaled_base)

BOOST_AUTO_TEST_CASE(any_base_and_scale, *description("r from 4 to 256, s from 1 to 1024")) {
  for_all({{"_pairs", 2, 128}},
          [](Case& c) { judge_scaled_base(c, any_base(c), 2 * c["_pairs"], any_scale(c)); });
}

BOOST_AUTO_TEST_CASE(last_pair_is_interpolated,
                     *property* description("the last frequency of the new base is θ/s")) {
  for_all({{"_pairs", 2, 128}}, [](Case& c) {
    const float base = any_base(c), s = any_scale(c);
    const int r = 2 * c["_pairs"];
    const double exponent = -(r - 2.0) / r;
    const float scaled = subject.scaled_base(base, r, s);
    const double error = tolerance_of(exact_scaled_base(base, r, s)) / scaled;
    const double last = std::pow(scaled, exponent), wanted = std::pow(base, exponent) / s;
    c.expect_that(std::fabs(last / wanted - 1) <= 1.01 * error + 1e-12,
                  "the last frequency is not what interpolation makes of it");
  });
}

BOOST_AUTO_TEST_CASE(stretches_multiply, *property* description("2 times, then 3 times: 6 times")) {
  for_all({{"_pairs", 2, 128}, {"_a", 1, 16}, {"_b", 1, 16}}, [](Case& c) {
    const auto a = static_cast<float>(c["_a"]), b = static_cast<float>(c["_b"]);
    const float base = any_base(c);
    const int r = 2 * c["_pairs"];
    const float twice = subject.scaled_base(subject.scaled_base(base, r, a), r, b);
    const float once = subject.scaled_base(base, r, a * b);
    // Relative errors of three results, of which the last has the largest bound.
    const double error = 3.01 * tolerance_of(exact_scaled_base(base, r, a * b)) / once;
    c.expect_that(std::fabs(twice / static_cast<double>(once) - 1) <= error,
                  "to scale a base by a and then by b is not to scale it by a·b");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("base 10000, r = 128, s = 2: 20221.26")) {
  example([](Case& c) { judge_scaled_base(c, 10000, 128, 2); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dynamic_base, *depends_on("scaled_base"))

BOOST_AUTO_TEST_CASE(longer_texts, *description("texts beyond the trained length")) {
  for_all({{"_pairs", 2, 128}}, [](Case& c) {
    const int trained = any_trained(c);
    const int most = c.integer(0, 1) == 0 ? 3 * trained : 8 * kFarthest;
    judge_dynamic_base(c, any_base(c), 2 * c["_pairs"], any_scale(c), trained,
                       c.integer(trained, most));
  });
}

BOOST_AUTO_TEST_CASE(around_the_end, *description("lengths trained − 1, trained, trained + 1")) {
  for_all({{"_pairs", 2, 128}, {"_more", -1, 1}}, [](Case& c) {
    const int trained = any_trained(c);
    judge_dynamic_base(c, any_base(c), 2 * c["_pairs"], any_scale(c), trained,
                       trained + c["_more"]);
  });
}

BOOST_AUTO_TEST_CASE(short_texts_keep_the_base,
                     *property* description("up to the trained length it is the base")) {
  for_all({{"_pairs", 2, 128}}, [](Case& c) {
    const float base = any_base(c), s = any_scale(c);
    const int r = 2 * c["_pairs"], trained = any_trained(c), length = c.integer(1, trained);
    const float got = subject.dynamic_base(base, r, s, trained, length);
    const double error = tolerance_of(exact_dynamic_base(base, r, s, trained, length));
    c.expect_that(std::fabs(got - base) <= error, "a text that is not too long changes the base");
  });
}

BOOST_AUTO_TEST_CASE(grows_with_the_text,
                     *property* description("a longer text has the same base, or a larger one")) {
  for_all({{"_pairs", 2, 128}}, [](Case& c) {
    const float base = any_base(c), s = any_scale(c);
    const int r = 2 * c["_pairs"], trained = any_trained(c);
    const int length = c.integer(1, 4 * trained), longer = length + c.integer(1, trained);
    const double slack = tolerance_of(exact_dynamic_base(base, r, s, trained, length)) +
                         tolerance_of(exact_dynamic_base(base, r, s, trained, longer));
    c.expect_that(subject.dynamic_base(base, r, s, trained, length) <=
                      subject.dynamic_base(base, r, s, trained, longer) + slack,
                  "the base is smaller for a longer text");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("trained on 2048, s = 2, r = 128; 4096 tokens")) {
  example([](Case& c) { judge_dynamic_base(c, 10000, 128, 2, 2048, 4096); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(llama3, *depends_on("interpolated"))

BOOST_AUTO_TEST_CASE(any_ramp_in_turns, *description("any limits, 1 to 128 pairs")) {
  for_all({{"_pairs", 1, 128}}, [](Case& c) {
    const int pairs = c["_pairs"];
    judge_llama3(c, any_bands(c, [&](Bands b) { return clear_of_limits(b, 2 * pairs); }), pairs);
  });
}

BOOST_AUTO_TEST_CASE(real_models, *description("the heads of models that are in use")) {
  for (const Model& m : kModels) {
    if (!clear_of_limits(m.bands, m.rotated)) continue;
    example([&](Case& c) { judge_llama3(c, m.bands, m.rotated / 2); });
  }
  example([](Case& c) { judge_llama3(c, kLlama3, 32); });
}

BOOST_AUTO_TEST_CASE(between_trained_and_interpolated,
                     *property* description("θ_k/s ≤ θ'_k ≤ θ_k, and θ' falls with k")) {
  for_all({{"_pairs", 1, 64}}, [](Case& c) {
    const int pairs = c["_pairs"];
    const Bands bands = any_bands(c, [&](Bands b) { return clear_of_limits(b, 2 * pairs); });
    show(c, bands, pairs);
    const MutableRow theta = c.output_row("theta", pairs);
    subject.llama3(bands, theta);
    expect_between(c, theta, bands, exact_llama3(bands, pairs));
    expect_falling(c, theta, exact_llama3(bands, pairs));
  });
}

BOOST_AUTO_TEST_CASE(worked_example,
                     *description("Llama 3.1: base 500000, r = 128, 8 times 8192")) {
  example([](Case& c) { judge_llama3(c, kLlama3, 64); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(yarn, *depends_on("interpolated"))

BOOST_AUTO_TEST_CASE(any_ramp_in_k, *description("any limits, 1 to 128 pairs, truncated or not")) {
  for_all({{"_pairs", 1, 128}, {"_truncate", 0, 1}}, [](Case& c) {
    const int pairs = c["_pairs"];
    const bool truncate = c["_truncate"] == 1;
    const auto legal = [=](Bands b) { return clear_of_whole_numbers(b, truncate, 2 * pairs); };
    judge_yarn(c, any_bands(c, legal), truncate, pairs);
  });
}

BOOST_AUTO_TEST_CASE(ends_of_the_row,
                     *description("ramps that begin before pair 0, or end at r − 1")) {
  example([](Case& c) { judge_yarn(c, {10000, 8, 150, 1, 32}, true, 32); });
  example([](Case& c) { judge_yarn(c, {10000, 8, 150, 1, 32}, false, 32); });
  example([](Case& c) { judge_yarn(c, {100, 8, 5000, 0x1p-4f, 64}, true, 40); });
  example([](Case& c) { judge_yarn(c, {100, 8, 5000, 0x1p-4f, 64}, false, 40); });
}

BOOST_AUTO_TEST_CASE(real_models, *description("models that are in use, truncated and not")) {
  for (const Model& m : kModels) {
    example([&](Case& c) { judge_yarn(c, m.bands, m.truncate, m.rotated / 2); });
    example([&](Case& c) { judge_yarn(c, m.bands, !m.truncate, m.rotated / 2); });
  }
}

BOOST_AUTO_TEST_CASE(no_stretch,
                     *description("s = 1: the trained frequencies, and exactly factor 1")) {
  for_all({{"_pairs", 2, 64}, {"_truncate", 0, 1}}, [](Case& c) {
    const int pairs = c["_pairs"];
    const bool truncate = c["_truncate"] == 1;
    const auto legal = [=](Bands b) { return clear_of_whole_numbers(b, truncate, 2 * pairs); };
    Bands bands = any_bands(c, legal);
    bands.s = 1;
    judge_yarn(c, bands, truncate, pairs);
  });
}

BOOST_AUTO_TEST_CASE(between_trained_and_interpolated,
                     *property* description("θ_k/s ≤ θ'_k ≤ θ_k, and θ' falls with k")) {
  for_all({{"_pairs", 2, 64}, {"_truncate", 0, 1}}, [](Case& c) {
    const int pairs = c["_pairs"];
    const bool truncate = c["_truncate"] == 1;
    const auto legal = [=](Bands b) { return clear_of_whole_numbers(b, truncate, 2 * pairs); };
    const Bands bands = any_bands(c, legal);
    show(c, bands, pairs);
    c.argument("truncate", truncate);
    const MutableRow theta = c.output_row("theta", pairs);
    subject.yarn(bands, truncate, theta);
    expect_between(c, theta, bands, exact_yarn(bands, truncate, pairs));
    expect_falling(c, theta, exact_yarn(bands, truncate, pairs));
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("gpt-oss: base 150000, r = 64, 32 times 4096")) {
  example([](Case& c) { judge_yarn(c, kModels[3].bands, false, 32); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scaled_tables_simd)

BOOST_AUTO_TEST_CASE(any_sizes, *description("n ≠ r/2, tails, both signs of positions")) {
  for_all({{"n", 1, 40}, {"pairs", 1, 40}, {"first", -60, 60}}, [](Case& c) {
    const float factor = 1 + static_cast<float>(c.integer(0, 4096)) / 4096;
    judge_tables(c, any_frequencies(c, c["pairs"]), factor, c["first"], c["n"]);
  });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("positions to a million: angles as in double")) {
  for_all({{"n", 1, 20}, {"pairs", 1, 40}}, [](Case& c) {
    const float factor = 1 + static_cast<float>(c.integer(0, 4096)) / 4096;
    const int last = c.integer(0, 3) == 0 ? kFarthest - c["n"] + 1 : kFarthest - 100;
    const int first = c.integer(0, 1) == 0 ? last : c.integer(-kFarthest, last);
    judge_tables(c, any_frequencies(c, c["pairs"]), factor, first, c["n"]);
  });
}

BOOST_AUTO_TEST_CASE(long_tables, *description("thousands of rows, and 128 pairs")) {
  example([](Case& c) { judge_tables(c, any_frequencies(c, 5), 1.25f, 7, 4099); });
  example([](Case& c) { judge_tables(c, any_frequencies(c, 128), 1, 100000, 5); });
}

BOOST_AUTO_TEST_CASE(rows_turn_on,
                     *property* description("one position further is one turn by θ_k")) {
  for_all({{"n", 2, 20}, {"pairs", 1, 20}, {"first", 0, 100000}}, [](Case& c) {
    const int n = c["n"];
    const Row theta = any_frequencies(c, c["pairs"]);
    const MutableMatrix x = c.output_matrix("cosines", n, theta.size);
    const MutableMatrix y = c.output_matrix("sines", n, theta.size);
    subject.scaled_tables_simd(theta, 1.5f, c["first"], x, y);
    double most = 0;
    for (int i = 1; i < n; ++i) {
      for (int k = 0; k < theta.size; ++k) {
        const double cosine = std::cos(double(theta[k])), sine = std::sin(double(theta[k]));
        most = std::fmax(most, std::fabs(x[i - 1][k] * cosine - y[i - 1][k] * sine - x[i][k]));
        most = std::fmax(most, std::fabs(x[i - 1][k] * sine + y[i - 1][k] * cosine - y[i][k]));
      }
    }
    // Three numbers, each off by at most u·9.1·1.5 and weighted by at most 1, make a difference.
    c.expect_that(most <= 3 * 9.1 * 1.5 * 0x1p-24, "a row is not the row before, turned on by θ");
  });
}

BOOST_AUTO_TEST_CASE(squares_make_the_factor,
                     *property* description("cosine² + sine² = factor²: it scales both, once")) {
  for_all({{"n", 1, 20}, {"pairs", 1, 20}, {"first", -100000, 100000}}, [](Case& c) {
    const int n = c["n"];
    const Row theta = any_frequencies(c, c["pairs"]);
    const float factor = 1 + static_cast<float>(c.integer(0, 1024)) / 1024;
    const MutableMatrix x = c.output_matrix("cosines", n, theta.size);
    const MutableMatrix y = c.output_matrix("sines", n, theta.size);
    subject.scaled_tables_simd(theta, factor, c["first"], x, y);
    double most = 0;
    for (int e = 0; e < n * theta.size; ++e) {
      const double a = x.data[e], b = y.data[e];
      most = std::fmax(most, std::fabs(a * a + b * b - double(factor) * factor));
    }
    // (|a| + |b|)·2·u·9.1·factor, and |a| + |b| is at most √2·factor.
    c.expect_that(most <= 1.42 * 2 * 9.1 * factor * factor * 0x1p-24,
                  "cosine² + sine² is not the square of the factor");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("position 100,000, frequencies 1 and 0.01")) {
  example([](Case& c) { judge_tables(c, c.row("theta", {1, 0.01f}), 1.138629f, 100000, 3); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
