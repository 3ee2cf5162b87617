#include "tests/support/case.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "reference/core/ulp.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/judgement.hpp"
#include "tests/support/reporter.hpp"

namespace qkoan {
namespace {

constexpr std::uint32_t kUnwritten = 0x7fc0da7a;  // a NaN that no arithmetic produces
constexpr int kShownInput = 16;                   // elements: more is not shown
constexpr int kDigits = 20;

/// The generator takes 32 bits.
std::uint32_t fold(std::uint64_t seed) { return static_cast<std::uint32_t>(seed ^ seed >> 32); }

/// One sentence that stands alone: what is wrong with the worst element.
std::string sentence(const OutputShown& o, bool untouched) {
  if (untouched) {
    return o.element + " was not written, or only added to";
  }
  return o.element + " is " + o.got + ", expected " + o.expected_float;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> visible(const Recipe& recipe) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& [name, value] : recipe.parameters) {
    if (!name.starts_with('_')) parameters.emplace_back(name, std::to_string(value));
  }
  return parameters;
}

float Case::unwritten() { return std::bit_cast<float>(kUnwritten); }

Case::Case(Recipe recipe, Purpose purpose, float prefill)
    : recipe_(std::move(recipe)),
      random_(fold(recipe_.seed)),
      purpose_(purpose),
      prefill_(prefill),
      flush_left_(integer(0, 1) == 0),
      shown_(visible(recipe_)) {
  reporter().case_begins(shown_);
}

int Case::operator[](const char* parameter) const {
  for (const auto& [name, value] : recipe_.parameters) {
    if (name == parameter) return value;
  }
  throw std::logic_error(std::string("the case has no parameter ") + parameter);
}

int Case::integer(int low, int high) {
  return boost::random::uniform_int_distribution<int>(low, high)(random_);
}

float Case::normal(Random& random) { return boost::random::normal_distribution<float>()(random); }

float Case::number() {
  switch (recipe_.values) {
    case Values::kWhole:
      return static_cast<float>(integer(-4, 4));
    case Values::kEighths:
      return static_cast<float>(integer(-32, 32)) / 8;
    case Values::kNormal:
      return normal(random_);
    case Values::kWide:
      return std::ldexp(normal(random_), integer(-30, 30));
  }
  throw std::logic_error("no such kind of values");
}

void Case::argument(const char* name, int number) { add_argument(name, std::to_string(number)); }

void Case::argument(const char* name, float number) { add_argument(name, shortest(number)); }

void Case::add_argument(const char* name, const std::string& value) {
  std::erase_if(shown_, [&](const auto& parameter) { return parameter.first == name; });
  shown_.emplace_back(name, value);
  reporter().case_begins(shown_);
}

void* Case::add_input(const char* name, int rows, int cols, const void* bits, bool whole_numbers) {
  const auto count = static_cast<std::size_t>(rows) * cols;
  Input input{std::make_unique<GuardedMemory>(name, count, flush_left_), rows, cols,
              std::vector<std::uint32_t>(count), whole_numbers};
  if (count > 0) {
    std::memcpy(input.memory->data(), bits, 4 * count);
    std::memcpy(input.copy.data(), bits, 4 * count);
  }
  inputs_.push_back(std::move(input));
  return inputs_.back().memory->data();
}

Matrix Case::matrix(const char* name, int rows, int cols, const Draw& draw) {
  std::vector<float> values(static_cast<std::size_t>(rows) * cols);
  for (float& v : values) v = draw ? draw(random_) : number();
  const void* data = add_input(name, rows, cols, values.data(), false);
  return {static_cast<const float*>(data), rows, cols};
}

Matrix Case::matrix(const char* name, const std::vector<std::vector<float>>& values) {
  std::vector<float> flat;
  for (const auto& line : values) flat.insert(flat.end(), line.begin(), line.end());
  const int rows = static_cast<int>(values.size()), cols = static_cast<int>(values[0].size());
  return {static_cast<const float*>(add_input(name, rows, cols, flat.data(), false)), rows, cols};
}

Row Case::row(const char* name, int size, const Draw& draw) {
  return {matrix(name, 1, size, draw).data, size};
}

Row Case::row(const char* name, const std::vector<float>& values) {
  const int size = static_cast<int>(values.size());
  return {static_cast<const float*>(add_input(name, 1, size, values.data(), false)), size};
}

Integers Case::integers(const char* name, const std::vector<int>& values) {
  const int size = static_cast<int>(values.size());
  return {static_cast<const int*>(add_input(name, 1, size, values.data(), true)), size};
}

float* Case::add_output(const char* name, int count) {
  outputs_.push_back(std::make_unique<GuardedMemory>(name, count, flush_left_));
  auto* data = static_cast<float*>(outputs_.back()->data());
  for (int i = 0; i < count; ++i) data[i] = prefill_;
  return data;
}

MutableRow Case::output_row(const char* name, int size) { return {add_output(name, size), size}; }

MutableIntegers Case::output_integers(const char* name, int size) {
  return {reinterpret_cast<int*>(add_output(name, size)), size};
}

MutableMatrix Case::output_matrix(const char* name, int rows, int cols) {
  return {add_output(name, rows * cols), rows, cols};
}

MutableRow Case::inout_row(const char* name, Row initial) {
  row((std::string(name) + " before").c_str(), std::vector<float>(initial.begin(), initial.end()));
  const MutableRow row = output_row(name, initial.size);
  std::memcpy(row.data, initial.data, sizeof(float) * initial.size);
  return row;
}

MutableMatrix Case::inout_matrix(const char* name, Matrix initial) {
  add_input((std::string(name) + " before").c_str(), initial.rows, initial.cols, initial.data,
            false);
  const MutableMatrix matrix = output_matrix(name, initial.rows, initial.cols);
  std::memcpy(matrix.data, initial.data, sizeof(float) * initial.rows * initial.cols);
  return matrix;
}

void Case::check_memory() const {
  for (const Input& input : inputs_) {
    if (std::memcmp(input.memory->data(), input.copy.data(), 4 * input.copy.size()) != 0) {
      throw failure("modified_input", "the input `" + input.memory->name() + "` was changed");
    }
    check_guards(*input.memory);
  }
  for (const auto& output : outputs_) check_guards(*output);
}

void Case::check_guards(const GuardedMemory& memory) const {
  const auto index = memory.overwritten();
  if (!index) return;
  const std::string& name = memory.name();
  throw failure("out_of_bounds", "wrote outside of `" + name + "`: " + name + "[" +
                                     std::to_string(*index) + "], but it has " +
                                     std::to_string(memory.size()) +
                                     (memory.size() == 1 ? " element" : " elements"));
}

Failure Case::failure(const char* kind, const std::string& message) const {
  Failure f{kind, message};
  f.parameters = shown_;
  for (const Input& input : inputs_) {
    if (input.copy.size() > kShownInput) continue;
    InputShown shown{input.memory->name(), input.rows, input.cols, {}};
    for (const std::uint32_t bits : input.copy) {
      shown.values.push_back(input.whole_numbers ? std::to_string(std::bit_cast<int>(bits))
                                                 : shortest(std::bit_cast<float>(bits)));
    }
    f.inputs.push_back(std::move(shown));
  }
  return f;
}

void Case::judge(const char* name, Rank rank, Matrix got, const Exact& expected,
                 const char* bound_from) {
  check_memory();
  const int size = got.rows * got.cols;
  const Tolerated tolerated = expected.tolerated();
  if (tolerated.rows * tolerated.cols != size) {
    throw std::logic_error(std::string("the reference has another shape than ") + name);
  }
  trace_.got.insert(trace_.got.end(), got.data, got.data + size);
  if (purpose_ == Purpose::kRecord) return record(expected, tolerated);
  const Judgement judgement = compare(got, tolerated);
  if (judgement.wrong_count == 0) {
    return reporter().judged(judgement.worst_ratio, judgement.worst_ulps);
  }

  const int e = judgement.worst;
  const std::vector<float> rounded = expected.rounded();
  const std::string digits = purpose_ == Purpose::kExplain
                                 ? expected.decimals(e / got.cols, e % got.cols, kDigits)
                                 : shortest(rounded[e]);
  OutputShown shown = show(name, rank, got, tolerated, rounded, judgement, digits);
  if (call_of_) shown.element = call_of_(e);
  const bool untouched = std::bit_cast<std::uint32_t>(got.data[e]) == kUnwritten;
  Failure f = failure("wrong", sentence(shown, untouched));
  f.output = shown;
  f.bound_from = bound_from;
  f.trace = {{got.data, got.data + size}, rounded, tolerated.tolerance};
  throw f;
}

void Case::record(const Exact& expected, const Tolerated& tolerated) {
  const std::vector<float> rounded = expected.rounded();
  trace_.expected.insert(trace_.expected.end(), rounded.begin(), rounded.end());
  trace_.tolerance.insert(trace_.tolerance.end(), tolerated.tolerance.begin(),
                          tolerated.tolerance.end());
}

void Case::expect(const char* name, Matrix got, const Exact& expected, const char* bound_from) {
  judge(name, Rank::kMatrix, got, expected, bound_from);
}

void Case::expect(const char* name, Row got, const Exact& expected, const char* bound_from) {
  judge(name, Rank::kRow, Matrix{got.data, 1, got.size}, expected, bound_from);
}

void Case::expect(const char* name, float got, const Exact& expected, const char* bound_from) {
  judge(name, Rank::kNumber, Matrix{&got, 1, 1}, expected, bound_from);
}

namespace {

/// A matrix of numbers that have one right encoding each.
Exact only(const std::vector<float>& expected, int cols) {
  const auto tolerated = [=] {
    return Tolerated{static_cast<int>(expected.size()) / cols,
                     cols,
                     {expected.begin(), expected.end()},
                     std::vector<double>(expected.size(), 0),
                     true};
  };
  const auto decimals = [=](int i, int j, int) { return shortest(expected[i * cols + j]); };
  return {tolerated, [=] { return expected; }, decimals};
}

}  // namespace

void Case::expect_exactly(const char* name, Matrix got, const std::vector<float>& expected,
                          const char* why) {
  judge(name, Rank::kMatrix, got, only(expected, got.cols), why);
}

void Case::expect_exactly(const char* name, Row got, const std::vector<float>& expected,
                          const char* why) {
  judge(name, Rank::kRow, Matrix{got.data, 1, got.size}, only(expected, got.size), why);
}

void Case::expect_exactly(const char* name, float got, float expected, const char* why) {
  judge(name, Rank::kNumber, Matrix{&got, 1, 1}, only({expected}, 1), why);
}

/// Whole numbers are judged as floats, which hold all that occur; a wrong one may lose its last
/// digits, but remains wrong.
void Case::judge_whole(const char* name, Rank rank, Integers got, const std::vector<int>& expected,
                       const char* why) {
  std::vector<float> numbers;
  for (const int x : got) {
    const bool untouched = std::bit_cast<std::uint32_t>(x) == kUnwritten;
    numbers.push_back(untouched ? unwritten() : static_cast<float>(x));
  }
  const std::vector<float> right(expected.begin(), expected.end());
  try {
    judge(name, rank, {numbers.data(), 1, got.size}, only(right, got.size), why);
  } catch (Failure& failure) {
    if (failure.output) failure.output->got_hex = failure.output->ulps = "";
    throw;
  }
}

void Case::expect_whole(const char* name, Integers got, const std::vector<int>& expected,
                        const char* why) {
  judge_whole(name, Rank::kRow, got, expected, why);
}

void Case::expect_whole(const char* name, int got, int expected, const char* why) {
  judge_whole(name, Rank::kNumber, {&got, 1}, {expected}, why);
}

void Case::expect_equal(Matrix a, Matrix b, const std::vector<double>& tolerance,
                        const std::string& message) {
  bool equal = true;
  for (int e = 0; e < a.rows * a.cols; ++e) {
    const bool same = a.data[e] == b.data[e];  // also infinities
    equal &= same || std::fabs(static_cast<double>(a.data[e]) - b.data[e]) <= tolerance[e];
  }
  expect_that(equal, message);
}

void Case::expect_equal(Matrix a, Matrix b, const Exact& exact, const std::string& message) {
  std::vector<double> tolerance = exact.tolerated().tolerance;
  for (double& t : tolerance) t *= 2;
  expect_equal(a, b, tolerance, message);
}

void Case::expect_that(bool holds, const std::string& message) {
  check_memory();
  if (!holds && purpose_ != Purpose::kRecord) throw failure("property", message);
}

}  // namespace qkoan
