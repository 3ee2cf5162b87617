/// @file
/// Lesson 13, the suite. Contract: exercises/kv_cache.hpp.

#include "exercises/kv_cache.hpp"

#include <algorithm>
#include <numeric>

#include "reference/attention_weights.hpp"
#include "reference/kv_cache.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(padded_positions);
  QKOAN_FUNCTION(ring_positions);
  QKOAN_FUNCTION(append_key);
  QKOAN_FUNCTION(decode);
  QKOAN_FUNCTION(move_keys);
  QKOAN_FUNCTION(decode_simd);
} subject;

using Values2 = std::vector<std::vector<float>>;
using Decode = Function<void(Row, int, Integers, Matrix, Matrix, int, float, MutableRow)>;
using reference::Step;

constexpr int kFarthest = 1 << 20;
constexpr const char* kCounted = "positions are whole numbers, and are counted";
constexpr const char* kTurned = "10·u·(|x0| + |x1|), the angle as in double";
constexpr const char* kMoved = "30·u·(|x0| + |x1|), angles as in double";
constexpr const char* kCopied = "it is copied or left as it was: nothing is rounded";
constexpr const char* kOutput =
    "at least Σ p·|v|·ρ + |o|·Σ p·ρ, ρ = u·((d+5)·A + 3·t + n + 10·r + 10)";

// ---- Positions ----------------------------------------------------------------------------------

void judge_padding(Case& c, const std::vector<int>& mask) {
  const Integers m = c.integers("mask", mask);
  const MutableIntegers positions = c.output_integers("positions", m.size);
  const int next = subject.padded_positions(m, positions);
  std::vector<int> expected = reference::padded_positions(mask);
  c.expect_whole("next position", next, expected.back(), kCounted);
  expected.pop_back();
  c.expect_whole("positions", positions, expected, kCounted);
}

void judge_ring(Case& c, int length, int slots) {
  c.argument("length", length);
  c.argument("slots", slots);
  const MutableIntegers positions = c.output_integers("positions", slots);
  subject.ring_positions(length, positions);
  c.expect_whole("positions", positions, reference::ring_positions(length, slots), kCounted);
}

// ---- Rotated keys -------------------------------------------------------------------------------

float any_base(Case& c) {
  static constexpr float kBases[] = {1e4f, 5e5f, 100, 30527.737f, 1e8f};
  return kBases[c.integer(0, 4)];
}

/// 0 or more, up to d, and even.
int any_rotated(Case& c, int d) {
  return c.integer(0, 3) == 0 ? d / 2 * 2 : 2 * c.integer(0, d / 2);
}

/// Everywhere, and often at the near end.
int any_position(Case& c) { return c.integer(0, c.integer(0, 1) ? kFarthest : 40); }

/// A matrix that is to be changed in place, and a copy of what it begins as.
struct InPlace {
  std::vector<float> before;
  MutableMatrix now;

  InPlace(Case& c, const char* name, int rows, int cols) : before(rows * cols) {
    for (float& x : before) x = c.number();
    now = c.inout_matrix(name, Matrix{before.data(), rows, cols});
  }
  Matrix initial() const { return {before.data(), now.rows, now.cols}; }
};

/// Appends a token to a ring that holds others, and judges the row that it takes and all others.
void judge_append(Case& c, int slots, int d, int d_v, int position, int r, float base) {
  const Row k = c.row("k", d), v = c.row("v", d_v);
  c.argument("position", position);
  c.argument("r", r);
  c.argument("base", base);
  InPlace K(c, "K", slots, d), V(c, "V", slots, d_v);
  subject.append_key(k, v, position, r, base, K.now, V.now);
  const int slot = position % slots;
  const auto expected_K = [&](auto real) {
    using Real = decltype(real);
    Eigen::MatrixX<Real> expected = lift<Real>(K.initial());
    expected.row(slot) = reference::rotated<Real>(r, base, position, lift<Real>(k)).transpose();
    return expected;
  };
  c.expect("K", K.now, exact(expected_K), kTurned);
  std::copy(v.begin(), v.end(), V.before.begin() + slot * d_v);
  c.expect_exactly("V", V.now, V.before, kCopied);
}

/// Where keys are moved from and to.
struct Moves {
  std::vector<int> from, to;
  int r;
  float base, new_base;
};

