#ifndef QKOAN_TESTS_SUPPORT_CASE_HPP
#define QKOAN_TESTS_SUPPORT_CASE_HPP
/// @file
/// One case of a check: inputs made from a seed, guarded outputs, and the judgement of what came back.

#include <boost/random/taus88.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "exercises/qkoan.hpp"
#include "reference/core/exact.hpp"
#include "tests/support/failure.hpp"
#include "tests/support/judgement.hpp"
#include "tests/support/memory.hpp"

namespace qkoan {

/// What numbers a case is filled with, simplest first: a failure is shrunk towards the simplest.
enum class Values {
  kWhole,    ///< −4 … 4
  kEighths,  ///< multiples of 1/8 in −4 … 4: every float sum of a few is exact
  kNormal,   ///< standard normal
  kWide,     ///< standard normal times 2^−30 … 2^30, different for each number
};

/// Everything that decides a case. The same recipe makes the same case on every machine.
struct Recipe {
  std::vector<std::pair<std::string, int>> parameters;  ///< sizes, positions: n_q = 3, d = 61
  Values values = Values::kWhole;                       ///< of inputs without a draw
  std::uint64_t seed = 0;                               ///< of everything that is random
};

/// The parameters that a reader is shown.
std::vector<std::pair<std::string, std::string>> visible(const Recipe& recipe);

/// What a case is judged for.
enum class Purpose {
  kFind,     ///< to find a failure, quickly
  kExplain,  ///< to show a failure to a reader, with 20 digits
  kRecord,   ///< to record what is returned, right or wrong: nothing is thrown for wrong numbers
};

/// A call as a reader writes it: call("t5_bucket", -3, 32, 128, true).
template <class... Arguments>
std::string call(const char* function, Arguments... arguments) {
  std::string text;
  const auto add = [&](const std::string& argument) {
    text += (text.empty() ? "" : ", ") + argument;
  };
  const auto print = [](auto x) {
    if constexpr (std::is_same_v<decltype(x), bool>)
      return std::string(x ? "true" : "false");
    else if constexpr (std::is_same_v<decltype(x), float>)
      return shortest(x);
    else
      return std::to_string(x);
  };
  (add(print(arguments)), ...);
  return std::string(function) + "(" + text + ")";
}

/// What a check is given: it takes inputs and outputs from here, calls the function that is judged,
/// and hands back what came of it. A judgement that fails throws a Failure, which carries everything
/// a reader is shown.
class Case {
 public:
  using Random = boost::random::taus88;  ///< quick to seed: a case is new every few microseconds
  using Draw = std::function<float(Random&)>;  ///< makes one number

  /// A case without inputs and outputs yet.
  /// @param recipe   decides all inputs
  /// @param purpose  how much is done about a wrong number
  /// @param prefill  what outputs hold before the call: nothing may depend on it
  Case(Recipe recipe, Purpose purpose, float prefill = unwritten());

  /// The parameter of that name.
  /// @throws std::logic_error if the recipe has none: the suite is wrong
  int operator[](const char* parameter) const;

  Values values() const { return recipe_.values; }  ///< the kind of the case
  Random& random() { return random_; }              ///< for what a check draws by itself
  int integer(int low, int high);                   ///< uniform, both ends included
  float number();                                   ///< one number of the case's kind of values
  static float normal(Random& random);              ///< standard normal

  /// A number that is passed by itself: shown in the report of a failure, in place of a parameter of that
  /// name. Parameters whose names begin with _ are of use to the generator only, and never shown.
  /// @{
  void argument(const char* name, int number);
  void argument(const char* name, float number);
  /// @}

  /// The results that are judged next come from calls of their own: `of(e)` names the call of element e,
  /// as the report shall show it.
  void results_of_calls(std::function<std::string(int e)> of) { call_of_ = std::move(of); }

  /// @name Inputs
  /// They must come back unchanged. Each has guarded memory of its own, as long as the case lives.
  /// @{

  /// Made by the draw; without one, of the case's kind of values.
  Row row(const char* name, int size, const Draw& draw = {});
  /// A copy of the values.
  Row row(const char* name, const std::vector<float>& values);
  /// Made by the draw, row-major; without one, of the case's kind of values.
  Matrix matrix(const char* name, int rows, int cols, const Draw& draw = {});
  /// A copy of the rows, at least one, all of the same size.
  Matrix matrix(const char* name, const std::vector<std::vector<float>>& values);
  /// A copy of the values.
  Integers integers(const char* name, const std::vector<int>& values);
  /// @}

