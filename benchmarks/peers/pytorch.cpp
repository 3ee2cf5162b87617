/// @file
/// A peer: PyTorch's operators on one thread. benchmarks/peers/pytorch/build makes it.
///
/// A bias is handed over as attn_mask, which is made once and kept: see mask(). Without a bias,
/// that is with biases that are all 0, is_causal is asked for instead, which spares half of the
/// work.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include <cmath>

#include "benchmarks/peers/by_distance.hpp"
#include "benchmarks/peers/peer.hpp"
#include "exercises/attention_kernel.hpp"
#include "exercises/attention_weights.hpp"
#include "exercises/rope.hpp"
#include "exercises/scaled_scores.hpp"

using namespace qkoan::peers;

namespace {

[[maybe_unused]] const bool one_thread = (at::set_num_threads(1), true);

/// The caller's memory as a tensor.
at::Tensor tensor(const float* data, at::IntArrayRef sizes) {
  return at::from_blob(const_cast<float*>(data), sizes, at::kFloat);
}

at::Tensor tensor(Matrix m) { return tensor(m.data, {m.rows, m.cols}); }

/// One head of one text.
at::Tensor head(Matrix m) { return tensor(m.data, {1, 1, m.rows, m.cols}); }

/// Angles of all pairs at all positions as models compute them, in float: n × r/2. Kept until they
/// change.
const at::Tensor& angles(const Rope& rope, Integers positions) {
  thread_local at::Tensor of, turned;
  thread_local Rope last{};
  const at::Tensor p = at::from_blob(const_cast<int*>(positions.data), {positions.size}, at::kInt);
  if (of.defined() && at::equal(of, p) && last.rotated == rope.rotated && last.base == rope.base)
    return turned;
  const at::Tensor exponents = at::arange(0, rope.rotated, 2, at::kFloat) / rope.rotated;
  of = p.clone();
  last = rope;
  return turned = at::outer(p.to(at::kFloat), 1.0 / at::pow(at::Scalar(rope.base), exponents));
}

}  // namespace

const char* qkoan_about() { return "PyTorch " TORCH_VERSION; }

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const c10::InferenceMode inference;
  at::Tensor scores = tensor(S);
  at::addmm_out(scores, scores, tensor(Q), tensor(K).t(), 0, 1 / std::sqrt(1.0 * Q.cols));
}

void exp_simd(Row x, MutableRow y) {
  const c10::InferenceMode inference;
  at::Tensor result = tensor(y.data, {y.size});
  at::exp_out(result, tensor(x.data, {x.size}));
}

void softmax_simd(Row scores, MutableRow weights) {
  const c10::InferenceMode inference;
  at::Tensor result = tensor(weights.data, {weights.size});
  at::softmax_out(result, tensor(scores.data, {scores.size}), 0);
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const FlushToZero flush;
  const c10::InferenceMode inference;
  const int blind = blind_queries(Q.rows, K.rows), n_q = Q.rows - blind;
  const Matrix seeing{Q[blind].data, n_q, Q.cols};
  std::fill_n(O.data, static_cast<std::size_t>(blind) * O.cols, 0.0f);
  const bool causal = n_q == K.rows && std::all_of(by_distance.begin(), by_distance.end(),
                                                   [](float bias) { return bias == 0; });
  std::optional<at::Tensor> biases;
  if (!causal) biases = tensor(mask(n_q, by_distance).data(), {1, 1, n_q, K.rows});
  head({O[blind].data, n_q, O.cols})
      .copy_(at::scaled_dot_product_attention(head(seeing), head(K), head(V), biases, 0, causal));
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const std::vector<float> biases = alibi(slope, K.rows);
  biased_attention_simd(Q, K, V, {biases.data(), K.rows}, O);
}

void rope_simd(Rope rope, int heads, Integers positions, MutableMatrix X) {
  const c10::InferenceMode inference;
  const int n = X.rows, r = rope.rotated, pair = rope.half_split ? 2 : 3;  // dimension of a pair
  const at::Tensor angle = angles(rope, positions).unsqueeze(1);           // n × 1 × r/2
  const at::Tensor cosine = angle.cos(), sine = angle.sin();
  at::Tensor x = tensor(X.data, {n, heads, X.cols / heads}).narrow(2, 0, r);
  x = rope.half_split ? x.unflatten(2, {2, r / 2}) : x.unflatten(2, {r / 2, 2});
  const at::Tensor x0 = x.select(pair, 0), x1 = x.select(pair, 1);
  x.copy_(at::stack({x0 * cosine - x1 * sine, x0 * sine + x1 * cosine}, pair));
}
