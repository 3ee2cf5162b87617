#include "benchmarks/support/numbers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace qkoan::bench {

namespace {

constexpr int kFarthest = 1 << 16;  // where positions begin at most

/// In the order in which they were made.
std::vector<Numbers*>& living() {
  static std::vector<Numbers*> all;
  return all;
}

double deviation(float got, float expected, float largest) {
  if (got == expected || (std::isnan(got) && std::isnan(expected))) return 0;
  if (!std::isfinite(got) || !std::isfinite(expected))
    return std::numeric_limits<double>::infinity();
  return std::abs(static_cast<double>(got) - expected) / largest;
}

/// The largest magnitude of a row; infinities do not count.
float largest_of(const float* row, int n) {
  float largest = std::numeric_limits<float>::min();
  for (int j = 0; j < n; ++j) {
    if (std::isfinite(row[j])) largest = std::max(largest, std::abs(row[j]));
  }
  return largest;
}

double deviation_of_row(const float* got, const float* expected, int n) {
  const float largest = largest_of(expected, n);
  double worst = 0;
  for (int j = 0; j < n; ++j) worst = std::max(worst, deviation(got[j], expected[j], largest));
  return worst;
}

}  // namespace

Surprise::Surprise() {
  std::random_device device;
  state_ = std::uint64_t{device()} << 32 | device();
}

std::uint64_t Surprise::bits() {  // SplitMix64, by Steele, Lea and Flood
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

float Surprise::normal() {
  constexpr float kUnit = 0x1p-16f, kDeviation = 1.7320508f;  // four have a variance of 1/3
  const std::uint64_t four = bits();
  const auto sum = (four & 0xffff) + (four >> 16 & 0xffff) + (four >> 32 & 0xffff) + (four >> 48);
  return (kUnit * static_cast<float>(sum) - 2) * kDeviation;
}

float Surprise::between(float least, float most) {
  return least + (most - least) * 0x1p-24f * static_cast<float>(bits() >> 40);
}

Numbers::Numbers() : random_(1) { living().push_back(this); }
Numbers::~Numbers() { std::erase(living(), this); }

Matrix Numbers::matrix(int rows, int cols) {
  std::normal_distribution<float> normal;
  const MutableMatrix m = output(rows, cols);
  for (long e = 0; e < static_cast<long>(rows) * cols; ++e) m.data[e] = normal(random_);
  return m;
}

MutableMatrix Numbers::output(int rows, int cols) {
  const std::size_t count = static_cast<std::size_t>(rows) * cols, line = std::size(Line{}.numbers);
  blocks_.push_back({std::make_unique<Line[]>((count + line - 1) / line), rows, cols, false});
  return {blocks_.back().begin(), rows, cols};
}

MutableMatrix Numbers::weights(int rows, int cols) {
  const MutableMatrix m = output(rows, cols);
  std::fill_n(m.data, static_cast<long>(rows) * cols, 1.0f / static_cast<float>(cols));
  blocks_.back().weights = true;
  return m;
}

Integers Numbers::positions(int n) {
  std::vector<int>& places = positions_.emplace_back(n);
  std::iota(places.begin(), places.end(), 0);
  return {places.data(), n};
}

const float* Numbers::parameter(float usual, float least, float most) {
  parameters_.push_back(std::make_unique<Parameter>(Parameter{usual, least, most}));
  return &parameters_.back()->value;
}

const int* Numbers::even(int usual, int least, int most) {
  wholes_.push_back(std::make_unique<Whole>(Whole{usual, least, most}));
  return &wholes_.back()->value;
}

void Numbers::stir(Surprise& surprise) {
  for (const Block& block : blocks_) {
    std::generate_n(block.begin(), block.size(), [&] { return surprise.normal(); });
    for (int i = 0; block.weights && i < block.rows; ++i) {
      float* const row = block.begin() + static_cast<std::size_t>(i) * block.cols;
      std::transform(row, row + block.cols, row, [](float x) { return std::abs(x); });
      const float sum = std::accumulate(row, row + block.cols, 0.0f);
      std::transform(row, row + block.cols, row, [&](float x) { return x / sum; });
    }
  }
  for (const auto& one : parameters_) one->value = surprise.between(one->least, one->most);
  for (const auto& one : wholes_) {
    const auto steps = static_cast<std::uint64_t>((one->most - one->least) / 2 + 1);
    one->value = one->least + 2 * static_cast<int>(surprise.bits() % steps);
  }
  for (std::vector<int>& places : positions_)
    std::iota(places.begin(), places.end(), static_cast<int>(surprise.bits() % kFarthest));
}

void Numbers::stir_all(Surprise& surprise) {
  for (Numbers* const one : living()) one->stir(surprise);
}

void Numbers::save_all(Contents& contents) {
  std::size_t n = 0;
  for (const Numbers* const one : living()) {
    for (const Block& block : one->blocks_) {
      if (contents.size() == n) contents.emplace_back();
      contents[n++].assign(block.begin(), block.begin() + block.size());
    }
  }
}

void Numbers::restore_all(const Contents& contents) {
  std::size_t n = 0;
  for (const Numbers* const one : living()) {
    for (const Block& block : one->blocks_) {
      std::copy(contents.at(n).begin(), contents.at(n).end(), block.begin());
      ++n;
    }
  }
}

double Numbers::deviation_of_all(const Contents& expected) {
  double worst = 0;
  std::size_t n = 0;
  for (const Numbers* const one : living()) {
    for (const Block& block : one->blocks_) {
      for (int i = 0; i < block.rows; ++i) {
        const std::size_t first = static_cast<std::size_t>(i) * block.cols;
        worst = std::max(worst, deviation_of_row(block.begin() + first,
                                                 expected.at(n).data() + first, block.cols));
      }
      ++n;
    }
  }
  return worst;
}

}  // namespace qkoan::bench
