/// @file
/// Lesson 12, our solution: first the formula, then the same without ever holding more scores than one
/// tile has, then that with SIMD.
#include "attention.hpp"

#include "simd.hpp"

using namespace simd;

namespace {

float scaled_score(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum / std::sqrt(static_cast<float>(q.size));
}

/// What is known of a row after some of its keys, as in lesson 03.
struct Partial {
  float& max;
  float& sum;
  MutableRow output;

  void accumulate(float score, Row value) {
    if (score == -INFINITY) return;
    if (score > max) {
      const float scale = std::exp(max - score);  // 0 before the first key: e^−∞
      sum *= scale;
      for (float& o : output) o *= scale;
      max = score;
    }
    const float weight = std::exp(score - max);
    sum += weight;
    for (int c = 0; c < output.size; ++c) output[c] += weight * value[c];
  }

  /// A row that has seen no key is 0.
  void finish() {
    for (float& o : output) o = sum == 0 ? 0 : o / sum;
  }
};

}  // namespace

void attend(Row q, Matrix K, Matrix V, Row bias, MutableRow o) {
  std::vector<float> p(K.rows);
  float max = -INFINITY, sum = 0;
  for (int j = 0; j < K.rows; ++j) max = std::max(max, p[j] = scaled_score(q, K[j]) + bias[j]);
  std::fill(o.begin(), o.end(), 0.0f);
  if (max == -INFINITY) return;
  for (float& x : p) sum += x = std::exp(x - max);
  for (int j = 0; j < K.rows; ++j)
    for (int c = 0; c < o.size; ++c) o[c] += p[j] / sum * V[j][c];
}

void attention(Matrix Q, Matrix K, Matrix V, Matrix B, MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) attend(Q[i], K, V, B[i], O[i]);
}

void attention_tile(Matrix Q, Matrix K, Matrix V, Matrix B, MutableRow max, MutableRow sum,
                    MutableMatrix O) {
  for (int i = 0; i < Q.rows; ++i) {
    Partial row{max[i], sum[i], O[i]};
    for (int j = 0; j < K.rows; ++j) row.accumulate(scaled_score(Q[i], K[j]) + B[i][j], V[j]);
  }
}

void fused_attention(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::fill_n(O.data, static_cast<long>(O.rows) * O.cols, 0.0f);
  for (int i = 0; i < Q.rows; ++i) {
    const int p = i + K.rows - Q.rows;
    float max = -INFINITY, sum = 0;
    Partial row{max, sum, O[i]};
    for (int j = 0; j <= p; ++j)
      row.accumulate(scaled_score(Q[i], K[j]) - slope * static_cast<float>(p - j), V[j]);
    row.finish();
  }
}

namespace {

/// The columns of one of several heads, as a matrix of their own.
std::vector<float> columns(Matrix M, int head, int heads) {
  const int d = M.cols / heads;
  std::vector<float> dense(static_cast<std::size_t>(M.rows) * d);
  for (int i = 0; i < M.rows; ++i)
    for (int c = 0; c < d; ++c) dense[i * d + c] = M[i][head * d + c];
  return dense;
}

}  // namespace

void grouped_attention(int heads, int kv_heads, Matrix Q, Matrix K, Matrix V, Row slopes,
                       MutableMatrix O) {
  const int d = Q.cols / heads, d_v = V.cols / kv_heads;
  for (int head = 0; head < heads; ++head) {
    const int group = head / (heads / kv_heads);
    const std::vector<float> q = columns(Q, head, heads), k = columns(K, group, kv_heads),
                             v = columns(V, group, kv_heads);
    std::vector<float> o(static_cast<std::size_t>(Q.rows) * d_v);
    fused_attention({q.data(), Q.rows, d}, {k.data(), K.rows, d}, {v.data(), V.rows, d_v},
                    slopes[head], {o.data(), Q.rows, d_v});
    for (int i = 0; i < O.rows; ++i)
      for (int c = 0; c < d_v; ++c) O[i][head * d_v + c] = o[i * d_v + c];
  }
}

