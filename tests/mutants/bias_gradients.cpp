/// @file
/// Lesson 14: what goes wrong with gradients of biases, and what may differ and is right.

#include "exercises/bias_gradients.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

float number(int distance) { return static_cast<float>(distance); }
float root(int d) { return std::sqrt(static_cast<float>(d)); }

/// Calls f(distance, G[i][j]) for every key that query i sees, if the first query stands there.
template <class F>
void for_each_pair(Matrix G, int first, F f) {
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j < G.cols && j <= i + first; ++j) f(i + first - j, G[i][j]);
  }
}
template <class F>
void for_each_pair(Matrix G, F f) {
  for_each_pair(G, G.cols - G.rows, f);
}

int parameter(Integers parameter_of_distance, int distance) {
  return parameter_of_distance[std::min(distance, parameter_of_distance.size - 1)];
}

/// dO[i]·V[j]
float product(Row o, Row v) {
  float sum = 0;
  for (int c = 0; c < o.size; ++c) sum += o[c] * v[c];
  return sum;
}

/// The rows of dP by a function of i and j, then each backwards through softmax by another.
template <class Product, class Backward>
void for_each_row(Matrix P, MutableMatrix G, Product dP, Backward backward) {
  for (int i = 0; i < P.rows; ++i) {
    for (int j = 0; j < P.cols; ++j) G[i][j] = dP(i, j);
    backward(P[i], G[i], G[i]);
  }
}

/// The upper 8 bits of significand, rounded to nearest even: 257 becomes 256.
float bfloat16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
}

/// −Σ G·∂b of both parameters, by functions of the distance.
template <class ByR1, class ByR2>
void sums(Matrix G, MutableRow gradient, ByR1 by_r1, ByR2 by_r2) {
  gradient[0] = gradient[1] = 0;
  for_each_pair(G, [&](int d, float g) {
    gradient[0] -= g * by_r1(number(d));
    gradient[1] -= g * by_r2(number(d));
  });
}

}  // namespace

// ---- The plain and right implementation ---------------------------------------------------------

void softmax_backward(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * (dp[j] - mean);
}

void scores_gradient(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for_each_row(P, G, [=](int i, int j) { return product(dO[i], V[j]); }, softmax_backward);
}

void table_gradient(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] += g;
  });
}

float slope_gradient(Matrix G, int d, bool inside) {
  float sum = 0;
  for_each_pair(G, [&](int distance, float g) { sum -= g * number(distance); });
  return inside ? sum / root(d) : sum;
}

void kerple_gradient(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  if (power) {
    sums(
        G, gradient, [=](float D) { return std::pow(D, r2); },
        [=](float D) { return D == 0 ? 0 : r1 * std::pow(D, r2) * std::log(D); });
  } else {
    sums(
        G, gradient, [=](float D) { return std::log1p(r2 * D); },
        [=](float D) { return r1 * D / (1 + r2 * D); });
  }
}

void scores_gradient_simd(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  scores_gradient(P, V, dO, G);
}

// ---- Bugs of the row ----------------------------------------------------------------------------

QKOAN_BUG(void, softmax_backward, no_mean,
          "the mean is not subtracted: p·dp would be right if weights did not have to sum to 1")
(Row p, Row dp, MutableRow g) {
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * dp[j];
}

QKOAN_BUG(void, softmax_backward, unweighted_mean,
          "the mean that is subtracted counts all visible keys alike, not by their weights")
(Row p, Row dp, MutableRow g) {
  float sum = 0, n = 0;
  for (int j = 0; j < p.size; ++j) {
    if (p[j] != 0) sum += dp[j], ++n;
  }
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * (dp[j] - sum / n);
}

QKOAN_BUG(void, softmax_backward, no_weight, "dp less its mean is not multiplied by the weight")
(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : dp[j] - mean;
}

QKOAN_BUG(void, softmax_backward, diagonal_only,
          "only a key's own score counts, p·(1 − p)·dp: the diagonal of the Jacobian")
(Row p, Row dp, MutableRow g) {
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * (1 - p[j]) * dp[j];
}

QKOAN_BUG(void, softmax_backward, descends, "the sign is wrong: these are steps of descent")
(Row p, Row dp, MutableRow g) {
  softmax_backward(p, dp, g);
  for (float& x : g) x = -x;
}

