/// @file
/// A peer: oneDNN's primitives (version 2) on one thread. Softmax and exp are made for tensors;
/// here they are called row by row, as the contracts are, and short rows pay for that.

#include <dnnl.hpp>

#include <cmath>
#include <unordered_map>

#include "benchmarks/peers/by_distance.hpp"
#include "benchmarks/peers/peer.hpp"
#include "exercises/attention_kernel.hpp"
#include "exercises/attention_weights.hpp"
#include "exercises/scaled_scores.hpp"

extern "C" void omp_set_num_threads(int);  // clang's package has no <omp.h>

using namespace qkoan::peers;

namespace {

using dnnl::memory;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

/// n floats, one after the other.
memory::desc dense(int n) { return {{n}, memory::data_type::f32, memory::format_tag::a}; }

/// Row-major.
memory::desc dense(int rows, int cols) {
  return {{rows, cols}, memory::data_type::f32, memory::format_tag::ab};
}

/// The transpose of a row-major matrix, cols × rows.
memory::desc transposed(int rows, int cols) {
  return {{cols, rows}, memory::data_type::f32, memory::format_tag::ba};
}

/// A primitive and its arguments; a call only says where they lie.
class Prepared {
 public:
  Prepared() = default;
  Prepared(dnnl::primitive primitive, std::unordered_map<int, memory::desc> arguments)
      : primitive_(std::move(primitive)), stream_(engine()) {
    omp_set_num_threads(1);
    for (const auto& [index, desc] : arguments)
      arguments_.emplace(index, memory(desc, engine(), nullptr));
  }

  void run(std::initializer_list<std::pair<int, const float*>> data) {
    for (const auto& [index, begin] : data)
      arguments_.at(index).set_data_handle(const_cast<float*>(begin));
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::unordered_map<int, memory> arguments_;
};

/// C = A·B, or what the attributes make of it.
Prepared product(const memory::desc& A, const memory::desc& B, const memory::desc& C,
                 const dnnl::primitive_attr& attributes = {},
                 std::unordered_map<int, memory::desc> arguments = {}) {
  const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(A, B, C), attributes, engine());
  arguments.insert({{DNNL_ARG_SRC, A}, {DNNL_ARG_WEIGHTS, B}, {DNNL_ARG_DST, C}});
  return {dnnl::matmul(desc), std::move(arguments)};
}

dnnl::primitive_attr scaled_by_root(int d) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(0, {1 / std::sqrt(static_cast<float>(d))});
  return attributes;
}

/// Of all rows of a matrix.
Prepared softmax(int rows, int cols) {
  const memory::desc both = dense(rows, cols);
  const dnnl::softmax_forward::desc desc(dnnl::prop_kind::forward_inference, both, 1);
  return {dnnl::softmax_forward({desc, engine()}), {{DNNL_ARG_SRC, both}, {DNNL_ARG_DST, both}}};
}

/// Q·Kᵀ/√d + the biases of a matrix.
Prepared biased_scores(int n_q, int n_k, int d) {
  dnnl::primitive_attr attributes = scaled_by_root(d);
  dnnl::post_ops then;
  then.append_binary(dnnl::algorithm::binary_add, dense(n_q, n_k));
  attributes.set_post_ops(then);
  return product(dense(n_q, d), transposed(n_k, d), dense(n_q, n_k), attributes,
                 {{DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, dense(n_q, n_k)}});
}

}  // namespace

const char* qkoan_about() {
  static const dnnl_version_t& v = *dnnl_version();
  static const std::string about = "oneDNN " + version(v.major, v.minor, v.patch);
  return about.c_str();
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  const int n_q = Q.rows, n_k = K.rows, d = Q.cols;
  kept({n_q, n_k, d}, [=] {
    return product(dense(n_q, d), transposed(n_k, d), dense(n_q, n_k), scaled_by_root(d));
  }).run({{DNNL_ARG_SRC, Q.data}, {DNNL_ARG_WEIGHTS, K.data}, {DNNL_ARG_DST, S.data}});
}

void exp_simd(Row x, MutableRow y) {
  kept({x.size}, [=] {
    const memory::desc both = dense(x.size);
    const dnnl::eltwise_forward::desc desc(dnnl::prop_kind::forward_inference,
                                           dnnl::algorithm::eltwise_exp, both, 0, 0);
    return Prepared(dnnl::eltwise_forward({desc, engine()}),
                    {{DNNL_ARG_SRC, both}, {DNNL_ARG_DST, both}});
  }).run({{DNNL_ARG_SRC, x.data}, {DNNL_ARG_DST, y.data}});
}

void softmax_simd(Row scores, MutableRow weights) {
  kept({scores.size}, [=] {
    return softmax(1, scores.size);
  }).run({{DNNL_ARG_SRC, scores.data}, {DNNL_ARG_DST, weights.data}});
}

/// All scores are held: n_q × n_k.
void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const FlushToZero flush;
  const int blind = blind_queries(Q.rows, K.rows);
  std::fill_n(O.data, static_cast<std::size_t>(blind) * O.cols, 0.0f);
  const int n_q = Q.rows - blind, n_k = K.rows, d = Q.cols, d_v = V.cols;
  const std::vector<float>& biases = mask(n_q, by_distance);
  float* const S = workspace(n_q, n_k);
  kept({n_q, n_k, d}, [=] { return biased_scores(n_q, n_k, d); })
      .run({{DNNL_ARG_SRC, Q[blind].data},
            {DNNL_ARG_WEIGHTS, K.data},
            {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, biases.data()},
            {DNNL_ARG_DST, S}});
  kept({n_q, n_k}, [=] { return softmax(n_q, n_k); }).run({{DNNL_ARG_SRC, S}, {DNNL_ARG_DST, S}});
  kept({n_q, n_k, d_v}, [=] {
    return product(dense(n_q, n_k), dense(n_k, d_v), dense(n_q, d_v));
  }).run({{DNNL_ARG_SRC, S}, {DNNL_ARG_WEIGHTS, V.data}, {DNNL_ARG_DST, O[blind].data}});
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const std::vector<float> biases = alibi(slope, K.rows);
  biased_attention_simd(Q, K, V, {biases.data(), K.rows}, O);
}
