/// @file
/// Lesson 14: what goes wrong with gradients of biases, and what may differ and is right.

#include "exercises/bias_gradients.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "tests/support/mutants.hpp"

namespace {

constexpr int kLanes = 4;  // of a vector, for tails

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

/// The same for keys that it does not see, at distances of the future: f(p(i), distance, G[i][j]).
template <class F>
void for_each_hidden_pair(Matrix G, F f) {
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + G.cols - G.rows;
    for (int j = std::max(p + 1, 0); j < G.cols; ++j) f(p, j - p, G[i][j]);
  }
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

/// A gradient by r2 that is wrong, of pairs from some distance on; that by r1 is right.
template <class ByR2>
void with_by_r2(Matrix G, bool power, float r1, float r2, MutableRow gradient, int from, ByR2 f) {
  kerple_gradient(G, power, r1, r2, gradient);
  gradient[1] = 0;
  for_each_pair(G, [&](int d, float g) {
    if (d >= from) gradient[1] -= g * f(number(d));
  });
}

/// ∂loss/∂ all numbers of FIRE, in steps that a mutant may do otherwise: z and ∂z/∂c of a pair by
/// `share`, whether unit k is on by `on`, what a pair adds for a unit that is on by `learn`.
struct Share {
  float z, by_c;
};
float psi(float c, float x) { return std::log(c * x + 1); }
float psi_by_c(float c, float x) { return x / (c * x + 1); }
float rod(Fire fire, int p) { return std::max(fire.L, number(p)); }

Share share_of(float c, float D, float M) {
  const float z = psi(c, D) / psi(c, M);
  return {z, (psi_by_c(c, D) - z * psi_by_c(c, M)) / psi(c, M)};
}
Share plain_share(Fire fire, int p, int D) { return share_of(fire.c, number(D), rod(fire, p)); }

float before_relu(Fire fire, int k, float z) { return fire.w1[k] * z + fire.b1[k]; }
bool plain_on(Fire fire, int k, float z) { return before_relu(fire, k, z) > 0; }

void plain_learn(Fire fire, int k, float g, Share share, FireGradient gradient) {
  gradient.w2[k] += g * before_relu(fire, k, share.z);
  gradient.b1[k] += g * fire.w2[k];
  gradient.w1[k] += g * fire.w2[k] * share.z;
  *gradient.c += g * fire.w2[k] * fire.w1[k] * share.by_c;
}

void clear(FireGradient gradient) {
  for (const MutableRow& row : {gradient.w1, gradient.b1, gradient.w2})
    std::fill(row.begin(), row.end(), 0.0f);
  *gradient.b2 = *gradient.c = 0;
}

template <class ShareOf, class On, class Learn>
void train(Matrix G, Fire fire, FireGradient gradient, ShareOf share, On on, Learn learn,
           int first) {
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + first;
    for (int j = 0; j < G.cols && j <= p; ++j) {
      const Share s = share(fire, p, p - j);
      *gradient.b2 += G[i][j];
      for (int k = 0; k < fire.w1.size; ++k)
        if (on(fire, k, s.z)) learn(fire, k, G[i][j], s, gradient);
    }
  }
}

template <class ShareOf, class On, class Learn>
void train(Matrix G, Fire fire, FireGradient gradient, ShareOf share, On on, Learn learn) {
  train(G, fire, gradient, share, on, learn, G.cols - G.rows);
}

