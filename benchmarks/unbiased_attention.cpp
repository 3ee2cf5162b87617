#include "benchmarks/unbiased_attention.hpp"

#include "solutions/attention_kernel.cpp"  // the kernel is a template, for biases of any kind

namespace qkoan::bench {

namespace {

/// x + (−0) is x for every x, and so compilers leave it out.
struct NoBias {
  const NoBias& here(int /*p*/, int /*j*/, int /*keys*/) const { return *this; }
  vec<float> at(int /*distance*/) const { return -0.0f; }
};

}  // namespace

void unbiased_attention(Matrix Q, Matrix K, Matrix V, MutableMatrix O) {
  attend_all(Q, K, V, NoBias(), O);
}

}  // namespace qkoan::bench