QKOAN_BUG(void, softmax_backward, zero_times_nan,
          "weights of 0 are multiplied: 0·NaN is NaN, and the whole row is lost, as in "
          "pytorch/pytorch #41508")
(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j) mean += p[j] * dp[j];
  for (int j = 0; j < p.size; ++j) g[j] = p[j] * (dp[j] - mean);
}

// ---- Bugs of the matrix -------------------------------------------------------------------------

QKOAN_BUG(void, scores_gradient, values_transposed, "V is read as if it were d_v × n_k")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  const auto dP = [=](int i, int j) {
    float sum = 0;
    for (int c = 0; c < V.cols; ++c) sum += dO[i][c] * V.data[c * V.rows + j];
    return sum;
  };
  for_each_row(P, G, dP, softmax_backward);
}

QKOAN_BUG(void, scores_gradient, output_transposed, "dO is read as if it were d_v × n_q")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  const auto dP = [=](int i, int j) {
    float sum = 0;
    for (int c = 0; c < V.cols; ++c) sum += dO.data[c * dO.rows + i] * V[j][c];
    return sum;
  };
  for_each_row(P, G, dP, softmax_backward);
}

QKOAN_BUG(void, scores_gradient, scaled,
          "G is multiplied by 1/√d_v: the scale belongs to the gradient of q·k, not to that of S")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  scores_gradient(P, V, dO, G);
  for (int e = 0; e < G.rows * G.cols; ++e) G.data[e] /= root(V.cols);
}

QKOAN_BUG(void, scores_gradient, output_of_all_keys,
          "the mean is dO·o with an o that adds up hidden values, too: 0·NaN is NaN")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for (int i = 0; i < P.rows; ++i) {
    std::vector<float> o(V.cols);
    for (int j = 0; j < V.rows; ++j) {
      for (int c = 0; c < V.cols; ++c) o[c] += P[i][j] * V[j][c];
    }
    const float mean = product(dO[i], {o.data(), V.cols});
    for (int j = 0; j < V.rows; ++j) {
      G[i][j] = P[i][j] == 0 ? 0 : P[i][j] * (product(dO[i], V[j]) - mean);
    }
  }
}

// ---- Bugs of the table --------------------------------------------------------------------------

QKOAN_BUG(void, table_gradient, overwrites, "of all pairs that share a parameter the last one wins")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] = g;
  });
}

QKOAN_BUG(void, table_gradient, not_cleared, "sums begin with what was there before, not with 0")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  for_each_pair(G, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] += g;
  });
}

QKOAN_BUG(void, table_gradient, tail_forgotten, "distances beyond the map's end train nothing")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, [=](int distance, float g) {
    const int r = distance < parameter_of_distance.size ? parameter_of_distance[distance] : -1;
    if (r >= 0) gradient[r] += g;
  });
}

QKOAN_BUG(void, table_gradient, top_left, "the first query stands at the first key")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, 0, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] += g;
  });
}

QKOAN_BUG(void, table_gradient, index_from_the_end,
          "−1 is taken for the last parameter, as Python indexes lists")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    gradient[r < 0 ? gradient.size - 1 : r] += g;
  });
}

QKOAN_BUG(void, table_gradient, mean_of_pairs, "the mean over a parameter's pairs, not the sum")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  table_gradient(G, parameter_of_distance, gradient);
  std::vector<float> pairs(gradient.size);
  for_each_pair(G, [&](int distance, float) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) ++pairs[r];
  });
  for (int r = 0; r < gradient.size; ++r) gradient[r] /= std::max(pairs[r], 1.0f);
}

QKOAN_BUG(void, table_gradient, bfloat16_sums,
          "sums are kept in bfloat16: 256 does not take a 1 any more, as in tenstorrent/tt-metal "
          "#36341")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  std::fill(gradient.begin(), gradient.end(), 0.0f);
  for_each_pair(G, [=](int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] = bfloat16(gradient[r] + g);
  });
}

// ---- Bugs of the slope --------------------------------------------------------------------------

