#ifndef QKOAN_BENCHMARKS_SUPPORT_NUMBERS_HPP
#define QKOAN_BENCHMARKS_SUPPORT_NUMBERS_HPP
/// @file
/// What races work on. Usually it stays the same; where nobody is trusted, it is other numbers in each call.

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "exercises/qkoan.hpp"

namespace qkoan::bench {

/// Random bits that nobody can foresee.
class Surprise {
 public:
  Surprise();
  std::uint64_t bits();  ///< 64 of them
  float normal();        ///< nearly: a sum of four numbers that are equally likely
  float between(float least, float most);  ///< equally likely

 private:
  std::uint64_t state_;
};

/// Numbers that are normally distributed, the same in every run. Matrices begin where a line of the
/// cache does, as in all libraries of tensors: else every vector would be read and written in two parts.
/// Everything lives as long as this, and calls of a race take it from here each time.
class Numbers {
 public:
  Numbers();  ///< begins with the same number in every run
  ~Numbers();
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;

  Matrix matrix(int rows, int cols);          ///< standard normal
  MutableMatrix output(int rows, int cols);   ///< zeros
  MutableMatrix weights(int rows, int cols);  ///< in each row they sum to 1
  Integers positions(int n);  ///< 0, 1, 2, …, n − 1; when stirred, from any place on
  /// A parameter of the contract. When stirred: any number of this range.
  const float* parameter(float usual, float least, float most);
  /// Likewise; an even one.
  const int* even(int usual, int least, int most);

  /// All matrices that exist, each in a row of its own.
  using Contents = std::vector<std::vector<float>>;

  /// Gives everything that exists other values, which nobody can foresee.
  static void stir_all(Surprise& surprise);
  /// Copies all matrices, in the order in which they were made.
  static void save_all(Contents& contents);
  /// Gives them the values that save_all() has copied.
  static void restore_all(const Contents& contents);
  /// How far they are from others at most, as a part of the largest number in the same row; ∞ if an
  /// infinity or NaN stands where there is none, or the other way round.
  static double deviation_of_all(const Contents& expected);

 private:
  struct alignas(64) Line {
    float numbers[16];
  };
  struct Block {
    std::unique_ptr<Line[]> memory;
    int rows, cols;
    bool weights;
    std::size_t size() const { return static_cast<std::size_t>(rows) * cols; }
    float* begin() const { return memory[0].numbers; }
  };
  struct Parameter {
    float value, least, most;
  };
  struct Whole {
    int value, least, most;
  };

  void stir(Surprise& surprise);

  std::mt19937 random_;
  std::vector<Block> blocks_;
  std::vector<std::unique_ptr<Parameter>> parameters_;
  std::vector<std::unique_ptr<Whole>> wholes_;
  std::vector<std::vector<int>> positions_;
};

}  // namespace qkoan::bench

#endif
