/// @file
/// Lesson 16: causal attention with SIMD. Only pairs that are seen count as work.

#include "exercises/attention_kernel.hpp"

#include <cmath>

#include "benchmarks/support/bench.hpp"
#include "benchmarks/unbiased_attention.hpp"
#include "exercises/attention.hpp"
#include "exercises/kerple.hpp"
#include "exercises/sandwich.hpp"
#include "exercises/t5_buckets.hpp"

namespace qkoan::bench {

namespace {

/// A head: n queries and as many keys.
struct Head {
  Numbers numbers;
  int n, d;
  Matrix Q, K, V;
  MutableMatrix O, biases;
  Row by_distance, zeros, table;  // biases, and parameters of biases
  Matrix network;                 // w1, b1 and w2 of FIRE
  const float* slope;             // of ALiBi

  Head(int tokens, int elements)
      : n(tokens),
        d(elements),
        Q(numbers.matrix(n, d)),
        K(numbers.matrix(n, d)),
        V(numbers.matrix(n, d)),
        O(numbers.output(n, d)),
        biases(numbers.output(1, n)),
        by_distance(numbers.matrix(1, n)[0]),
        zeros(numbers.output(1, n)[0]),
        table(numbers.matrix(1, 32)[0]),
        network(numbers.matrix(3, 32)),
        slope(numbers.parameter(0x1p-4f, 0x1p-10f, 0x1p-9f)) {}

  Fire fire() const { return {0.1f, 64, network[0], network[1], network[2], 0.5f}; }
  double scores() const { return 0.5 * n * (n + 1.0); }
  double bytes() const { return 4.0 * sizeof(float) * n * d; }
  /// Two products of d for each score.
  Work work() const { return Work::operations(4.0 * d * scores(), bytes()); }
};

template <class M>
M rows(M m, int first, int end) {
  return {m[first].data, end - first, m.cols};
}

/// Rows [0, m) with the keys that they see, and rows [m, n) with all: as much work if m = n/√2, and no
/// block of 16, 24 or 48 queries is cut.
void attend_half(decltype(fused_attention_simd)* f, const Head& head, int half) {
  const int m = 48 * static_cast<int>(std::lround(head.n / (48 * std::sqrt(2.0))));
  const int first = half == 0 ? 0 : m, end = half == 0 ? m : head.n;
  f(rows(head.Q, first, end), rows(head.K, 0, end), rows(head.V, 0, end), 0x1p-4f,
    rows(head.O, first, end));
}

void race_kernels(Bench& bench, int n, int d) {
  const Head head(n, d);
  const Matrix Q = head.Q, K = head.K, V = head.V;
  const MutableMatrix O = head.O;
  const float* const slope = head.slope;
  // Lesson 12's, with ALiBi: FIRE has no scalar form here. Of a longer text it would take seconds.
  std::function<void()> scalar = [=] { fused_attention(Q, K, V, *slope, O); };
  if (n > 2048) scalar = nullptr;
  bench.race_in_two(
      {"fused_attention_simd",
       "",
       {{"tokens", n}, {"d", d}},
       "ALiBi",
       head.work(),
       n == 512 && d == 64,
       scalar},
      fused_attention_simd, [=](auto f) { f(Q, K, V, *slope, O); },
      [&](auto f, int half) { attend_half(f, head, half); }, O);
  bench.race(
      {"biased_attention_simd", "", {{"tokens", n}, {"d", d}}, "any bias by distance", head.work()},
      biased_attention_simd, [&](auto f) { f(Q, K, V, head.by_distance, O); });
  bench.race({"biased_attention_simd", "", {{"tokens", n}, {"d", d}}, "without bias", head.work()},
             biased_attention_simd, [&](auto f) { f(Q, K, V, head.zeros, O); });
  bench.race({"fire_attention_simd",
              "",
              {{"tokens", n}, {"d", d}},
              "FIRE, 32 hidden units",
              head.work(),
              n == 512 && d == 64,
              scalar},
             fire_attention_simd, [&](auto f) { f(Q, K, V, head.fire(), O); });
}

// instructor only
/// The row of the last query has the biases by distance, the other way round.
Row turned_round(MutableRow row) {
  std::reverse(row.begin(), row.end());
  return row;
}

/// Attention with each bias. What is known of a bias before the call is its parameters; its numbers are
/// computed in the call.
std::vector<Case> calls_with_biases(const Bench& bench, const Head& h) {
  const auto alibi = bench.find("fused_attention_simd", fused_attention_simd);
  const auto any = bench.find("biased_attention_simd", biased_attention_simd);
  const auto fire = bench.find("fire_attention_simd", fire_attention_simd);
  if (alibi == nullptr || any == nullptr || fire == nullptr) return {};
  const auto biased = [any, &h](const Row& row) { any(h.Q, h.K, h.V, row, h.O); };
  return {{"no bias", [&h] { unbiased_attention(h.Q, h.K, h.V, h.O); }},
          {"ALiBi", [alibi, &h] { alibi(h.Q, h.K, h.V, 0x1p-4f, h.O); }},
          {"T5",
           [biased, &h] {
             t5_bias_simd(h.table, 128, false, h.biases);
             biased(turned_round(h.biases[0]));
           }},
          {"KERPLE",
           [biased, &h] {
             kerple_log_bias_simd(2.0f, 0.125f, false, h.biases);
             biased(turned_round(h.biases[0]));
           }},
          {"Sandwich",
           [biased, &h] {
             sandwich_line_simd(128, h.biases[0]);
             biased(h.biases[0]);
           }},
          {"FIRE", [fire, &h] { fire(h.Q, h.K, h.V, h.fire(), h.O); }}};
}

void race_biases(Bench& bench, int n, int d) {
  const Head head(n, d);
  bench.compare({"attention", "", {{"tokens", n}, {"d", d}}, "what a bias costs", head.work()},
                calls_with_biases(bench, head));
}

void grow(Bench& bench, int n) {
  constexpr int d = 64;
  const Head head(n, d);
  const int least_rounds = n <= 2048 ? 9 : n <= 32768 ? 3 : 1;
  const double allowed = 64 * 1024 + 64.0 * (n + n) * (d + d);  // as the contract says
  bench.grow({"attention", n, d, least_rounds, head.scores(), head.bytes(), allowed},
             calls_with_biases(bench, head));
}
// end of instructor only

}  // namespace

void run(Bench& bench) {
  for (const int n : {512, 2048, 8192})
    for (const int d : {64, 128}) race_kernels(bench, n, d);
  // instructor only
  for (const int n : {512, 2048, 8192})
    for (const int d : {64, 128}) race_biases(bench, n, d);
  for (const int n : {128, 512, 2048, 8192, 32768, 65536})
    if (n <= bench.most_tokens()) grow(bench, n);
  // end of instructor only
}

}  // namespace qkoan::bench
