#ifndef QKOAN_HPP
#define QKOAN_HPP
/// @file
/// The vocabulary that every contract speaks: rows, matrices, and the mark of an unwritten task.
///
/// Sizes and positions are `int`, because attention subtracts them: an offset i - j may be negative.
/// Both views are plain aggregates without constructors, so that C, Rust or Fortran code can
/// implement a contract: a row is `struct { T* data; int size; }` and a matrix is
/// `struct { T* data; int rows, cols; }`, passed by value. Neither owns its memory.

// What most answers need; the grader has these precompiled.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

/// A view of `size` consecutive elements.
template <class T>
struct RowOf {
  T* data;   ///< element 0; the others follow without gaps
  int size;  ///< in elements

  T& operator[](int i) const { return data[i]; }  ///< element i, 0 ≤ i < size, which is not checked
  T* begin() const { return data; }               ///< for loops over all elements, and algorithms
  T* end() const { return data + size; }          ///< behind the last element
  operator RowOf<const T>() const { return {data, size}; }  ///< what may be written may be read
};

/// A view of a dense row-major matrix; `S[i][j]` is row i, column j.
template <class T>
struct MatrixOf {
  T* data;   ///< element (0, 0)
  int rows;  ///< how many, such as n_q
  int cols;  ///< elements of a row, such as d; also the distance of two rows

  /// Row i, 0 ≤ i < rows, which is not checked.
  RowOf<T> operator[](int i) const { return {data + static_cast<long>(i) * cols, cols}; }
  /// What may be written may be read.
  operator MatrixOf<const T>() const { return {data, rows, cols}; }
};

using Row = RowOf<const float>;         ///< a row to read: one query, one key, one line of scores
using MutableRow = RowOf<float>;        ///< a row to write
using Matrix = MatrixOf<const float>;   ///< a matrix to read
using MutableMatrix = MatrixOf<float>;  ///< a matrix to write
using Integers = RowOf<const int>;      ///< whole numbers to read: document numbers, positions
using MutableIntegers = RowOf<int>;     ///< whole numbers to write: buckets

/// What an unwritten task throws; the grader turns it into "not written yet".
struct Unsolved {
  int task;  ///< its number in the contract
};

/// Stands where a task is still to be solved.
[[noreturn]] inline void todo(int task) { throw Unsolved{task}; }

#endif
