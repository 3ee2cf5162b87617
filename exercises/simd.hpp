#ifndef QKOAN_SIMD_HPP
#define QKOAN_SIMD_HPP
/// @file
/// SIMD: one instruction computes many numbers. A vec<float> holds size() of them (4, 8 or 16, as
/// the processor has it), each in its own *lane*. Operators work in all lanes at once and never
/// across lanes (only reduce does), so lanes want equal work: not `if` but `select`.
///
/// A row is walked in steps of size(). What remains at its end, the *tail*, is shorter than a
/// vector: partial_load fills the missing lanes with 0, partial_store leaves them out, and neither
/// touches memory outside the row. Right for every n, this doubles a row:
///
///     using namespace simd;
///     for (int j = 0; j < n; j += vec<float>::size())
///       partial_store(2 * partial_load(x + j, n - j), y + j, n - j);
///
/// Make functions on vectors `inline`: to be called costs them more than their work.
/// The names are those of `<simd>` in C++26. std::bit_cast<vec<unsigned>>(v) reads the bits
/// of floats as whole numbers.
#include <bit>

#include "qkoan.hpp"

namespace simd {
/// Bytes of one vector: 64 with AVX-512, 32 with AVX, 16 with SSE and NEON.
#if defined(__AVX512F__)
inline constexpr int kBytes = 64;
#elif defined(__AVX__)
inline constexpr int kBytes = 32;
#else
inline constexpr int kBytes = 16;
#endif
/// A vector as the compiler knows it.
/// @{
typedef float Floats __attribute__((vector_size(kBytes)));
typedef int Ints __attribute__((vector_size(kBytes)));
typedef unsigned Words __attribute__((vector_size(kBytes)));
/// @}
/// Never called: names the vector that has lanes of a type.
/// @{
Floats lanes_of(float);
Ints lanes_of(int);
Words lanes_of(unsigned);
/// @}

/// A yes or no in each lane: the result of comparing two vectors.
struct mask {
  Ints lanes;  ///< yes is −1 (all bits set), no is 0
  friend mask operator&&(mask a, mask b) { return {a.lanes & b.lanes}; }  ///< lane by lane
  friend mask operator||(mask a, mask b) { return {a.lanes | b.lanes}; }  ///< lane by lane
};

/// size() numbers of type float, int or unsigned.
template <class T>
struct vec {
  using Lanes = decltype(lanes_of(T{}));  ///< the compiler's vector of such numbers
  typedef Lanes Memory __attribute__((aligned(4), may_alias));  ///< a vector anywhere in memory
  Lanes lanes;                                                  ///< the numbers

