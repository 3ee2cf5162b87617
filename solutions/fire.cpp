/// @file
/// Lesson 09, our solution. A network costs h multiplications for every pair of query and key; the
/// SIMD version pays for it once. Three steps, all exact on paper:
///
/// 1. *ψ of every distance once.* ψ(|p − j|) does not depend on the query, so one line of logarithms,
///    mirrored around distance 0, serves all rows: row i is the same line, shifted.
/// 2. *f in pieces.* A sum of max(0, w·z + b) is a straight line between any two of its knots. Its
///    slope and intercept are those of the units that are on, so they are summed once per piece.
/// 3. *Runs.* Along a row, z rises or falls, so the keys of one piece lie side by side: most vectors
///    need one line, one multiplication and one addition. Pieces are followed, not searched.
#include "fire.hpp"

#include <algorithm>
#include <cstdlib>

#include "simd.hpp"

using namespace simd;

float log_distance(float c, float x) { return std::log(c * x + 1); }

float normalised_distance(float c, float L, int p, int j) {
  const float rod = std::max(L, static_cast<float>(p));
  return log_distance(c, static_cast<float>(std::abs(p - j))) / log_distance(c, rod);
}

float network(Fire fire, float z) {
  float sum = fire.b2;
  for (int k = 0; k < fire.w1.size; ++k) {
    sum += fire.w2[k] * std::max(fire.w1[k] * z + fire.b1[k], 0.0f);
  }
  return sum;
}

void fire_bias(Fire fire, bool bidirectional, MutableMatrix B) {
  for (int i = 0; i < B.rows; ++i) {
    const int p = i + B.cols - B.rows;
    for (int j = 0; j < B.cols; ++j) {
      const bool seen = bidirectional || j <= p;
      B[i][j] = seen ? network(fire, normalised_distance(fire.c, fire.L, p, j)) : -INFINITY;
    }
  }
}

namespace {

/// Puts x where it belongs among `count` ascending elements. There are few units, so sorting by
/// insertion is quick, and quicker to compile than std::sort.
template <class T>
void insert(T* ascending, int count, const T& x) {
  for (; count > 0 && x < ascending[count - 1]; --count) ascending[count] = ascending[count - 1];
  ascending[count] = x;
}

}  // namespace

int knots(Row w1, Row b1, MutableRow t) {
  int count = 0;
  for (int k = 0; k < w1.size; ++k) {
    const bool opposite = w1[k] < 0 ? b1[k] > 0 : b1[k] < 0;
    if (opposite && std::fabs(b1[k]) < std::fabs(w1[k])) insert(t.data, count++, -b1[k] / w1[k]);
  }
  return count;
}

namespace {

constexpr int kLanes = vec<float>::size();

/// f(z) = slope·z + intercept from z = begin to where the next piece begins.
struct Piece {
  float begin, slope, intercept;
  friend bool operator<(const Piece& a, const Piece& b) { return a.begin < b.begin; }
};

/// f on z ≥ 0, in at most h + 1 pieces. First each piece holds what changes where it begins: a unit
/// turns on, or it turns off and takes its part away. Then these are added up. Behind the last one are
/// pieces that begin at infinity, where no z is.
std::vector<Piece> pieces_of(Fire fire) {
  std::vector<Piece> pieces(fire.w1.size + 2, Piece{INFINITY, 0, 0});
  pieces[0] = {0, 0, fire.b2};
  int count = 1;
  for (int k = 0; k < fire.w1.size; ++k) {
    const float w = fire.w1[k], b = fire.b1[k];
    const float knot = -b / w, slope = fire.w2[k] * w, intercept = fire.w2[k] * b;
    if (b > 0 || (b == 0 && w > 0)) {  // on from z = 0
      pieces[0].slope += slope;
      pieces[0].intercept += intercept;
      if (w < 0) insert(pieces.data(), count++, Piece{knot, -slope, -intercept});
    } else if (w > 0) {
      insert(pieces.data(), count++, Piece{knot, slope, intercept});
    }
  }
  for (int n = 1; n < count; ++n) {
    pieces[n].slope += pieces[n - 1].slope;
    pieces[n].intercept += pieces[n - 1].intercept;
  }
  return pieces;
}

/// y[j] = f(scale·x[j]) for begin ≤ j < end, and for some j more, but none behind the row. The x rise,
/// or they fall.
void apply(const std::vector<Piece>& pieces, float scale, const float* x, int begin, int end,
           MutableRow y) {
  const auto line = [](const Piece& piece, vec<float> z) {
    return piece.slope * z + piece.intercept;
  };
  const Piece* piece = pieces.data();
  for (int j = begin; j < end; j += kLanes) {
    const float left = scale * x[j], right = scale * x[std::min(j + kLanes, end) - 1];
    const float low = std::min(left, right), high = std::max(left, right);
    while (low < piece[0].begin) --piece;
    while (piece[1].begin <= low) ++piece;
    const vec<float> z = scale * unchecked_load(x + j);
    vec<float> result = line(*piece, z);
    for (const Piece* next = piece + 1; next->begin <= high; ++next)
      result = select(next->begin <= z, line(*next, z), result);
    partial_store(result, y.data + j, y.size - j);
  }
}

/// Hides the keys from number j on.
void hide(MutableRow y, int j) {
  for (; j < y.size; j += kLanes) partial_store(vec<float>(-INFINITY), y.data + j, y.size - j);
}

}  // namespace

void fire_bias_simd(Fire fire, bool bidirectional, MutableMatrix B) {
  const int n_q = B.rows, n_k = B.cols;
  const int reach = std::max(n_q, n_k);  // no key is farther from a query
  std::vector<float> mirrored(2 * reach + 1 + kLanes);
  float* psi = mirrored.data() + reach;  // psi[−reach … reach], ψ of the distance
  for (int distance = 0; distance <= reach; ++distance)
    psi[distance] = psi[-distance] = log_distance(fire.c, static_cast<float>(distance));

  const std::vector<Piece> pieces = pieces_of(fire);
  const float rod = log_distance(fire.c, fire.L);
  for (int i = 0; i < n_q; ++i) {
    const int p = i + n_k - n_q;
    const float scale = 1 / (static_cast<float>(p) > fire.L ? psi[p] : rod);
    const float* x = psi - p;  // x[j] = ψ(|p − j|)
    const int future = std::clamp(p + 1, 0, n_k);
    apply(pieces, scale, x, 0, future, B[i]);
    if (bidirectional) {
      apply(pieces, scale, x, future, n_k, B[i]);
    } else {
      hide(B[i], future);
    }
  }
}