/// Right but for ∂z/∂c = f(c, D, R) where D > 0, and 0 at the own key.
template <class F>
void with_by_c(Matrix G, Fire fire, FireGradient gradient, F f) {
  clear(gradient);
  const auto share = [=](Fire of, int p, int D) {
    return Share{plain_share(of, p, D).z, D == 0 ? 0 : f(of.c, number(D), rod(of, p))};
  };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

/// ψ'(x)/ψ(x)
float relative(float c, float x) { return psi_by_c(c, x) / psi(c, x); }

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

void fire_gradient(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  train(G, fire, gradient, plain_share, plain_on, plain_learn);
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

QKOAN_BUG(void, softmax_backward, weight_of_dp_alone,
          "the weight multiplies dp but not the mean: p·dp − mean lacks its parentheses")
(Row p, Row dp, MutableRow g) {
  float mean = 0;
  for (int j = 0; j < p.size; ++j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
  for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * dp[j] - mean;
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

QKOAN_BUG(void, scores_gradient, products_go_on,
          "dP begins at 0 for the first query only: others add to what came before")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  std::vector<float> dP(P.cols);
  const auto more = [&](int i, int j) { return dP[j] += product(dO[i], V[j]); };
  for_each_row(P, G, more, softmax_backward);
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

QKOAN_BUG(float, slope_gradient, top_left, "")
(Matrix G, int d, bool inside) {
  float sum = 0;
  for_each_pair(G, 0, [&](int distance, float g) { sum -= g * number(distance); });
  return inside ? sum / root(d) : sum;
}

QKOAN_BUG(void, fire_gradient, top_left, "")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  train(G, fire, gradient, plain_share, plain_on, plain_learn, 0);
}

QKOAN_BUG(void, table_gradient, trains_on_the_future,
          "keys of the future are read, too, at |p(i) − j|: they are hidden, and G holds "
          "anything there")
(Matrix G, Integers parameter_of_distance, MutableRow gradient) {
  table_gradient(G, parameter_of_distance, gradient);
  for_each_hidden_pair(G, [=](int, int distance, float g) {
    const int r = parameter(parameter_of_distance, distance);
    if (r >= 0) gradient[r] += g;
  });
}

QKOAN_BUG(float, slope_gradient, trains_on_the_future, "")
(Matrix G, int d, bool inside) {
  float sum = slope_gradient(G, d, false);
  for_each_hidden_pair(G, [&](int, int distance, float g) { sum -= g * number(distance); });
  return inside ? sum / root(d) : sum;
}

QKOAN_BUG(void, kerple_gradient, trains_on_the_future, "")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  for_each_hidden_pair(G, [=](int, int distance, float g) {
    const float D = number(distance), b = power ? std::pow(D, r2) : std::log1p(r2 * D);
    gradient[0] -= g * b;
    gradient[1] -= g * r1 * (power ? b * std::log(D) : D / (1 + r2 * D));
  });
}

QKOAN_BUG(void, fire_gradient, trains_on_the_future, "")
(Matrix G, Fire fire, FireGradient gradient) {
  fire_gradient(G, fire, gradient);
  for_each_hidden_pair(G, [=](int p, int distance, float g) {
    const Share s = plain_share(fire, p, distance);
    *gradient.b2 += g;
    for (int k = 0; k < fire.w1.size; ++k)
      if (plain_on(fire, k, s.z)) plain_learn(fire, k, g, s, gradient);
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

QKOAN_BUG(
    float, slope_gradient, key_only,
    "the bias is +m·j: Σ G·j is right only where rows of G sum to exactly 0; rounded rows do not, "
    "and here G is any matrix")
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

QKOAN_BUG(float, slope_gradient, scaled_up, "a bias inside gets the factor √d instead of 1/√d")
(Matrix G, int d, bool inside) { return slope_gradient(G, d, false) * (inside ? root(d) : 1); }

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

QKOAN_BUG(void, kerple_gradient, strength_twice,
          "∂b/∂r1 keeps the factor r1: a derivative by r1 has lost it")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  kerple_gradient(G, power, r1, r2, gradient);
  gradient[0] *= r1;
}

QKOAN_BUG(void, kerple_gradient, derivative_by_distance,
          "∂b/∂r2 is a derivative by the distance: r1·r2·D^(r2−1), or r1·r2/(1 + r2·D)")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  with_by_r2(G, power, r1, r2, gradient, power ? 1 : 0,
             [=](float D) { return r1 * r2 * (power ? std::pow(D, r2 - 1) : 1 / (1 + r2 * D)); });
}

QKOAN_BUG(void, kerple_gradient, derivative_by_distance_from_1,
          "∂b/∂r2 is a derivative by the distance, r1·r2/(1 + r2·D), without the own key")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  if (power) return kerple_gradient(G, power, r1, r2, gradient);
  with_by_r2(G, power, r1, r2, gradient, 1, [=](float D) { return r1 * r2 / (1 + r2 * D); });
}

QKOAN_BUG(
    void, kerple_gradient, inner_derivative_forgotten,
    "∂b/∂r2 lacks the derivative of what is inside: D in the log form, ln D in the power form")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  with_by_r2(G, power, r1, r2, gradient, 1,
             [=](float D) { return r1 * (power ? std::pow(D, r2) : 1 / (1 + r2 * D)); });
}

QKOAN_BUG(void, kerple_gradient, logarithm_of_one_more,
          "∂b/∂r2 of a power takes ln(D + 1) for ln D: that avoids ln 0, and is wrong elsewhere")
(Matrix G, bool power, float r1, float r2, MutableRow gradient) {
  if (!power) return kerple_gradient(G, power, r1, r2, gradient);
  with_by_r2(G, power, r1, r2, gradient, 1,
             [=](float D) { return r1 * std::pow(D, r2) * std::log(D + 1); });
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

// ---- Bugs of FIRE -------------------------------------------------------------------------------

QKOAN_BUG(void, fire_gradient, no_mask,
          "units that are off learn, too: backwards, ReLU passes only what it passed forwards")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  train(G, fire, gradient, plain_share, [](Fire, int, float) { return true; }, plain_learn);
}

QKOAN_BUG(void, fire_gradient, only_w2_masked,
          "units that are off learn b1, w1 and c: ReLU's 0 stops w2 only, the rest needs a test")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto learn = [](Fire f, int k, float g, Share s, FireGradient out) {
    const float before = out.w2[k];
    plain_learn(f, k, g, s, out);
    if (!plain_on(f, k, s.z)) out.w2[k] = before;
  };
  train(G, fire, gradient, plain_share, [](Fire, int, float) { return true; }, learn);
}