namespace {

// One lane is one query. Scores, maxima and sums of a query then stay in their lane from the first
// key to the last, no number ever crosses lanes, and K and V are read as they lie in memory: one
// number at a time, copied to all lanes.

constexpr int kLanes = vec<float>::size();
constexpr int kVectors = kLanes == 16 ? 3 : 2;   // of queries, worked on together
constexpr int kBlock = kVectors * kLanes;        // queries in a block
constexpr int kTogether = kLanes == 16 ? 8 : 4;  // keys, or columns of V, worked on together
constexpr int kTile = 64;                        // keys whose scores are held at a time
constexpr int kShare = 4;                        // blocks that take turns with each tile,
constexpr long kNear = 512 << 10;                // once K and V have more bytes than a near cache
constexpr float kLog2e = 0x1.715476p0f;

/// 2^x for x ≤ 0, error at most 2.1 ulp; results below 2⁻¹²⁶ are too small, for −∞ 0. (e^x of lesson
/// 03, with the factor 1/ln 2 moved into the scale of the scores.) The polynomial is a minimax one of
/// degree 5 for |f| ≤ ½.
inline vec<float> exp2(vec<float> x) {
  constexpr float kRound = 0x1.8p23f;
  x = max(x, -127);  // where the exponent is 0, and so is a mantissa of 1: together the number 0
  const vec<float> t = x + kRound, f = x - (t - kRound);
  vec<float> p = f * 0.00132647271f + 0.00967151264f;
  p = p * f + 0.0555073374f;
  p = p * f + 0.240222421f;
  p = p * f + 0.693146978f;
  p = p * f + 1;
  const vec<unsigned> scaled =
      std::bit_cast<vec<unsigned>>(p) + (std::bit_cast<vec<unsigned>>(t) << 23);
  return std::bit_cast<vec<float>>(scaled);
}

/// Biases of neighbouring queries and one key: at(n) has those of the distances n, n + 1, …, one for
/// each lane, times log₂e. A kernel is compiled for each kind, which costs nothing when it runs.
/// here() is what gives them for a vector of queries from position p on and for keys from j on.
///
/// By distance: neighbouring queries have neighbouring distances, so that is one load from a table. There
/// are kBlock zeros before and behind it: queries that see no key, or are none.
struct ByDistance {
  std::vector<float> padded;

  explicit ByDistance(Row by_distance) : padded(by_distance.size + 2 * kBlock) {
    for (int n = 0; n < by_distance.size; ++n) padded[kBlock + n] = by_distance[n] * kLog2e;
  }
  const ByDistance& here(int /*p*/, int /*j*/, int /*keys*/) const { return *this; }
  vec<float> at(int distance) const { return unchecked_load(padded.data() + kBlock + distance); }
};

/// FIRE's network is a straight line between two of its knots: slope·z + intercept from `knot` on,
/// where the slope has changed by `change`.
struct Line {
  float knot, change, slope, intercept;
};

/// The network for 0 ≤ z ≤ 1, times log₂e, from left to right, and at last a knot that no z reaches. At
/// first each line holds what changes at its knot, where a unit turns on or off; then it is added up.
std::vector<Line> lines_of(Fire fire) {
  std::vector<Line> lines(fire.w1.size + 2, Line{INFINITY, 0, 0, 0});
  lines[0] = {0, 0, 0, fire.b2 * kLog2e};
  int count = 1;
  for (int k = 0; k < fire.w1.size; ++k) {
    const float w = fire.w1[k], b = fire.b1[k], out = fire.w2[k] * kLog2e;
    if (b > 0 || (b == 0 && w > 0)) {  // on from z = 0
      lines[0].slope += out * w;
      lines[0].intercept += out * b;
    }
    const bool opposite = w < 0 ? b > 0 : b < 0;
    if (!opposite || std::fabs(b) >= std::fabs(w)) continue;
    const float knot = -b / w, change = out * std::fabs(w);  // whether it turns on or off
    int n = count++;
    for (; n > 1 && knot < lines[n - 1].knot; --n) lines[n] = lines[n - 1];
    lines[n] = {knot, change, change, -out * std::fabs(b)};
  }
  for (int n = 1; n < count; ++n) {
    lines[n].slope += lines[n - 1].slope;
    lines[n].intercept += lines[n - 1].intercept;
  }
  return lines;
}

/// z = ψ(distance)·scale(p), scale(p) = 1/ψ(max(L, p)). It grows with p and falls with j, so its least
/// and its greatest in a tile tell which knots lie between, mostly none. The line of the least serves
/// all; each knot between adds its change of the slope to what is behind it.
class ByShare {
 public:
  ByShare(Fire fire, int n_k)
      : psi_(n_k + 2 * kBlock), scale_(psi_.size()), lines_(lines_of(fire)) {
    const auto psi = [&](float x) { return std::log(fire.c * x + 1); };
    const float shortest = psi(fire.L);
    for (int n = 0; n < n_k + kBlock; ++n) {  // kBlock zeros before, as above
      psi_[kBlock + n] = psi(static_cast<float>(n));
      scale_[kBlock + n] = 1 / std::max(shortest, psi_[kBlock + n]);
    }
  }

  struct Here {
    const float* psi;         // of the distance 0
    vec<float> scale, slope;  // of z; of the line, times scale
    float intercept;
    const Line *knot, *end;  // those in the tile