QKOAN_BUG(float, slope_gradient, positive, "the sign is that of +m·distance")
(Matrix G, int d, bool inside) { return -slope_gradient(G, d, inside); }

QKOAN_BUG(float, slope_gradient, key_only,
          "Σ G·j is the same only where rows of G sum to exactly 0, which rounded ones do not")
(Matrix G, int d, bool inside) {
  float sum = 0;
  for (int i = 0; i < G.rows; ++i) {
    for (int j = 0; j <= i + G.cols - G.rows; ++j) sum += G[i][j] * number(j);
  }
  return inside ? sum / root(d) : sum;
}

QKOAN_BUG(float, slope_gradient, never_inside, "the factor 1/√d of a bias inside is missing")
(Matrix G, int d, bool) { return slope_gradient(G, d, false); }

QKOAN_BUG(float, slope_gradient, always_inside, "a bias outside gets a factor 1/√d, too")
(Matrix G, int d, bool) { return slope_gradient(G, d, true); }

QKOAN_BUG(float, slope_gradient, scaled_twice, "a bias inside gets its factor 1/√d twice")
(Matrix G, int d, bool inside) { return slope_gradient(G, d, inside) / (inside ? root(d) : 1); }

// ---- Bugs of KERPLE -----------------------------------------------------------------------------

QKOAN_BUG(void, kerple_gradient, logarithm_of_zero,
          "0^r2·ln 0 is NaN in floats, and so is the sum: pytorch/pytorch #27134, tinygrad #155")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  if (!power) return kerple_gradient(G, power, r1, r2, gradient);
  sums(
      G, gradient, [=](float D) { return std::pow(D, r2); },
      [=](float D) { return r1 * std::pow(D, r2) * std::log(D); });
}

QKOAN_BUG(void, kerple_gradient, clamp_in_the_graph,
          "parameters at an end of their range get no gradient: they are stuck there")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  if (r1 <= 0.01f) gradient[0] = 0;
  if (r2 <= 0.01f || (power && r2 >= 2)) gradient[1] = 0;
}

QKOAN_BUG(void, kerple_gradient, strength_forgotten, "∂b/∂r2 lacks the factor r1")
(Matrix G, bool power, float, float r2, MutableRow gradient) {
  kerple_gradient(G, power, 1, r2, gradient);
}

QKOAN_BUG(void, kerple_gradient, derivative_by_distance,
          "∂b/∂r2 is a derivative by the distance: r1·r2·D^(r2−1), or r1·r2/(1 + r2·D)")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  gradient[1] = 0;
  for_each_pair(G, [=](int d, float g) {
    const float D = number(d);
    const float raised = d == 0 ? 0 : std::pow(D, r2 - 1);
    gradient[1] -= g * r1 * r2 * (power ? raised : 1 / (1 + r2 * D));
  });
}

QKOAN_BUG(void, kerple_gradient, kernel_for_bias, "the sign is that of a bias without its minus")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  for (float& x : gradient) x = -x;
}

QKOAN_BUG(void, kerple_gradient, plain_log, "∂b/∂r1 is the logarithm of a rounded 1 + r2·D")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  if (power) return;
  gradient[0] = 0;
  for_each_pair(G, [=](int d, float g) {
    const volatile float one_more = 1 + r2 * number(d);
    gradient[0] -= g * std::log(one_more);
  });
}

// ---- Bugs of the SIMD form ----------------------------------------------------------------------

QKOAN_BUG(void, scores_gradient_simd, mean_without_tail,
          "the keys behind the last whole vector are missing in the mean")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  const auto backward = [](Row p, Row dp, MutableRow g) {
    float mean = 0;
    for (int j = 0; j < p.size / 4 * 4; ++j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
    for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * (dp[j] - mean);
  };
  for_each_row(P, G, [=](int i, int j) { return product(dO[i], V[j]); }, backward);
}

QKOAN_BUG(void, scores_gradient_simd, lanes_are_multiplied,
          "hidden lanes are multiplied by 0 instead of being selected: 0·NaN is NaN")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for_each_row(
      P, G, [=](int i, int j) { return product(dO[i], V[j]); }, softmax_backward__zero_times_nan);
}

// ---- Correct variants ---------------------------------------------------------------------------

