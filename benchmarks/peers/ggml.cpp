/// @file
/// A peer: ggml, which llama.cpp computes with, on one thread. benchmarks/peers/ggml/build makes
/// it.
///
/// Its attention takes biases as a matrix of half precision: what is not such a number is rounded.

#include <ggml-cpu.h>
#include <ggml.h>

#include <bit>
#include <cmath>
#include <memory>
#include <tuple>

#include "benchmarks/peers/by_distance.hpp"
#include "benchmarks/peers/peer.hpp"
#include "exercises/attention_kernel.hpp"
#include "exercises/attention_weights.hpp"
#include "exercises/rope.hpp"
#include "exercises/scaled_scores.hpp"

using namespace qkoan::peers;

namespace {

using Context = std::unique_ptr<ggml_context, decltype(&ggml_free)>;
using Tensors = std::vector<ggml_tensor*>;

ggml_threadpool* one_thread() {
  ggml_threadpool_params parameters = ggml_threadpool_params_default(1);
  static ggml_threadpool* const pool = ggml_threadpool_new(&parameters);
  return pool;
}

/// Operations, planned once; a call only says where their tensors lie.
class Plan {
 public:
  /// `operations` makes the inputs and then the results, each computed from those before, the last
  /// one being what is wanted. All results are one piece of memory.
  template <class Operations>
  explicit Plan(Operations operations)
      : context_(ggml_init({kDescriptions, nullptr, true}), ggml_free) {
    std::tie(inputs_, results_) = operations(context_.get());
    graph_ = ggml_new_graph(context_.get());
    ggml_build_forward_expand(graph_, results_.back());
    plan_ = ggml_graph_plan(graph_, 1, one_thread());
    work_.resize(plan_.work_size);
  }

  void run(std::initializer_list<const void*> inputs, float* result) {
    auto tensor = inputs_.begin();
    for (const void* input : inputs) (*tensor++)->data = const_cast<void*>(input);
    for (ggml_tensor* one : results_) one->data = result;
    plan_.work_data = work_.data();
    ggml_graph_compute(graph_, &plan_);
  }

 private:
  static constexpr std::size_t kDescriptions = 1 << 18;  // bytes, of tensors and of the graph
  Context context_;
  Tensors inputs_, results_;
  ggml_cgraph* graph_;
  ggml_cplan plan_;
  std::vector<std::uint8_t> work_;
};

ggml_tensor* matrix(ggml_context* context, int rows, int cols, ggml_type type = GGML_TYPE_F32) {
  return ggml_new_tensor_2d(context, type, cols, rows);
}

float scale(int d) { return 1 / std::sqrt(static_cast<float>(d)); }

}  // namespace

const char* qkoan_about() {
  static const std::string about = std::string("ggml ") + ggml_version();
  return about.c_str();
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  kept({Q.rows, K.rows, Q.cols}, [=] {
    return Plan([=](ggml_context* context) {
      ggml_tensor* const q = matrix(context, Q.rows, Q.cols);
      ggml_tensor* const k = matrix(context, K.rows, K.cols);
      ggml_tensor* const products = ggml_mul_mat(context, k, q);
      return std::pair(Tensors{q, k},
                       Tensors{products, ggml_scale_inplace(context, products, scale(Q.cols))});
    });
  }).run({Q.data, K.data}, S.data);
}

void softmax_simd(Row scores, MutableRow weights) {
  kept({scores.size}, [=] {
    return Plan([=](ggml_context* context) {
      ggml_tensor* const s = matrix(context, 1, scores.size);
      return std::pair(Tensors{s}, Tensors{ggml_soft_max(context, s)});
    });
  }).run({scores.data}, weights.data);
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const FlushToZero flush;
  const int blind = blind_queries(Q.rows, K.rows), n_q = Q.rows - blind;
  std::fill_n(O.data, static_cast<std::size_t>(blind) * O.cols, 0.0f);
  kept({n_q, K.rows, Q.cols, V.cols},
       [=] {
         return Plan([=](ggml_context* context) {
           ggml_tensor* const q = matrix(context, n_q, Q.cols);
           ggml_tensor* const k = matrix(context, K.rows, K.cols);
           ggml_tensor* const v = matrix(context, V.rows, V.cols);
           ggml_tensor* const biases = matrix(context, n_q, K.rows, GGML_TYPE_F16);
           return std::pair(
               Tensors{q, k, v, biases},
               Tensors{ggml_flash_attn_ext(context, q, k, v, biases, scale(Q.cols), 0, 0)});
         });
       })
      .run({Q[blind].data, K.data, V.data, mask(n_q, by_distance, ggml_fp32_to_fp16).data()},
           O[blind].data);
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const std::vector<float> biases = alibi(slope, K.rows);
  biased_attention_simd(Q, K, V, {biases.data(), K.rows}, O);
}

/// Only the elements that are rotated are handed over: ggml copies the others by pairs.
void rope_simd(Rope rope, int heads, Integers positions, MutableMatrix X) {
  // The base is a part of the plan, bit by bit.
  kept({X.rows, heads, X.cols, rope.rotated, rope.half_split, std::bit_cast<int>(rope.base)}, [=] {
    return Plan([=](ggml_context* context) {
      const int mode = rope.half_split ? GGML_ROPE_TYPE_NEOX : GGML_ROPE_TYPE_NORMAL;
      const std::size_t row = X.cols * sizeof(float);
      ggml_tensor* const p = ggml_new_tensor_1d(context, GGML_TYPE_I32, X.rows);
      ggml_tensor* const all = matrix(context, X.rows, X.cols);
      ggml_tensor* const x =
          ggml_view_3d(context, all, rope.rotated, heads, X.rows, row / heads, row, 0);
      ggml_tensor* const turned = ggml_rope_ext_inplace(context, x, p, nullptr, rope.rotated, mode,
                                                        0, rope.base, 1, 0, 1, 32, 1);
      return std::pair(Tensors{p}, Tensors{all, x, turned});
    });
  }).run({positions.data}, X.data);
}