Exact exact_moved(const Moves& m, Matrix K) {
  return exact([=](auto real) {
    using Real = decltype(real);
    Eigen::MatrixX<Real> expected = lift<Real>(K);
    for (int j = 0; j < K.rows; ++j) {
      if (m.from[j] < 0) continue;
      const Eigen::VectorX<Real> row = lift<Real>(K[j]);
      expected.row(j) =
          reference::moved<Real>(m.r, m.base, m.from[j], m.new_base, m.to[j], row).transpose();
    }
    return expected;
  });
}

/// Moves keys in place.
void move(Case& c, const Moves& m, MutableMatrix K) {
  const Integers from = c.integers("from", m.from), to = c.integers("to", m.to);
  c.argument("r", m.r);
  c.argument("base", m.base);
  c.argument("new_base", m.new_base);
  subject.move_keys(m.r, m.base, from, m.new_base, to, K);
}

void judge_move(Case& c, const Moves& m, int d) {
  const InPlace K(c, "K", static_cast<int>(m.from.size()), d);
  move(c, m, K.now);
  c.expect("K", K.now, exact_moved(m, K.initial()), kMoved);
}

/// Rows of which some are empty, the others anywhere.
Moves any_moves(Case& c, int n, int d) {
  Moves m{{}, {}, any_rotated(c, d), any_base(c), 0};
  m.new_base = c.integer(0, 1) ? any_base(c) : m.base;
  for (int j = 0; j < n; ++j) {
    m.from.push_back(c.integer(0, 4) ? any_position(c) : -1);
    m.to.push_back(any_position(c));
  }
  return m;
}