  static constexpr int size() { return kBytes / sizeof(T); }  ///< how many lanes: 4, 8 or 16
  vec() = default;                                            ///< holds anything
  vec(Lanes v) : lanes(v) {}        ///< what an operation of the compiler gave
  vec(T x) : lanes(x - Lanes{}) {}  ///< x in every lane; hence 2 * v works
  /// vec<float>(v): the whole numbers of v as floats.
  template <class U>
  explicit vec(vec<U> v) : lanes(__builtin_convertvector(v.lanes, Lanes)) {}
  T operator[](int i) const { return lanes[i]; }  ///< the number in lane i
  /// Lane by lane, with one rounding in each if they are floats.
  /// @{
  friend vec operator+(vec a, vec b) { return a.lanes + b.lanes; }
  friend vec operator-(vec a, vec b) { return a.lanes - b.lanes; }
  friend vec operator*(vec a, vec b) { return a.lanes * b.lanes; }
  friend vec operator/(vec a, vec b) { return a.lanes / b.lanes; }
  /// @}
  vec& operator+=(vec b) { return *this = *this + b; }                ///< v += w is v = v + w
  friend vec operator<<(vec a, int bits) { return a.lanes << bits; }  ///< of whole numbers
  /// Lane by lane; no where one of two floats is NaN.
  /// @{
  friend mask operator<(vec a, vec b) { return {a.lanes < b.lanes}; }
  friend mask operator<=(vec a, vec b) { return {a.lanes <= b.lanes}; }
  friend mask operator==(vec a, vec b) { return {a.lanes == b.lanes}; }
  /// @}
};

/// In each lane a if the mask says yes, else b, which may be a single number.
template <class T>
vec<T> select(mask m, vec<T> a, std::type_identity_t<vec<T>> b) {
  return m.lanes ? a.lanes : b.lanes;
}
/// The greater one, lane by lane.
template <class T>
vec<T> max(vec<T> a, std::type_identity_t<vec<T>> b) {
  return select(a < b, b, a);
}
/// The size() numbers from p on. (C++26 wants to be told their count.)
template <class T>
vec<T> unchecked_load(const T* p) {
  return *reinterpret_cast<const typename vec<T>::Memory*>(p);
}
/// Writes all lanes, from p on.
template <class T>
void unchecked_store(vec<T> v, T* p) {
  *reinterpret_cast<typename vec<T>::Memory*>(p) = v.lanes;
}
/// Copies n < size() numbers in pieces: 13 = 8 + 4 + 1. (A call of memcpy would cost more.)
template <class T>
void copy_tail(const T* from, int n, T* to) {
#pragma GCC unroll 4
  for (int piece = vec<T>::size() / 2; piece > 0; piece /= 2)
    if (n & piece) {
      __builtin_memcpy(to, from, piece * sizeof(T));
      from += piece;
      to += piece;
    }
}
/// The first n numbers from p on, at most size(); 0 in the lanes behind them.
template <class T>
vec<T> partial_load(const T* p, int n) {
  if (n >= vec<T>::size()) return unchecked_load(p);
  T row[vec<T>::size()] = {};
  if (n > 0) copy_tail(p, n, row);
  return unchecked_load(row);
}
/// Writes the first n lanes, at most all, from p on.
template <class T>
void partial_store(vec<T> v, T* p, int n) {
  if (n >= vec<T>::size()) return unchecked_store(v, p);
  T row[vec<T>::size()];
  unchecked_store(v, row);
  if (n > 0) copy_tail(row, n, p);
}
/// Lane i of the result is lane f(i) of v: permute(v, [](int i) { return i ^ 1; }) swaps neighbours.
template <class T, class F>
vec<T> permute(vec<T> v, F) {
  return [v]<int... i>(std::integer_sequence<int, i...>) -> vec<T> {
    return __builtin_shufflevector(v.lanes, v.lanes, F{}(i)...);
  }(std::make_integer_sequence<int, vec<T>::size()>());
}
/// As permute, of two vectors: lane i of the result is lane f(i) of a, or f(i) - size() of b.
template <class T, class F>
vec<T> permute(vec<T> a, vec<T> b, F) {
  return [a, b]<int... i>(std::integer_sequence<int, i...>) -> vec<T> {
    return __builtin_shufflevector(a.lanes, b.lanes, F{}(i)...);
  }(std::make_integer_sequence<int, vec<T>::size()>());
}
/// size() vectors are the rows of a square; afterwards they are its columns. Blocks of half the square
/// change places, then blocks of a quarter inside of them, down to single numbers.
template <class T, int half = vec<T>::size() / 2>
void transpose(vec<T>* rows) {
  constexpr int n = vec<T>::size();
#pragma GCC unroll 16
  for (int r = 0; r < n; ++r) {
    if (r & half) continue;
    const vec<T> a = rows[r], b = rows[r + half];
    rows[r] = permute(a, b, [](int i) { return i & half ? n + i - half : i; });
    rows[r + half] = permute(a, b, [](int i) { return i & half ? n + i : i + half; });
  }
  if constexpr (half > 1) transpose<T, half / 2>(rows);
}
/// One number from all lanes, their sum unless another f is given: f(vec, vec) joins each lane with the
/// one that is size()/2 away, then size()/4, ..., then 1.
template <class T, int half = vec<T>::size() / 2,
          class F = decltype([](vec<T> a, vec<T> b) { return a + b; })>
T reduce(vec<T> v, F f = {}) {
  v = f(v, permute(v, [](int i) { return i ^ half; }));
  if constexpr (half > 1) return reduce<T, half / 2>(v, f);
  return v[0];
}
/// The greatest of all lanes.
template <class T>
T reduce_max(vec<T> v) {
  return reduce(v, [](vec<T> a, vec<T> b) { return max(a, b); });
}
/// 0, 1, 2, ...: the number of each lane; iota<int>() < n is yes in the first n lanes.
template <class T>
vec<T> iota() {
  constexpr T kNumbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return unchecked_load(kNumbers);
}
}  // namespace simd
#endif
