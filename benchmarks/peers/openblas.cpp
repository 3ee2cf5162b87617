/// @file
/// A peer: OpenBLAS's matrix products on one thread, with Eigen's exponential between them.
///
/// OpenBLAS chooses kernels by the processor's model when it is loaded, and takes those of half the
/// width for models that are younger than itself. That would be no fair race. So it is loaded here,
/// asked what it has chosen, and loaded again with a better choice where there is one.

#include <cblas.h>
#include <dlfcn.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "benchmarks/peers/by_distance.hpp"
#include "benchmarks/peers/eigen_rows.hpp"
#include "benchmarks/peers/peer.hpp"
#include "exercises/attention_kernel.hpp"
#include "exercises/scaled_scores.hpp"

using namespace qkoan::peers;

namespace {

/// The functions of OpenBLAS that are needed.
struct OpenBlas {
  void* handle;
  decltype(&cblas_sgemm) sgemm;
  decltype(&openblas_get_corename) core;
  decltype(&openblas_get_config) config;
};

template <class F>
void find(void* handle, const char* name, F*& function) {
  function = reinterpret_cast<F*>(dlsym(handle, name));
}

OpenBlas load() {
  OpenBlas blas{};
  blas.handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (blas.handle != nullptr) {
    find(blas.handle, "cblas_sgemm", blas.sgemm);
    find(blas.handle, "openblas_get_corename", blas.core);
    find(blas.handle, "openblas_get_config", blas.config);
  }
  if (blas.sgemm == nullptr || blas.core == nullptr || blas.config == nullptr) {
    std::fprintf(stderr,
                 "libopenblas.so.0 cannot be loaded, or lacks functions of OpenBLAS. Install the "
                 "package again: libopenblas-pthread-dev\n");
    std::exit(2);
  }
  return blas;
}

/// The core whose kernels this processor should run; empty if OpenBLAS's own choice is as good.
std::string better_core(const std::string& chosen) {
  static const std::set<std::string> wide{"SkylakeX", "Cooperlake", "SapphireRapids"};
#ifdef __x86_64__
  const bool avx512 = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512 && !wide.contains(chosen))
    return __builtin_cpu_supports("avx512bf16") ? "COOPERLAKE" : "SKYLAKEX";
#endif
  return "";
}

/// OpenBLAS with the right kernels, and what is to say of it.
struct Chosen {
  OpenBlas blas;
  std::string about;

  Chosen() {
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    blas = load();
    const std::string own = blas.core();
    std::string why;
    const std::string better = better_core(own);
    if (!better.empty() && std::getenv("OPENBLAS_CORETYPE") == nullptr) {
      setenv("OPENBLAS_CORETYPE", better.c_str(), 1);
      dlclose(blas.handle);
      blas = load();
      why = "; OPENBLAS_CORETYPE is set to " + better + ", since its own choice, " + own +
            ", does not use AVX-512";
    }
    const std::string config = blas.config();  // "OpenBLAS 0.3.21 ..."
    about = config.substr(0, config.find(' ', config.find(' ') + 1)) + ", kernels for " +
            blas.core() + why;
  }
};

const Chosen chosen;

void multiply(CBLAS_TRANSPOSE transpose, float scale, Matrix A, Matrix B, MutableMatrix C) {
  chosen.blas.sgemm(CblasRowMajor, CblasNoTrans, transpose, A.rows, C.cols, A.cols, scale, A.data,
                    A.cols, B.data, B.cols, 0, C.data, C.cols);
}

}  // namespace

const char* qkoan_about() { return chosen.about.c_str(); }

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  multiply(CblasTrans, 1 / std::sqrt(static_cast<float>(Q.cols)), Q, K, S);
}

/// All scores are held: n_q × n_k.
void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const FlushToZero flush;
  const MutableMatrix S{workspace(Q.rows, K.rows), Q.rows, K.rows};
  scaled_scores_simd(Q, K, S);
  causal_weights(by_distance, S);
  multiply(CblasNoTrans, 1, S, V, O);
}

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const std::vector<float> biases = alibi(slope, K.rows);
  biased_attention_simd(Q, K, V, {biases.data(), K.rows}, O);
}