QKOAN_VARIANT(void, softmax_backward, two_products, "p·dp − p·mean, in float, from the last key on")
(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = p.size - 1; j >= 0; --j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * dp[j] - p[j] * mean;
}

QKOAN_VARIANT(void, softmax_backward, fused, "multiplies and adds in one step")
(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j) mean = p[j] == 0 ? mean : std::fma(p[j], dp[j], mean);
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : std::fma(p[j], dp[j], -p[j] * mean);
}

QKOAN_VARIANT(void, scores_gradient, mean_from_output, "the mean is dO·o, o of visible keys only")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for (int i = 0; i < P.rows; ++i) {
    std::vector<float> o(V.cols);
    for (int j = 0; j < V.rows; ++j) {
      for (int c = 0; P[i][j] != 0 && c < V.cols; ++c) o[c] += P[i][j] * V[j][c];
    }
    const float mean = product(dO[i], {o.data(), V.cols});
    for (int j = 0; j < V.rows; ++j) {
      G[i][j] = P[i][j] == 0 ? 0 : P[i][j] * (product(dO[i], V[j]) - mean);
    }
  }
}

QKOAN_VARIANT(void, scores_gradient, difference_of_values, "P·(dO·(v − o)), all in float")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  for (int i = 0; i < P.rows; ++i) {
    std::vector<float> o(V.cols);
    for (int j = 0; j < V.rows; ++j) {
      for (int c = 0; P[i][j] != 0 && c < V.cols; ++c) o[c] += P[i][j] * V[j][c];
    }
    for (int j = 0; j < V.rows; ++j) {
      float sum = 0;
      for (int c = 0; P[i][j] != 0 && c < V.cols; ++c) sum += dO[i][c] * (V[j][c] - o[c]);
      G[i][j] = P[i][j] * sum;
    }
  }
}

QKOAN_VARIANT(void, table_gradient, parameter_by_parameter, "walks all pairs for each parameter")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  for (int r = 0; r < gradient.size; ++r) {
    if (gradient.size > 100) return table_gradient(G, parameter_of_distance, gradient);
    double sum = 0;
    for_each_pair(G, [&](int distance, float g) {
      if (parameter(parameter_of_distance, distance) == r) sum += g;
    });
    gradient[r] = static_cast<float>(sum);
  }
}

QKOAN_VARIANT(float, slope_gradient, scaled_slope,
              "every distance is divided by √d before it counts")
(Matrix G, int d, bool inside) {
  const float scale = inside ? 1 / root(d) : 1;
  float sum = 0;
  for_each_pair(G, [&](int distance, float g) { sum += g * (-scale * number(distance)); });
  return sum;
}

QKOAN_VARIANT(float, slope_gradient, both_positions, "−Σ G·p(i) + Σ G·j, in double")
(Matrix G, int d, bool inside) {
  double sum = 0;
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + G.cols - G.rows;
    for (int j = 0; j <= p; ++j)
      sum += static_cast<double>(G[i][j]) * j - static_cast<double>(G[i][j]) * p;
  }
  return static_cast<float>(inside ? sum / std::sqrt(d) : sum);
}

QKOAN_VARIANT(void, kerple_gradient, base_2, "powers and logarithms of base 2, in float")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  if (!power) return kerple_gradient(G, power, r1, r2, gradient);
  sums(
      G, gradient, [=](float D) { return D == 0 ? 0 : std::exp2(r2 * std::log2(D)); },
      [=](float D) {
        return D == 0 ? 0 : r1 * std::exp(r2 * std::log(D)) * (std::log2(D) * 0.693147181f);
      });
}

QKOAN_VARIANT(void, kerple_gradient, in_double, "plain formulas in double")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  double by_r1 = 0, by_r2 = 0;
  for_each_pair(G, [&](int D, float g) {
    if (D == 0) return;
    const double raised = std::pow(D, static_cast<double>(r2)), x = static_cast<double>(r2) * D;
    by_r1 -= g * (power ? raised : std::log(1 + x));
    by_r2 -= g * (power ? raised * std::log(D) : D / (1 + x));
  });
  gradient[0] = static_cast<float>(by_r1);
  gradient[1] = static_cast<float>(r1 * by_r2);
}