/// The exact rotation of every row by its position, as the floats nearest to it.
std::vector<float> rotated_rows(int r, const std::vector<int>& positions, float base, Matrix K) {
  std::vector<float> rows;
  for (int j = 0; j < K.rows; ++j) {
    const Eigen::VectorXd row =
        reference::rotated<double>(r, base, positions[j], lift<double>(K[j]));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// ---- Decoding -----------------------------------------------------------------------------------

enum Layout { kPrefix, kRing, kPages };

/// Where the keys stand: in order from slot 0; in a ring that has gone round; or anywhere, with
/// holes, and with keys that the query may not see yet.
std::vector<int> any_positions(Case& c, int layout, int slots, int& position) {
  if (layout == kPrefix) {
    position = c.integer(0, slots - 1);
    return reference::ring_positions(position + 1, slots);
  }
  position = any_position(c);
  if (layout == kRing) return reference::ring_positions(position + 1, slots);
  const int reach = std::min(position, c.integer(0, 3) ? 2 * slots : 3000);
  std::vector<int> positions;
  for (int s = 0; s < slots; ++s) {
    const int p = position - c.integer(-reach / 8 - 1, reach);
    positions.push_back(c.integer(0, 5) ? std::min(p, kFarthest) : -1);
  }
  positions[c.integer(0, slots - 1)] = position;
  return positions;
}

/// Scores stay of a size that softmax can tell apart: queries and keys are never wide.
float any_element(Case& c) {
  return c.values() == Values::kWide ? Case::normal(c.random()) : c.number();
}

float any_slope(Case& c) {
  static constexpr float kSlopes[] = {0, 0.5f, 0.0625f, 0.00390625f, 0.7071068f, 1};
  const int n = c.integer(0, 7);
  return n < 6 ? kSlopes[n] : 0.001f * static_cast<float>(c.integer(1, 1000));
}

Values2 elements(Case& c, int rows, int cols, bool of_keys) {
  Values2 all(rows);
  for (auto& row : all)
    for (int e = 0; e < cols; ++e) row.push_back(of_keys ? any_element(c) : c.number());
  return all;
}

/// A step that is told to the reader. `dead` is what dead slots hold, unless it is 0: then they
/// hold keys like any other.
Step make_step(Case& c, const std::vector<float>& q, int position, const std::vector<int>& at,
               Values2 keys, Values2 values, int window, float slope, float dead = 0) {
  Step step{c.row("q", q), position, at, {}, {}, window, slope};
  for (std::size_t s = 0; s < at.size() && dead != 0; ++s) {
    if (step.is_alive(static_cast<int>(s))) continue;
    std::fill(keys[s].begin(), keys[s].end(), dead);
    std::fill(values[s].begin(), values[s].end(), dead);
  }
  step.K = c.matrix("K", keys);
  step.V = c.matrix("V", values);
  return step;
}

Step any_step(Case& c, int layout, int slots, int d, int d_v, float dead = 0) {
  int position = 0;
  const std::vector<int> at = any_positions(c, layout, slots, position);
  const int window = c.integer(0, 3) ? c.integer(1, 2 * slots) : 4 * kFarthest;
  const std::vector<float> q = elements(c, 1, d, true)[0];
  return make_step(c, q, position, at, elements(c, slots, d, true), elements(c, slots, d_v, false),
                   window, any_slope(c), dead);
}

Exact exact_output(const Step& step) {
  return exact([=](auto real) { return reference::decode<decltype(real)>(step); });
}

MutableRow decoded(const Decode& decode, Case& c, const Step& step, const char* name = "o") {
  c.argument("position", step.position);
  c.argument("window", step.window);
  c.argument("slope", step.slope);
  const Integers positions = c.integers("positions", step.positions);
  const MutableRow o = c.output_row(name, step.V.cols);
  decode(step.q, step.position, positions, step.K, step.V, step.window, step.slope, o);
  return o;
}

void judge_step(const Decode& decode, Case& c, const Step& step) {
  c.expect("o", decoded(decode, c, step), exact_output(step), kOutput);
}

void any_cache(const Decode& decode, int layout, int slots, int width) {
  for_all({{"slots", 1, slots}, {"d", 1, width}, {"d_v", 1, width}}, [=](Case& c) {
    judge_step(decode, c, any_step(c, layout, c["slots"], c["d"], c["d_v"]));
  });
}

/// 0·NaN is NaN: what is not alive must not take part at all.
void dead_slots(const Decode& decode) {
  for_all({{"slots", 1, 20}, {"d", 1, 20}, {"d_v", 1, 20}, {"_layout", 0, 2}}, [=](Case& c) {
    judge_step(decode, c, any_step(c, c["_layout"], c["slots"], c["d"], c["d_v"], NAN));
  });
}

void nothing_alive(const Decode& decode) {
  for_all({{"slots", 1, 20}, {"d", 1, 20}, {"d_v", 1, 20}, {"window", 1, 9}}, [=](Case& c) {
    const int slots = c["slots"], window = c["window"], position = any_position(c);
    std::vector<int> at;
    for (int s = 0; s < slots; ++s) {
      const bool future = position + s < kFarthest && c.integer(0, 1);
      at.push_back(future ? position + 1 + s : std::max(-1, position - window - s));
    }
    Step step = make_step(c, elements(c, 1, c["d"], true)[0], position, at,
                          elements(c, slots, c["d"], true), elements(c, slots, c["d_v"], false),
                          window, 0.5f, NAN);
    judge_step(decode, c, step);
  });
}

/// The keys at both ends of the window, and those just outside, whose values would be seen from
/// afar.
void edges_of_the_window(const Decode& decode) {
  for_all({{"window", 1, 12}, {"d", 1, 9}}, [=](Case& c) {
    const int window = c["window"], position = window + c.integer(0, 5000);
    const std::vector<int> at = {position - window, position, position + 1, position - window + 1};
    const Values2 values = {{1000}, {1}, {-3000}, {window == 1 ? 1.0f : 4.0f}};
    judge_step(decode, c,
               make_step(c, std::vector<float>(c["d"], 0), position, at,
                         elements(c, 4, c["d"], true), values, window, 0.0625f));
  });
}

/// Scores of hundreds, rising and falling along the slots: e^s is no float.
void large_scores(const Decode& decode) {
  for_all({{"slots", 1, 40}, {"d", 1, 12}, {"_rising", 0, 2}}, [=](Case& c) {
    const int slots = c["slots"], d = c["d"], rising = c["_rising"] - 1;
    Values2 keys = elements(c, slots, d, true);
    for (int s = 0; s < slots; ++s)
      keys[s][0] = static_cast<float>(rising == 0 ? c.integer(-20, 20) : rising * (s - 15));
    std::vector<float> q = elements(c, 1, d, true)[0];
    q[0] = 20 * std::sqrt(static_cast<float>(d));
    judge_step(decode, c,
               make_step(c, q, slots - 1, reference::ring_positions(slots, slots), keys,
                         elements(c, slots, c.integer(1, 9), false), slots, any_slope(c)));
  });
}

/// All keys far from the query: biases of hundreds that the maximum must take away.
void far_keys(const Decode& decode) {
  for_all({{"slots", 1, 30}, {"d", 1, 9}, {"distance", 300, 20000}}, [=](Case& c) {
    const int slots = c["slots"], position = kFarthest - c.integer(0, 9);
    std::vector<int> at(slots);
    for (int& p : at) p = position - c["distance"] - c.integer(0, 20);
    judge_step(decode, c,
               make_step(c, elements(c, 1, c["d"], true)[0], position, at,
                         elements(c, slots, c["d"], true), elements(c, slots, 5, false), kFarthest,
                         c.integer(0, 1) ? 0.5f : 1.0f));
  });
}

/// More slots than any buffer holds, nearly all alive, with values that rise along them, so that no
/// part can be left out.
void long_caches(const Decode& decode) {
  for (const int slots : {1031, 5003}) {
    example([=](Case& c) {
      const int position = kFarthest - c.integer(0, 5000);
      Values2 values;
      for (int s = 0; s < slots; ++s)
        values.push_back({static_cast<float>(s) / 1024, 1 + c.number()});
      judge_step(decode, c,
                 make_step(c, elements(c, 1, 3, true)[0], position,
                           reference::ring_positions(position + 1, slots),
                           elements(c, slots, 3, true), values, slots - 2, 0.0001f));
    });
  }
  example([=](Case& c) { judge_step(decode, c, any_step(c, kPages, 67, 131, 133)); });
}

void order_of_slots(const Decode& decode) {
  for_all({{"slots", 2, 24}, {"d", 1, 12}, {"d_v", 1, 9}}, [=](Case& c) {
    const int slots = c["slots"];
    int position = 0;
    const std::vector<int> at = any_positions(c, c.integer(0, 2), slots, position);
    const Values2 keys = elements(c, slots, c["d"], true);
    const Values2 values = elements(c, slots, c["d_v"], false);
    const std::vector<float> q = elements(c, 1, c["d"], true)[0];
    const int window = c.integer(1, 2 * slots);
    const float slope = any_slope(c);
    const Step a = make_step(c, q, position, at, keys, values, window, slope);
    const Step b = make_step(c, q, position, {at.rbegin(), at.rend()}, {keys.rbegin(), keys.rend()},
                             {values.rbegin(), values.rend()}, window, slope);
    const MutableRow o = decoded(decode, c, a), p = decoded(decode, c, b, "o of the other order");
    c.expect_equal({o.data, 1, o.size}, {p.data, 1, p.size}, exact_output(a),
                   "the output depends on which slots the keys stand in");
  });
}

void shift_of_positions(const Decode& decode) {
  for_all({{"slots", 1, 24}, {"d", 1, 12}, {"shift", 1, 5000}}, [=](Case& c) {
    const Step a = any_step(c, c.integer(0, 2), c["slots"], c["d"], 3);
    Step b = a;
    const int last = *std::max_element(a.positions.begin(), a.positions.end());
    const int shift = std::min(c["shift"], kFarthest - std::max(a.position, last));
    b.position += shift;
    for (int& p : b.positions) p += p >= 0 ? shift : 0;
    const MutableRow p = decoded(decode, c, b, "o of the shifted cache"), o = decoded(decode, c, a);
    c.expect_equal({o.data, 1, o.size}, {p.data, 1, p.size}, exact_output(a),
                   "all positions grow by the same number, and the output changes");
  });
}

/// Decoding step by step, through the implementation's own ring, against the full computation: the
/// matrix of all scores, masked, and its softmax.
void steps_make_the_whole(const Decode& decode) {
  for_all({{"n", 1, 14}, {"slots", 1, 9}, {"d", 1, 9}}, [=](Case& c) {
    const int n = c["n"], slots = c["slots"], d = c["d"], d_v = 3;
    const float slope = any_slope(c);
    const Values2 q = elements(c, n, d, true), k = elements(c, n, d, true);
    const Values2 v = elements(c, n, d_v, false);
    const Matrix Q = c.matrix("queries", q), K = c.matrix("keys", k), V = c.matrix("values", v);
    const MutableMatrix ring_K = c.output_matrix("K", slots, d);
    const MutableMatrix ring_V = c.output_matrix("V", slots, d_v);
    const MutableIntegers at = c.output_integers("positions", slots);
    const MutableRow o = c.output_row("o", d_v);
    Eigen::MatrixXd S = lift<double>(Q) * lift<double>(K).transpose() / std::sqrt(d);
    for (int i = 0; i < n; ++i) {
      subject.append_key(K[i], V[i], i, 0, 1e4f, ring_K, ring_V);
      subject.ring_positions(i + 1, at);
      decode(Q[i], i, at, ring_K, ring_V, slots, slope, o);
      std::vector<int> all(n);
      std::iota(all.begin(), all.end(), 0);
      const Step whole{Q[i], i, all, K, V, slots, slope};
      const std::vector<double> tolerance = exact_output(whole).tolerated().tolerance;
      Eigen::VectorXd p(n);
      for (int j = 0; j < n; ++j)
        p(j) =
            j > i || i - j >= slots ? 0 : std::exp(S(i, j) - slope * (i - j) - S.row(i).maxCoeff());
      const Eigen::VectorXd full = lift<double>(V).transpose() * p / p.sum();
      bool same = true;
      for (int e = 0; e < d_v; ++e)
        same &= std::fabs(o[e] - full(e)) <= tolerance[e] + 1e-12 * std::fabs(full(e));
      c.expect_that(same, "step " + std::to_string(i) + " is not row " + std::to_string(i) +
                              " of the full computation");
    }
  });
}

/// Two keys by hand, in the wrong slots.
void worked_example(const Decode& decode) {
  example([=](Case& c) {
    judge_step(decode, c,
               make_step(c, {2, 0, 0, 0}, 5, {4, 5, 2, 3},
                         {{1, 0, 0, 0}, {0, 1, 0, 0}, {3, 0, 0, 0}, {2, 0, 0, 0}},
                         {{10}, {20}, {30}, {40}}, 3, 0.5f));
  });
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(padded_positions)

BOOST_AUTO_TEST_CASE(left_padding, *description("padding first, then tokens")) {
  for_all({{"padding", 0, 30}, {"tokens", 0, 40}}, [](Case& c) {
    std::vector<int> mask(c["padding"], 0);
    mask.insert(mask.end(), c["tokens"] + (c["padding"] == 0), 1);
    judge_padding(c, mask);
  });
}

BOOST_AUTO_TEST_CASE(padding_anywhere, *description("padding before, between and behind tokens")) {
  for_all({{"n", 1, 60}}, [](Case& c) {
    std::vector<int> mask;
    for (int j = 0; j < c["n"]; ++j) mask.push_back(c.integer(0, 2) ? 1 : 0);
    judge_padding(c, mask);
  });
}

BOOST_AUTO_TEST_CASE(padding_moves_no_token,
                     *property* description("padding in front changes no token's position")) {
  for_all({{"padding", 1, 30}, {"n", 1, 30}}, [](Case& c) {
    std::vector<int> mask, padded(c["padding"], 0);
    for (int j = 0; j < c["n"]; ++j) mask.push_back(c.integer(0, 2) ? 1 : 0);
    padded.insert(padded.end(), mask.begin(), mask.end());
    const Integers m = c.integers("mask", mask), long_m = c.integers("padded mask", padded);
    const MutableIntegers a = c.output_integers("positions", m.size);
    const MutableIntegers b = c.output_integers("positions, padded", long_m.size);
    const int next = subject.padded_positions(m, a), same = subject.padded_positions(long_m, b);
    c.expect_that(next == same && std::equal(a.begin(), a.end(), b.begin() + c["padding"]),
                  "padding in front of a text moves its tokens");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("0 0 1 1 1")) {
  example([](Case& c) { judge_padding(c, {0, 0, 1, 1, 1}); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ring_positions)

BOOST_AUTO_TEST_CASE(any_length, *description("empty, partly filled, full, and gone round")) {
  for_all({{"length", 0, 60}, {"slots", 1, 25}},
          [](Case& c) { judge_ring(c, c["length"], c["slots"]); });
}

BOOST_AUTO_TEST_CASE(around_full,
                     *description("one token before the ring is full, and one after")) {
  for_all({{"slots", 1, 40}, {"rounds", 1, 3}, {"step", -1, 1}},
          [](Case& c) { judge_ring(c, c["rounds"] * c["slots"] + c["step"], c["slots"]); });
}

BOOST_AUTO_TEST_CASE(far_positions, *description("a million tokens in a small ring")) {
  for_all({{"length", 100000, kFarthest + 1}, {"slots", 1, 70}},
          [](Case& c) { judge_ring(c, c["length"], c["slots"]); });
}

BOOST_AUTO_TEST_CASE(one_token_one_slot,
                     *property* description("a token more changes the slot p mod C and no other")) {
  for_all({{"length", 0, 200}, {"slots", 1, 30}}, [](Case& c) {
    const int slots = c["slots"], length = c["length"];
    const MutableIntegers a = c.output_integers("before", slots);
    const MutableIntegers b = c.output_integers("after", slots);
    subject.ring_positions(length, a);
    subject.ring_positions(length + 1, b);
    bool right = true;
    for (int s = 0; s < slots; ++s) right &= b[s] == (s == length % slots ? length : a[s]);
    c.expect_that(right, "one token more must change its own slot only");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("6 tokens in 4 slots")) {
  example([](Case& c) { judge_ring(c, 6, 4); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(append_key)

BOOST_AUTO_TEST_CASE(any_token, *description("any position, any part of the key rotated")) {
  for_all({{"slots", 1, 9}, {"d", 1, 40}, {"d_v", 1, 12}}, [](Case& c) {
    const int d = c["d"], position = any_position(c);
    judge_append(c, c["slots"], d, c["d_v"], position, any_rotated(c, d), any_base(c));
  });
}

BOOST_AUTO_TEST_CASE(first_token, *description("position 0 changes nothing")) {
  for_all({{"slots", 1, 5}, {"d", 1, 20}, {"d_v", 1, 9}}, [](Case& c) {
    judge_append(c, c["slots"], c["d"], c["d_v"], 0, any_rotated(c, c["d"]), any_base(c));
  });
}

BOOST_AUTO_TEST_CASE(farthest_token, *description("position 2²⁰: the angle as in double")) {
  for (const float base : {100.0f, 1e4f, 1e8f})
    example([=](Case& c) { judge_append(c, 7, 66, 3, kFarthest, 64, base); });
}

BOOST_AUTO_TEST_CASE(score_depends_on_offset_only,
                     *property* description("keys of one offset have one score")) {
  for_all({{"h", 1, 12}, {"p", 0, 100000}, {"offset", 0, 2000}}, [](Case& c) {
    const int d = 2 * c["h"], o = c["offset"];
    const Row q = c.row("q", d), k = c.row("k", d), v = c.row("v", 1);
    const auto score = [&](int p) {
      const MutableMatrix K = c.output_matrix("K", 1, d), V = c.output_matrix("V", 1, 1);
      subject.append_key(k, v, p, d, 1e4f, K, V);
      const Eigen::VectorXd query = reference::rotated<double>(d, 1e4f, p + o, lift<double>(q));
      return query.dot(lift<double>(K[0]));
    };
    double tolerance =
        0;  // both keys by 10·u·(|x0| + |x1|), the query's pairs are as long as before
    for (int e = 0; e < d; e += 2)
      tolerance += 2 * 1.5 * std::hypot(q[e], q[e + 1]) * 10 * 0x1p-24 *
                   (std::fabs(k[e]) + std::fabs(k[e + 1]));
    c.expect_that(std::fabs(score(c["p"]) - score(c["p"] + 777)) <= tolerance,
                  "query and key move together by 777 positions, and their score changes");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("d = 4, position 3, two slots")) {
  example([](Case& c) { judge_append(c, 2, 4, 2, 3, 4, 1e4f); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(decode, *depends_on("ring_positions") * depends_on("append_key"))

BOOST_AUTO_TEST_CASE(keys_in_order, *description("key j in slot j, then empty slots")) {
  ::any_cache(subject.decode, kPrefix, 40, 40);
}

BOOST_AUTO_TEST_CASE(rings, *description("a ring that has gone round, windows inside of it")) {
  ::any_cache(subject.decode, kRing, 40, 30);
}

BOOST_AUTO_TEST_CASE(pages, *description("any order, holes, keys that are not to be seen yet")) {
  ::any_cache(subject.decode, kPages, 40, 30);
}

BOOST_AUTO_TEST_CASE(edges_of_the_window, *description("the last key inside, the first outside")) {
  ::edges_of_the_window(subject.decode);
}

BOOST_AUTO_TEST_CASE(large_scores, *description("scores of hundreds, in any order")) {
  ::large_scores(subject.decode);
}

BOOST_AUTO_TEST_CASE(far_keys, *description("every key far away: biases of thousands")) {
  ::far_keys(subject.decode);
}

BOOST_AUTO_TEST_CASE(dead_slots, *description("dead slots hold NaN")) {
  ::dead_slots(subject.decode);
}

BOOST_AUTO_TEST_CASE(nothing_alive, *description("no key alive: the output is 0")) {
  ::nothing_alive(subject.decode);
}

BOOST_AUTO_TEST_CASE(long_caches, *description("thousands of slots, or of elements")) {
  ::long_caches(subject.decode);
}

BOOST_AUTO_TEST_CASE(order_of_slots, *property* description("slots in reverse: the same output")) {
  ::order_of_slots(subject.decode);
}

BOOST_AUTO_TEST_CASE(shift_of_positions,
                     *property* description("a shift of all positions changes no output")) {
  ::shift_of_positions(subject.decode);
}

BOOST_AUTO_TEST_CASE(steps_make_the_whole,
                     *property* description("step by step is the full causal attention")) {
  ::steps_make_the_whole(subject.decode);
}

BOOST_AUTO_TEST_CASE(worked_example, *description("6 tokens, a ring of 4, a window of 3")) {
  ::worked_example(subject.decode);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(move_keys)

BOOST_AUTO_TEST_CASE(any_moves, *description("positions and base change, some rows are empty")) {
  for_all({{"n", 1, 12}, {"d", 1, 30}},
          [](Case& c) { judge_move(c, ::any_moves(c, c["n"], c["d"]), c["d"]); });
}

BOOST_AUTO_TEST_CASE(shift, *description("the base stays: later keys move up, earlier ones stay")) {
  for_all({{"n", 1, 12}, {"d", 2, 24}, {"shift", 1, 300}}, [](Case& c) {
    Moves m{{}, {}, any_rotated(c, c["d"]), any_base(c), 0};
    m.new_base = m.base;
    for (int j = 0; j < c["n"]; ++j) {
      m.from.push_back(400 + j);
      m.to.push_back(2 * j < c["n"] ? 400 + j : 400 + j - c["shift"]);
    }
    judge_move(c, m, c["d"]);
  });
}

BOOST_AUTO_TEST_CASE(rebase, *description("positions stay, the base grows with the text")) {
  for_all({{"n", 1, 12}, {"d", 2, 24}, {"first", 0, 60000}}, [](Case& c) {
    Moves m{std::vector<int>(c["n"]), {}, any_rotated(c, c["d"]), 1e4f, 20221.262f};
    std::iota(m.from.begin(), m.from.end(), c["first"]);
    m.to = m.from;
    judge_move(c, m, c["d"]);
  });
}

BOOST_AUTO_TEST_CASE(farthest_moves, *description("from one end of all positions to the other")) {
  example([](Case& c) {
    judge_move(c, {{0, kFarthest, -1, kFarthest}, {kFarthest, 0, 5, kFarthest}, 30, 100, 1e8f}, 33);
  });
}

BOOST_AUTO_TEST_CASE(moved_is_appended_there,
                     *property* description("a moved key is the key of its new position")) {
  for_all({{"n", 1, 9}, {"d", 2, 20}}, [](Case& c) {
    Moves m = ::any_moves(c, c["n"], c["d"]);
    for (int& p : m.from) p = std::max(p, 0);
    const Matrix raw = c.matrix("keys", c["n"], c["d"]);
    const std::vector<float> here = rotated_rows(m.r, m.from, m.base, raw);
    const std::vector<float> there = rotated_rows(m.r, m.to, m.new_base, raw);
    const Matrix K{here.data(), raw.rows, raw.cols};
    std::vector<double> tolerance = exact_moved(m, K).tolerated().tolerance;
    for (int e = 0; e < K.rows * K.cols; ++e) {  // and that both were rounded: the pair may turn
      const int j = e / K.cols, f = e % K.cols, pair = f / 2 * 2;
      if (pair + 1 < K.cols)
        tolerance[e] += 4 * 0x1p-24 * (std::fabs(raw[j][pair]) + std::fabs(raw[j][pair + 1]));
    }
    const MutableMatrix moved = c.inout_matrix("K", K);
    move(c, m, moved);
    c.expect_equal(moved, Matrix{there.data(), K.rows, K.cols}, tolerance,
                   "a moved key is not what it would be if it had been appended there");
  });
}

BOOST_AUTO_TEST_CASE(there_and_back,
                     *property* description("moved there and back: nothing moved")) {
  for_all({{"n", 1, 9}, {"d", 2, 20}}, [](Case& c) {
    const Moves there = ::any_moves(c, c["n"], c["d"]);
    Moves back{there.to, there.from, there.r, there.new_base, there.base};
    for (int j = 0; j < c["n"]; ++j)
      if (there.from[j] < 0) back.from[j] = -1;
    const InPlace moved(c, "K", c["n"], c["d"]);
    const Matrix K = moved.initial();
    move(c, there, moved.now);
    std::vector<double> tolerance;
    for (int e = 0; e < K.rows * K.cols; ++e) {  // 30·u of this pair, and √2·30·u of the moved one
      const int j = e / K.cols, f = e % K.cols, pair = f / 2 * 2;
      const bool turns = pair + 1 < there.r && there.from[j] >= 0;
      tolerance.push_back(
          turns ? 90 * 0x1p-24 * (std::fabs(K[j][pair]) + std::fabs(K[j][pair + 1])) + 0x1p-120
                : 0);
    }
    move(c, back, moved.now);
    c.expect_equal(moved.now, K, tolerance,
                   "keys that were moved there and back are not what they were");
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(decode_simd, *depends_on("decode"))

BOOST_AUTO_TEST_CASE(keys_in_order, *description("key j in slot j, then empty slots; any tails")) {
  ::any_cache(subject.decode_simd, kPrefix, 40, 70);
}

BOOST_AUTO_TEST_CASE(rings, *description("a ring that has gone round, windows inside of it")) {
  ::any_cache(subject.decode_simd, kRing, 40, 30);
}

BOOST_AUTO_TEST_CASE(pages, *description("any order, holes, keys that are not to be seen yet")) {
  ::any_cache(subject.decode_simd, kPages, 40, 30);
}

BOOST_AUTO_TEST_CASE(edges_of_the_window, *description("the last key inside, the first outside")) {
  ::edges_of_the_window(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(large_scores, *description("scores of hundreds, in any order")) {
  ::large_scores(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(far_keys, *description("every key far away: biases of thousands")) {
  ::far_keys(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(dead_slots, *description("dead slots hold NaN")) {
  ::dead_slots(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(nothing_alive, *description("no key alive: the output is 0")) {
  ::nothing_alive(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(long_caches, *description("thousands of slots, or of elements")) {
  ::long_caches(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(order_of_slots, *property* description("slots in reverse: the same output")) {
  ::order_of_slots(subject.decode_simd);
}

BOOST_AUTO_TEST_CASE(agrees_with_task_4, *property* description("SIMD and scalar form agree")) {
  for_all({{"slots", 1, 30}, {"d", 1, 30}, {"d_v", 1, 30}, {"_layout", 0, 2}}, [](Case& c) {
    const Step step = any_step(c, c["_layout"], c["slots"], c["d"], c["d_v"]);
    const MutableRow o = decoded(subject.decode_simd, c, step);
    const MutableRow twin = decoded(subject.decode, c, step, "o_scalar");
    c.expect_equal({o.data, 1, o.size}, {twin.data, 1, twin.size}, exact_output(step),
                   "the SIMD form differs from the scalar form");
  });
}

BOOST_AUTO_TEST_CASE(steps_make_the_whole,
                     *property* description("step by step is the full causal attention")) {
  ::steps_make_the_whole(subject.decode_simd);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