QKOAN_BUG(void, fire_gradient, c_not_masked,
          "c learns from units that are off, too: through them it does not reach the bias")
(Matrix G, Fire fire, FireGradient gradient) {
  fire_gradient__no_mask(G, fire, gradient);
  const float by_c = *gradient.c;
  fire_gradient(G, fire, gradient);
  *gradient.c = by_c;
}

QKOAN_BUG(void, fire_gradient, offset_stays,
          "b2 gets 0: that is right only if the rows of G sum to 0, and here G is any matrix")
(Matrix G, Fire fire, FireGradient gradient) {
  fire_gradient(G, fire, gradient);
  *gradient.b2 = 0;
}

QKOAN_BUG(void, fire_gradient, masked_by_the_bias,
          "all units count where the bias is positive: each unit has a sign of its own")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto positive = [](Fire f, int, float z) {
    float b = f.b2;
    for (int k = 0; k < f.w1.size; ++k) b += f.w2[k] * std::max(before_relu(f, k, z), 0.0f);
    return b > 0;
  };
  train(G, fire, gradient, plain_share, positive, plain_learn);
}

QKOAN_BUG(void, fire_gradient, constant_rod,
          "∂z/∂c takes the divisor for a constant: ψ(max(L, p)) holds c, too")
(Matrix G, Fire fire, FireGradient gradient) {
  with_by_c(G, fire, gradient,
            [](float c, float D, float R) { return psi_by_c(c, D) / psi(c, R); });
}

QKOAN_BUG(void, fire_gradient, log_by_distance,
          "ψ is differentiated by x, c/(1 + c·x): by c it is x/(1 + c·x)")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto by_x = [](float c, float x) { return c / (c * x + 1); };
  const auto share = [=](Fire f, int p, int D) {
    const float z = plain_share(f, p, D).z, M = rod(f, p);
    return Share{z, (by_x(f.c, number(D)) - z * by_x(f.c, M)) / psi(f.c, M)};
  };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, log_by_distance_from_1,
          "ψ' is c/(1 + c·x), ψ's derivative by x: by c it is x/(1 + c·x)")
(Matrix G, Fire fire, FireGradient gradient) {
  with_by_c(G, fire, gradient, [](float c, float D, float R) {
    return psi(c, D) / psi(c, R) * (c / (c * D + 1) / psi(c, D) - c / (c * R + 1) / psi(c, R));
  });
}

QKOAN_BUG(void, fire_gradient, zero_by_zero,
          "∂z/∂c of the own key is 0·(0/0): ψ(0) is 0, and z·(ψ'(D)/ψ(D) − …) needs D = 0 apart")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto share = [](Fire f, int p, int D) {
    const float z = plain_share(f, p, D).z;
    return Share{z, z * (relative(f.c, number(D)) - relative(f.c, rod(f, p)))};
  };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, share_forgotten, "∂z/∂c lacks the factor z before ψ'/ψ − ψ'/ψ")
(Matrix G, Fire fire, FireGradient gradient) {
  with_by_c(G, fire, gradient,
            [](float c, float D, float R) { return relative(c, D) - relative(c, R); });
}

QKOAN_BUG(void, fire_gradient, quotient_as_product,
          "∂z/∂c adds ψ'(R)/ψ(R) instead of subtracting it: ψ(R) stands below the line")
