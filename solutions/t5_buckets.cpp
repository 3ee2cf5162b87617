/// @file
/// Lesson 05, our solution. Two ideas:
///
/// 1. *A logarithm with a safety margin.* Where x is whole, a computed x may be a little less. Where it
///    is not, it is at least 5·10⁻⁹ below the next whole number, as the contract says, and errors
///    of double are below 10⁻¹¹: so 10⁻⁹ may be added before rounding down, and decides rightly.
/// 2. *Runs.* A bias depends on the offset only, so the matrix is made of windows of one line (lesson
///    04); and in that line each bucket is a run of equal numbers. Where runs begin is computed once,
///    and neither a logarithm nor a table is looked at for any element.
#include "t5_buckets.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "simd.hpp"

using namespace simd;

namespace {

constexpr float kHidden = -INFINITY;
constexpr int kLanes = vec<float>::size();
constexpr double kMargin = 1e-9;

/// The bucket of a distance ≥ 0 in one direction of 2h buckets.
int bucket_of(int distance, int h, int max_distance) {
  if (distance < h) return distance;
  const double far = std::log(static_cast<double>(max_distance) / h);
  const double x = h * std::log(static_cast<double>(distance) / h) / far;
  return std::min(h + static_cast<int>(x + kMargin), 2 * h - 1);
}

}  // namespace

int t5_bucket(int offset, int buckets, int max_distance, bool bidirectional) {
  if (!bidirectional) return bucket_of(std::max(offset, 0), buckets / 2, max_distance);
  const int future = offset < 0 ? buckets / 2 : 0;
  return future + bucket_of(std::abs(offset), buckets / 4, max_distance);
}

int book_bucket(int offset, int n_b, int max_distance) {
  if (n_b % 2 == 0)
    return -1;  // h = (n_b + 1)/2 must be whole: distances below h have a bucket each
  return t5_bucket(offset, n_b + 1, max_distance, false);
}

/// x is k at the distance h·(D/h)^(k/h), and the bucket begins at the first whole number from there
/// on. A distance below it has an x at least 5·10⁻⁹ below k, hence is at least
/// n·5·10⁻⁹·ln(D/h)/h > 6·10⁻¹¹ away (n ≥ h, and D ≥ h + 2 if there is such a distance), while a
/// power errs by less than 10⁻¹²: again a margin decides, and no walk over the distances is needed.
void t5_first_distances(int max_distance, MutableIntegers first) {
  const int h = first.size / 2;
  const double factor = static_cast<double>(max_distance) / h;
  for (int b = 0; b < h; ++b) first[b] = b;
  for (int k = 0; k < h; ++k)
    first[h + k] = static_cast<int>(std::ceil(h * std::pow(factor, 1. * k / h) - 1e-11));
}

void t5_bias(Row table, int max_distance, bool bidirectional, MutableMatrix B) {
  // The bias of each offset d, once: by_offset[d + n_q − 1] for −(n_q−1) ≤ d ≤ n_k − 1.
  std::vector<float> by_offset(B.rows + B.cols - 1, kHidden);
  for (int d = bidirectional ? 1 - B.rows : 0; d < B.cols; ++d)
    by_offset[d + B.rows - 1] = table[t5_bucket(d, table.size, max_distance, bidirectional)];
  for (int i = 0; i < B.rows; ++i)
    for (int j = 0; j < B.cols; ++j) B[i][j] = by_offset[i + B.cols - 1 - j];
}

void t5_scores(Matrix Q, Matrix K, Row table, int max_distance, bool bidirectional, bool scaled,
               MutableMatrix S) {
  const float divisor = scaled ? std::sqrt(static_cast<float>(Q.cols)) : 1;
  t5_bias(table, max_distance, bidirectional, S);
  for (int i = 0; i < S.rows; ++i) {
    for (int j = 0; j < S.cols; ++j) {
      float sum = S[i][j];  // −∞ stays what it is
      for (int c = 0; c < Q.cols; ++c) sum += Q[i][c] * K[j][c];
      S[i][j] = sum / divisor;
    }
  }
}

namespace {

/// line[begin .. end) = value, as far as the line goes. Whole vectors, which may run over the end of
/// the run: the line is padded, and the next run overwrites it.
inline void fill_run(float* line, int begin, int end, float value) {
  for (int c = begin; c < end; c += kLanes) unchecked_store(vec<float>(value), line + c);
}

/// The biases of the offsets n_k − 1, …, 0, …, −(n_q − 1).       n_q + n_k − 1, and padding
std::vector<float> line_of(Row table, int max_distance, bool bidirectional, int n_q, int n_k) {
  const int buckets = bidirectional ? table.size / 2 : table.size;  // of one direction
  std::vector<int> first(buckets + 1);
  t5_first_distances(max_distance, {first.data(), buckets});
  first[buckets] = std::max(n_q, n_k);  // the last bucket has no end

  // Offset d stands at n_k − 1 − d. The past is written from the far end to the near one, then the
  // future from the near end to the far one.
  std::vector<float> line(n_q + n_k + kLanes);
  for (int b = buckets - 1; b >= 0; --b)
    fill_run(line.data(), std::max(n_k - first[b + 1], 0), n_k - first[b], table[b]);
  if (!bidirectional) {
    fill_run(line.data(), n_k, n_k + n_q - 1, kHidden);
    return line;
  }
  for (int b = 1; b < buckets; ++b)  // bucket 0 is distance 0, which is no future
    fill_run(line.data(), n_k - 1 + first[b], n_k - 1 + std::min(first[b + 1], n_q),
             table[buckets + b]);
  return line;
}

/// Copies n numbers, n ≥ kLanes. The last vector ends where the row ends: it writes some numbers for
/// the second time, and there is no tail.
inline void copy_row(const float* from, float* to, int n) {
  int c = 0;
  for (; c + 2 * kLanes < n; c += 2 * kLanes) {
    const vec<float> first = unchecked_load(from + c), second = unchecked_load(from + c + kLanes);
    unchecked_store(first, to + c);
    unchecked_store(second, to + c + kLanes);
  }
  if (c + kLanes < n) unchecked_store(unchecked_load(from + c), to + c);
  unchecked_store(unchecked_load(from + n - kLanes), to + n - kLanes);
}

}  // namespace

void t5_bias_simd(Row table, int max_distance, bool bidirectional, MutableMatrix B) {
  const std::vector<float> line = line_of(table, max_distance, bidirectional, B.rows, B.cols);
  for (int i = 0; i < B.rows; ++i) {
    const float* const window = line.data() + (B.rows - 1 - i);
    if (B.cols < kLanes) {
      partial_store(partial_load(window, B.cols), B[i].data, B.cols);
    } else {
      copy_row(window, B[i].data, B.cols);
    }
  }
}
