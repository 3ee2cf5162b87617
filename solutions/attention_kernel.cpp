/// @file
/// Lesson 16, our solution: one kernel for three kinds of bias, in five steps.
///
/// 1. *2^x*, the exponential of lesson 03 with its factor moved elsewhere.
/// 2. *The product* that attention consists of, twice. All of its sums are in registers.
/// 3. *A block* of queries, from its first key to its last, one tile of keys after the other.
/// 4. *Biases*: each is a type, and a kernel is compiled for each, which costs nothing when it runs.
/// 5. *All blocks*, and the three functions.
///
/// One lane is one query. Scores, maxima and sums of a query then stay in their lane from the first
/// key to the last, no number ever crosses lanes, and K and V are read as they lie in memory: one
/// number at a time, copied to all lanes.
#include "attention_kernel.hpp"

#include "simd.hpp"

using namespace simd;

namespace {

constexpr int kLanes = vec<float>::size();
constexpr int kVectors = kLanes == 16 ? 3 : 2;   // of queries, worked on together
constexpr int kBlock = kVectors * kLanes;        // queries in a block
constexpr int kTogether = kLanes == 16 ? 8 : 4;  // keys, or columns of V, worked on together
constexpr int kTile = 64;                        // keys whose scores are held at a time
constexpr int kShare = 4;                        // blocks that take turns with each tile,
constexpr long kNear = 512 << 10;                // once K and V have more bytes than a near cache
constexpr float kLog2e = 0x1.715476p0f;

// ---- 1. The exponential -------------------------------------------------------------------------

/// 2^x for x ≤ 0, error at most 2.1 ulp; results below 2⁻¹²⁶ are too small, for −∞ 0. (e^x is
/// 2^(x/ln 2), and 1/ln 2 is a part of the scale of the scores.) The polynomial is a minimax one of
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

// ---- 2. The product -----------------------------------------------------------------------------

/// sums[r][v] = sums[r][v]·scale[v] + Σ_n a[r·row + n·step]·B[n][v] for r < m, v < kVectors; scale may
/// be null, for 0. Both products of attention are this one.
///
/// All m × kVectors sums are under way at the same time, 24 with AVX-512: a multiply-add takes four
/// cycles, and two may begin in each. The pragmas make registers of s; a loop that is left as it is would
/// keep it in memory. (The long loop is written out twice: half the counting.) Inlined, it would compete
/// for registers with what surrounds it.
template <int m>
[[gnu::noinline]] void multiply(const float* a, long row, long step, const vec<float>* B, int count,
                                const vec<float>* scale, vec<float>* sums) {
  vec<float> s[m * kVectors];
#pragma GCC unroll 32
  for (int e = 0; e < m * kVectors; ++e)
    s[e] = scale ? sums[e] * scale[e % kVectors] : vec<float>(0);
#pragma GCC unroll 2
  for (int n = 0; n < count; ++n, a += step, B += kVectors)
#pragma GCC unroll 32
    for (int e = 0; e < m * kVectors; ++e) s[e] = a[e / kVectors * row] * B[e % kVectors] + s[e];
#pragma GCC unroll 32
  for (int e = 0; e < m * kVectors; ++e) sums[e] = s[e];
}

/// The same for any number of rows.
void multiply_rows(int rows, const float* a, long row, long step, const vec<float>* B, int count,
                   const vec<float>* scale, vec<float>* sums) {
  int r = 0;
  for (; r + kTogether <= rows; r += kTogether)
    multiply<kTogether>(a + r * row, row, step, B, count, scale, sums + r * kVectors);
  for (; r < rows; ++r) multiply<1>(a + r * row, row, step, B, count, scale, sums + r * kVectors);
}

// ---- 3. A block of queries ----------------------------------------------------------------------

class Block {
 public:
  /// Turns to the queries from `first` on: q_[c][v] are their elements c, scaled.      d × kVectors
  [[gnu::noinline]] void begin(Matrix Q, Matrix K, Matrix V, int first) {
    K_ = K;
    V_ = V;
    own_ = first + K.rows - Q.rows;
    if (q_.empty()) q_ = std::vector<vec<float>>(Q.cols * kVectors);
    o_ = std::vector<vec<float>>(V.cols * kVectors);
    const float scale = kLog2e / std::sqrt(static_cast<float>(Q.cols));
    for (int v = 0; v < kVectors; ++v) {
      max_[v] = -INFINITY;
      sum_[v] = 0;
      for (int c = 0; c < Q.cols; c += kLanes) {
        vec<float> t[kLanes];
        for (int r = 0; r < kLanes; ++r) {
          const int i = first + v * kLanes + r;  // before the first query, 0
          t[r] = i < 0 ? vec<float>(0) : partial_load(Q[i].data + c, Q.cols - c) * scale;
        }
        transpose(t);
        for (int r = 0; r < std::min(kLanes, Q.cols - c); ++r) q_[(c + r) * kVectors + v] = t[r];
      }
    }
  }