    vec<float> at(int distance) const {
      const vec<float> x = unchecked_load(psi + distance);
      vec<float> b = x * slope + intercept;
      for (const Line* k = knot; k != end; ++k) b = max(x * scale - k->knot, 0) * k->change + b;
      return b;
    }
  };

  Here here(int p, int j, int keys) const {
    const float *psi = psi_.data() + kBlock, *scale = scale_.data() + kBlock + p;
    const float least = psi[p - j - keys + 1] * scale[0];
    const float greatest = psi[p + kLanes - 1 - j] * scale[kLanes - 1];
    const Line *line = lines_.data(), *knot = line + 1;
    while (knot->knot <= least) line = knot++;
    const Line* end = knot;
    while (end->knot < greatest) ++end;
    const vec<float> scales = unchecked_load(scale);
    return {psi, scales, scales * line->slope, line->intercept, knot, end};
  }

 private:
  std::vector<float> psi_, scale_;
  std::vector<Line> lines_;
};

/// sums[r][v] = sums[r][v]·scale[v] + Σ_n a[r·row + n·step]·B[n][v] for r < m, v < kVectors; scale may
/// be null, for 0. Both products of attention are this one.
///
/// All m × kVectors sums are under way at the same time, 24 with AVX-512: a multiply-add takes four
/// cycles, and two may begin in each. The pragmas make them registers; a loop that is left as it is would
/// keep them in memory. (The long loop is written out twice: half the counting.) Inlined, they would
/// compete for registers with what surrounds them.
template <int m>
[[gnu::noinline]] void multiply(const float* a, long row, long step, const vec<float>* B, int count,
                                const vec<float>* scale, vec<float>* sums) {
  vec<float> s[m][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < m; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v)
      s[r][v] = scale ? sums[r * kVectors + v] * scale[v] : vec<float>(0);
#pragma GCC unroll 2
  for (int n = 0; n < count; ++n, a += step, B += kVectors)
#pragma GCC unroll 8
    for (int r = 0; r < m; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) s[r][v] = a[r * row] * B[v] + s[r][v];
#pragma GCC unroll 8
  for (int r = 0; r < m; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[r * kVectors + v] = s[r][v];
}

/// The same for any number of rows.
void multiply_rows(int rows, const float* a, long row, long step, const vec<float>* B, int count,
                   const vec<float>* scale, vec<float>* sums) {
  int r = 0;
  for (; r + kTogether <= rows; r += kTogether)
    multiply<kTogether>(a + r * row, row, step, B, count, scale, sums + r * kVectors);
  for (; r < rows; ++r) multiply<1>(a + r * row, row, step, B, count, scale, sums + r * kVectors);
}

/// A block of queries, from its first key to its last. (What is not inlined is compiled once, and not once
/// for each bias.)
class Block {
 public:
  Block(Matrix Q, Matrix K, Matrix V)
      : Q_(Q), K_(K), V_(V), q_(Q.cols * kVectors), o_(V.cols * kVectors) {}

  /// Turns to the queries from `first` on.
  void begin(int first) {
    first_ = first;
    own_ = first + K_.rows - Q_.rows;
    load();
  }

  /// No query sees a key from here on.
  int end() const { return std::clamp(own_ + kBlock, 0, K_.rows); }

  /// Takes in a tile of keys, from j on.
  /// @param p  memory for kTile × kVectors scores
  template <class Bias>
  void add(int j, const Bias& bias, vec<float>* p) {
    const int keys = std::min(kTile, end() - j);
    if (keys <= 0) return;
    // p[n][v] = Σ_c K[j + n][c]·q_[c][v]                                        keys × kVectors
    multiply_rows(keys, K_[j].data, K_.cols, 1, q_.data(), Q_.cols, nullptr, p);
    vec<float> correction[kVectors];
    for (int v = 0; v < kVectors; ++v)
      correction[v] =
          exponentiate(v, own_ + v * kLanes - j, keys, bias.here(own_ + v * kLanes, j, keys), p);
    // o_[c][v] = o_[c][v]·correction[v] + Σ_n V[j + n][c]·p[n][v]                d_v × kVectors
    multiply_rows(V_.cols, V_[j].data, 1, V_.cols, p, keys, correction, o_.data());
  }

  /// Rows of O: the outputs, transposed and divided by their sums; 0 where no key was seen.
  [[gnu::noinline]] void finish(MutableMatrix O) {
    for (int v = 0; v < kVectors; ++v) {
      const vec<float> scale = select(sum_[v] == 0, vec<float>(0), 1 / sum_[v]);
      const int i = first_ + v * kLanes;
      for (int c = 0; c < V_.cols; c += kLanes) {
        vec<float> t[kLanes] = {};
        for (int r = 0; r < std::min(kLanes, V_.cols - c); ++r)
          t[r] = o_[(c + r) * kVectors + v] * scale;
        transpose(t);
        for (int r = std::max(0, -i); r < kLanes; ++r)
          partial_store(t[r], O[i + r].data + c, V_.cols - c);
      }
    }
  }

 private:
  /// q_[c][v], d × kVectors: the queries, transposed and scaled.
  [[gnu::noinline]] void load() {
    const float scale = kLog2e / std::sqrt(static_cast<float>(Q_.cols));
    for (int v = 0; v < kVectors; ++v) {
      max_[v] = -INFINITY;
      sum_[v] = 0;
      for (int c = 0; c < Q_.cols; c += kLanes) {
        vec<float> t[kLanes];
        for (int r = 0; r < kLanes; ++r) {
          const int i = first_ + v * kLanes + r;  // before the first query, 0
          t[r] = i < 0 ? vec<float>(0) : partial_load(Q_[i].data + c, Q_.cols - c) * scale;
        }
        transpose(t);
        for (int r = 0; r < std::min(kLanes, Q_.cols - c); ++r) q_[(c + r) * kVectors + v] = t[r];
      }
    }
    std::fill(o_.begin(), o_.end(), vec<float>(0));
  }

  /// Products become weights, p[n][v] = 2^(score − max); the sum takes them in.
  /// @param ahead  how far the first query of vector v is ahead of the first key
  /// @return       by what all that was summed before has to shrink
  template <class Bias>
  vec<float> exponentiate(int v, int ahead, int keys, const Bias& bias, vec<float>* p) {
    const auto score = [&](int n) {
      const int distance = ahead - n;  // of lane 0
      vec<float>& s = p[n * kVectors + v];
      s = s + bias.at(distance);
      if (distance < 0) s = select(iota<int>() < -distance, vec<float>(-INFINITY), s);
      return s;
    };
    vec<float> max = max_[v], other = max;  // two, so that one need not wait for the other
    for (int n = 0; n < keys; n += 2) {
      max = simd::max(max, score(n));
      if (n + 1 < keys) other = simd::max(other, score(n + 1));
    }
    max = simd::max(max, other);
    // A query that has seen no key: −∞ − (−∞) is no number, −∞ − 0 will do.
    const vec<float> shift = select(max == -INFINITY, vec<float>(0), max);
    const vec<float> correction = exp2(max_[v] - shift);
    vec<float> sum = sum_[v] * correction;
    for (int n = 0; n < keys; ++n) {
      vec<float>& s = p[n * kVectors + v];
      s = exp2(s - shift);
      sum += s;
    }
    max_[v] = max;
    sum_[v] = sum;
    return correction;
  }

  Matrix Q_, K_, V_;
  int first_ = 0, own_ = 0;        // the first query, and its own key; below 0 if there is none
  std::vector<vec<float>> q_, o_;  // d and d_v times kVectors
  vec<float> max_[kVectors], sum_[kVectors];
};

/// All blocks. The last one ends with the last query, so that it is the first one, with the fewest keys,
/// that is not full. What does not lie in a near cache is worth reading less often: for several blocks
/// at once.
template <class Bias>
void attend_all(Matrix Q, Matrix K, Matrix V, const Bias& bias, MutableMatrix O) {
  const long bytes = static_cast<long>(K.rows) * (K.cols + V.cols) * 4;
  const int count = (Q.rows + kBlock - 1) / kBlock,
            share = std::min(bytes > kNear ? kShare : 1, count);
  std::vector<Block> blocks(share, Block(Q, K, V));
  std::vector<vec<float>> p(kTile * kVectors);
  for (int left = count; left > 0; left -= share) {
    const int together = std::min(share, left), first = Q.rows - left * kBlock;
    for (int b = 0; b < together; ++b) blocks[b].begin(first + b * kBlock);
    for (int j = 0; j < blocks[together - 1].end(); j += kTile)
      for (int b = 0; b < together; ++b) blocks[b].add(j, bias, p.data());
    for (int b = 0; b < together; ++b) blocks[b].finish(O);
  }
}

}  // namespace

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::vector<float> by_distance(K.rows);
  for (int n = 0; n < K.rows; ++n) by_distance[n] = -slope * static_cast<float>(n);
  attend_all(Q, K, V, ByDistance({by_distance.data(), K.rows}), O);
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  attend_all(Q, K, V, ByDistance(by_distance), O);
}

void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  attend_all(Q, K, V, ByShare(fire, K.rows), O);
}