  /// @name Outputs
  /// Nothing around them may be touched. What an implementation leaves unwritten is seen.
  /// @{

  /// Filled with the prefill.
  MutableRow output_row(const char* name, int size);
  MutableMatrix output_matrix(const char* name, int rows, int cols);
  MutableIntegers output_integers(const char* name, int size);
  /// @}

  /// @name Outputs that are changed in place
  /// @{

  /// Begins as a copy of `initial`, which the report shows as "NAME before".
  MutableRow inout_row(const char* name, Row initial);
  MutableMatrix inout_matrix(const char* name, Matrix initial);
  /// @}

  /// Judges a result against its reference. Every element must be finite and within the bound that the
  /// reference carries; where the bound is 0, it must be the one right number.
  /// @param name        name of the result, for the report
  /// @param got         what was returned
  /// @param expected    the reference, of the same shape
  /// @param bound_from  where the bound comes from, for the report
  /// @throws Failure if it is not right, or memory was touched that must not be
  /// @{
  void expect(const char* name, Matrix got, const Exact& expected, const char* bound_from);
  void expect(const char* name, Row got, const Exact& expected, const char* bound_from);
  void expect(const char* name, float got, const Exact& expected, const char* bound_from);
  /// @}

  /// Judges a result that has one right answer, to the bit.
  /// @param name      name of the result, for the report
  /// @param got       what was returned
  /// @param expected  as many numbers as `got` has, row-major
  /// @param why       why there is only one, for the report
  /// @throws Failure if it is not right, or memory was touched that must not be
  /// @{
  void expect_exactly(const char* name, Matrix got, const std::vector<float>& expected,
                      const char* why);
  void expect_exactly(const char* name, Row got, const std::vector<float>& expected,
                      const char* why);
  void expect_exactly(const char* name, float got, float expected, const char* why);
  /// @}
  /// The same for whole numbers.
  /// @{
  void expect_whole(const char* name, Integers got, const std::vector<int>& expected,
                    const char* why);
  void expect_whole(const char* name, int got, int expected, const char* why);
  /// @}

  /// Judges a property: throws a Failure with the message if it does not hold.
  void expect_that(bool holds, const std::string& message);

  /// Judges two results that are equal on paper.
  /// @param a, b       of the same shape
  /// @param tolerance  how far each element may be off in both together, row-major
  /// @param message    what does not hold if they differ
  /// @throws Failure if they differ, or memory was touched that must not be
  void expect_equal(Matrix a, Matrix b, const std::vector<double>& tolerance,
                    const std::string& message);
  /// The same for two answers to one question, each of which may be off as `exact` says.
  void expect_equal(Matrix a, Matrix b, const Exact& exact, const std::string& message);

  /// All numbers judged so far.
  const Trace& trace() const { return trace_; }

  /// What outputs hold before a call, so that an element that was not written is recognised.
  static float unwritten();

 private:
  struct Input {
    std::unique_ptr<GuardedMemory> memory;
    int rows, cols;
    std::vector<std::uint32_t> copy;  ///< bits, to see changes
    bool whole_numbers;               ///< int, not float
  };
  void judge(const char* name, Rank rank, Matrix got, const Exact& expected,
             const char* bound_from);
  void judge_whole(const char* name, Rank rank, Integers got, const std::vector<int>& expected,
                   const char* why);
  void record(const Exact& expected, const Tolerated& tolerated);
  void add_argument(const char* name, const std::string& value);
  void check_memory() const;
  void check_guards(const GuardedMemory& memory) const;
  Failure failure(const char* kind, const std::string& message) const;
  void* add_input(const char* name, int rows, int cols, const void* bits, bool whole_numbers);
  float* add_output(const char* name, int count);

  Recipe recipe_;
  Random random_;
  Purpose purpose_;
  float prefill_;
  bool flush_left_;
  std::vector<std::pair<std::string, std::string>> shown_;  ///< parameters and arguments
  std::function<std::string(int e)> call_of_;
  std::vector<Input> inputs_;
  std::vector<std::unique_ptr<GuardedMemory>> outputs_;
  Trace trace_;
};

}  // namespace qkoan

#endif