  /// No query sees a key from here on.
  int end() const { return std::clamp(own_ + kBlock, 0, K_.rows); }

  /// Takes in a tile of keys, from j on.
  template <class Bias>
  void add(int j, Bias& bias) {
    const int keys = std::min(kTile, end() - j);
    if (keys <= 0) return;
    vec<float> p[kTile * kVectors], correction[kVectors];
    // p[n][v] = Σ_c K[j + n][c]·q_[c][v]                                        keys × kVectors
    multiply_rows(keys, K_[j].data, K_.cols, 1, q_.data(), K_.cols, nullptr, p);
    for (int v = 0; v < kVectors; ++v) {
      const int first = own_ + v * kLanes;  // position of the first query of the vector
      correction[v] = exponentiate(v, first - j, keys, bias.here(first, j, keys), p);
    }
    // o_[c][v] = o_[c][v]·correction[v] + Σ_n V[j + n][c]·p[n][v]                d_v × kVectors
    multiply_rows(V_.cols, V_[j].data, 1, V_.cols, p, keys, correction, o_.data());
  }

  /// Rows of O: the outputs, transposed and divided by their sums; 0 where no key was seen.
  [[gnu::noinline]] void finish(MutableMatrix O) {
    for (int v = 0; v < kVectors; ++v) {
      const vec<float> scale = select(sum_[v] == 0, vec<float>(0), 1 / sum_[v]);
      const int i = own_ + O.rows - K_.rows + v * kLanes;  // the first query of the vector
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
  /// Products become weights, p[n][v] = 2^(score − max); the sum takes them in.
  /// @param ahead  how far the first query of vector v is ahead of the first key
  /// @return       by what all that was summed before has to shrink
  template <class Here>
  vec<float> exponentiate(int v, int ahead, int keys, const Here& bias, vec<float>* p) {
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

  Matrix K_{}, V_{};
  int own_ = 0;                    // the first query's own key; below 0 if there is none
  std::vector<vec<float>> q_, o_;  // d and d_v times kVectors
  vec<float> max_[kVectors], sum_[kVectors];
};

// ---- 4. Biases ----------------------------------------------------------------------------------

// here(p, j, keys) knows the biases of kLanes queries from position p on and of keys from j on, and
// at(distance) of that has those of one key, times log₂e: of the distances `distance`, + 1, …

/// f(0) … f(n − 1), with kBlock zeros before and behind: queries that see no key, or are none.
template <class F>
std::vector<float> padded(int n, F f) {
  std::vector<float> numbers(n + 2 * kBlock);
  for (int x = 0; x < n; ++x) numbers[kBlock + x] = f(x);
  return numbers;
}

/// Neighbouring queries have neighbouring distances, so that is one load from a table.
struct ByDistance {
  std::vector<float> table;

  const ByDistance& here(int /*p*/, int /*j*/, int /*keys*/) const { return *this; }
  vec<float> at(int distance) const { return unchecked_load(table.data() + kBlock + distance); }
};

/// FIRE: z = ψ(distance)·scale(p), scale(p) = 1/ψ(max(L, p)). It grows with p and falls with j, so the
/// corners of a tile have its least and its greatest z. Units that are on at both are a line together,
/// and those that are off are nothing; what remains, mostly none, have their knots in the tile.
class ByShare {
 public:
  ByShare(Fire fire, int n_k) : units_(fire.w1.size), near_(fire.w1.size) {
    const auto psi = [&](float x) { return std::log(fire.c * x + 1); };
    psi_ = padded(n_k + kBlock, psi);
    scale_ = padded(n_k + kBlock, [&](float p) { return 1 / psi(std::max(fire.L, p)); });
    for (int k = 0; k < fire.w1.size; ++k)
      units_[k] = {fire.w1[k], fire.b1[k], fire.w2[k] * kLog2e};
    const Network all{0, fire.b2 * kLog2e, units_.data(), fire.w1.size};
    everywhere_ = narrow(all, 0, 1, units_.data());
  }

  const ByShare& here(int p, int j, int keys) {
    const float *psi = psi_.data() + kBlock, *scale = scale_.data() + kBlock + p;
    here_ = narrow(everywhere_, psi[p - j - keys + 1] * scale[0],
                   psi[p + kLanes - 1 - j] * scale[kLanes - 1], near_.data());
    scales_ = unchecked_load(scale);
    return *this;
  }

  vec<float> at(int distance) const {
    const vec<float> z = unchecked_load(psi_.data() + kBlock + distance) * scales_;
    vec<float> b = z * here_.slope + here_.intercept;
    for (const Unit* u = here_.units; u != here_.units + here_.count; ++u)
      b = max(z * u->in + u->off, 0) * u->out + b;
    return b;
  }

 private:
  struct Unit {
    float in, off, out;
  };
  struct Network {  // a line and some units, times log₂e
    float slope, intercept;
    const Unit* units;
    int count;
  };

  /// The same network for z from `least` to `greatest`.
  [[gnu::noinline]] static Network narrow(const Network& wide, float least, float greatest,
                                          Unit* units) {
    Network narrow{wide.slope, wide.intercept, units, 0};
    for (int k = 0; k < wide.count; ++k) {
      const Unit unit = wide.units[k];
      const float first = unit.in * least + unit.off, last = unit.in * greatest + unit.off;
      if (first > 0 && last > 0) {
        narrow.slope += unit.out * unit.in;
        narrow.intercept += unit.out * unit.off;
      } else if (first > 0 || last > 0) {
        units[narrow.count++] = unit;
      }
    }
    return narrow;
  }

  std::vector<float> psi_, scale_;
  std::vector<Unit> units_, near_;
  Network everywhere_, here_;  // for z from 0 to 1, and in the tile
  vec<float> scales_;
};

// ---- 5. All blocks ------------------------------------------------------------------------------

/// The last block ends with the last query, so that it is the first one, with the fewest keys, that is
/// not full. What does not lie in a near cache is worth reading less often: for several blocks at once.
template <class Bias>
void attend_all(Matrix Q, Matrix K, Matrix V, Bias&& bias, MutableMatrix O) {
  const long bytes = static_cast<long>(K.rows) * (K.cols + V.cols) * 4;
  const int share = (bytes > kNear ? kShare : 1) * kBlock, count = (Q.rows + kBlock - 1) / kBlock;
  Block blocks[kShare];
  for (int begin = Q.rows - count * kBlock; begin < Q.rows; begin += share) {
    int together = 0;
    for (int first = begin; first < std::min(begin + share, Q.rows); first += kBlock)
      blocks[together++].begin(Q, K, V, first);
    for (int j = 0; j < blocks[together - 1].end(); j += kTile)
      for (int b = 0; b < together; ++b) blocks[b].add(j, bias);
    for (int b = 0; b < together; ++b) blocks[b].finish(O);
  }
}

}  // namespace

void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  const auto bias = [&](float distance) { return -slope * distance * kLog2e; };
  attend_all(Q, K, V, ByDistance{padded(K.rows, bias)}, O);
}

void biased_attention_simd(Matrix Q, Matrix K, Matrix V, Row by_distance, MutableMatrix O) {
  const auto bias = [&](int distance) { return by_distance[distance] * kLog2e; };
  attend_all(Q, K, V, ByDistance{padded(K.rows, bias)}, O);
}

void fire_attention_simd(Matrix Q, Matrix K, Matrix V, Fire fire, MutableMatrix O) {
  attend_all(Q, K, V, ByShare(fire, K.rows), O);
}