(Matrix G, Fire fire, FireGradient gradient) {
  with_by_c(G, fire, gradient, [](float c, float D, float R) {
    return psi(c, D) / psi(c, R) * (relative(c, D) + relative(c, R));
  });
}

QKOAN_BUG(void, fire_gradient, not_relative,
          "∂z/∂c is z·(ψ'(D) − ψ'(R)): each ψ' must be divided by its own ψ")
(Matrix G, Fire fire, FireGradient gradient) {
  with_by_c(G, fire, gradient, [](float c, float D, float R) {
    return psi(c, D) / psi(c, R) * (psi_by_c(c, D) - psi_by_c(c, R));
  });
}

QKOAN_BUG(void, fire_gradient, not_normalised, "ψ(D) is not divided by ψ(max(L, p))")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto share = [](Fire f, int, int D) {
    return Share{psi(f.c, number(D)), psi_by_c(f.c, number(D))};
  };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, sums_go_on, "sums begin with what was there before, not with 0")
(Matrix G, Fire fire, FireGradient gradient) {
  train(G, fire, gradient, plain_share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, rod_without_L,
          "z is divided by ψ(p), also where L is longer: max(L, p) is forgotten")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto share = [](Fire f, int p, int D) { return share_of(f.c, number(D), number(p)); };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, rod_of_L_alone,
          "z is divided by ψ(L) for all queries: behind L the rod grows with p")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto share = [](Fire f, int, int D) { return share_of(f.c, number(D), f.L); };
  train(G, fire, gradient, share, plain_on, plain_learn);
}

QKOAN_BUG(void, fire_gradient, second_layer_skipped,
          "the gradients of w1 and b1 lack the factor w2, through which the loss sees them")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto learn = [](Fire f, int k, float g, Share s, FireGradient out) {
    out.w2[k] += g * before_relu(f, k, s.z);
    out.b1[k] += g;
    out.w1[k] += g * s.z;
    *out.c += g * f.w2[k] * f.w1[k] * s.by_c;
  };
  train(G, fire, gradient, plain_share, plain_on, learn);
}

QKOAN_BUG(void, fire_gradient, hidden_after_relu,
          "w2's gradient takes w1·z + b1 also where it is negative: its unit gave 0 there")
(Matrix G, Fire fire, FireGradient gradient) {
  fire_gradient(G, fire, gradient);
  std::fill(gradient.w2.begin(), gradient.w2.end(), 0.0f);
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + G.cols - G.rows;
    for (int j = 0; j <= p; ++j) {
      for (int k = 0; k < fire.w1.size; ++k)
        gradient.w2[k] += G[i][j] * before_relu(fire, k, plain_share(fire, p, p - j).z);
    }
  }
}

QKOAN_BUG(void, fire_gradient, c_without_w1,
          "c's gradient lacks the factor w1: c reaches a unit through z only")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto learn = [](Fire f, int k, float g, Share s, FireGradient out) {
    plain_learn(f, k, g, {s.z, 0}, out);
    *out.c += g * f.w2[k] * s.by_c;
  };
  train(G, fire, gradient, plain_share, plain_on, learn);
}

QKOAN_BUG(void, fire_gradient, c_without_w2,
          "c's gradient lacks the factor w2, through which the loss sees the unit")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const auto learn = [](Fire f, int k, float g, Share s, FireGradient out) {
    plain_learn(f, k, g, {s.z, 0}, out);
    *out.c += g * f.w1[k] * s.by_c;
  };
  train(G, fire, gradient, plain_share, plain_on, learn);
}

QKOAN_BUG(void, fire_gradient, w1_without_z,
          "w1's gradient is that of b1: it lacks the factor z, which w1 multiplies")
(Matrix G, Fire fire, FireGradient gradient) {
  fire_gradient(G, fire, gradient);
  std::copy(gradient.b1.begin(), gradient.b1.end(), gradient.w1.begin());
}

// ---- Bugs of the SIMD form ----------------------------------------------------------------------

QKOAN_BUG(void, scores_gradient_simd, mean_without_tail,
          "the keys behind the last whole vector are missing in the mean")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  const auto backward = [](Row p, Row dp, MutableRow g) {
    float mean = 0;
    for (int j = 0; j < p.size / kLanes * kLanes; ++j) mean += p[j] == 0 ? 0 : p[j] * dp[j];
    for (int j = 0; j < p.size; ++j) g[j] = p[j] == 0 ? 0 : p[j] * (dp[j] - mean);
  };
  for_each_row(P, G, [=](int i, int j) { return product(dO[i], V[j]); }, backward);
}

QKOAN_BUG(void, scores_gradient_simd, features_without_tail,
          "the features behind the last whole vector are missing in dO·V")
(Matrix P, Matrix V, Matrix dO, MutableMatrix G) {
  const int whole = V.cols / kLanes * kLanes;
  for_each_row(
      P, G, [=](int i, int j) { return product({dO[i].data, whole}, V[j]); }, softmax_backward);
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

QKOAN_VARIANT(void, fire_gradient, unit_by_unit,
              "one unit after the other, weights behind the sums, ∂z/∂c by the quotient rule")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  for_each_pair(G, [&](int, float g) { *gradient.b2 += g; });
  for (int k = 0; k < fire.w1.size; ++k) {
    float sum = 0, by_z = 0, by_c = 0;
    for (int i = G.rows - 1; i >= 0; --i) {
      const int p = i + G.cols - G.rows;
      const float M = rod(fire, p), N = psi(fire.c, M);
      for (int j = p; j >= 0; --j) {
        const float D = number(p - j), n = psi(fire.c, D), z = n * (1 / N);
        if (!plain_on(fire, k, z)) continue;
        sum += G[i][j];
        by_z += G[i][j] * z;
        by_c += G[i][j] * ((psi_by_c(fire.c, D) * N - n * psi_by_c(fire.c, M)) / (N * N));
      }
    }
    gradient.w2[k] = fire.w1[k] * by_z + fire.b1[k] * sum;
    gradient.b1[k] = fire.w2[k] * sum;
    gradient.w1[k] = fire.w2[k] * by_z;
    *gradient.c += fire.w2[k] * (fire.w1[k] * by_c);
  }
}

QKOAN_VARIANT(void, fire_gradient, logarithmic_derivative,
              "backwards layer by layer; ∂z/∂c = z·(ψ'/ψ − ψ'/ψ), by log1p or logarithms of base 2")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  const float c = fire.c;
  const auto relative = [=](float x) { return psi_by_c(c, x) / std::log1p(c * x); };
  for (int i = 0; i < G.rows; ++i) {
    const int p = i + G.cols - G.rows;
    const float M = rod(fire, p);
    for (int j = 0; j <= p; ++j) {
      const float D = number(p - j), z = std::log2(c * D + 1) / std::log2(c * M + 1);
      float by_z = 0;
      for (int k = 0; k < fire.w1.size; ++k) {
        const float hidden = std::max(before_relu(fire, k, z), 0.0f);
        const float by_hidden = hidden > 0 ? G[i][j] * fire.w2[k] : 0;
        gradient.w2[k] += G[i][j] * hidden;
        gradient.b1[k] += by_hidden;
        gradient.w1[k] += by_hidden * z;
        by_z += by_hidden * fire.w1[k];
      }
      *gradient.b2 += G[i][j];
      if (D > 0) *gradient.c += by_z * z * (relative(D) - relative(M));
    }
  }
}

QKOAN_VARIANT(void, fire_gradient, knots_in_double,
              "units are on beyond their knots or before, sums in double, and two of them for c")
(Matrix G, Fire fire, FireGradient gradient) {
  clear(gradient);
  double all = 0, by_c = 0;
  for_each_pair(G, [&](int, float g) { all += g; });
  for (int k = 0; k < fire.w1.size; ++k) {
    const double w = fire.w1[k], b = fire.b1[k], v = fire.w2[k], knot = -b / w;
    double sum = 0, by_z = 0, above = 0, below = 0;
    for (int i = 0; i < G.rows; ++i) {
      const int p = i + G.cols - G.rows;
      const double c = fire.c, M = rod(fire, p), N = std::log1p(c * M);
      for (int j = 0; j <= p; ++j) {
        const double D = p - j, z = std::log1p(c * D) / N, g = G[i][j];
        if (w == 0 ? b < 0 : w > 0 ? z < knot : z > knot) continue;
        sum += g;
        by_z += g * z;
        above += g * D / (1 + c * D) / N;
        below += g * z * M / (1 + c * M) / N;
      }
    }
    gradient.w2[k] = static_cast<float>(w * by_z + b * sum);
    gradient.b1[k] = static_cast<float>(v * sum);
    gradient.w1[k] = static_cast<float>(v * by_z);
    by_c += v * w * (above - below);
  }
  *gradient.b2 = static_cast<float>(all);
  *gradient.c = static_cast<float>(by_c);
}
