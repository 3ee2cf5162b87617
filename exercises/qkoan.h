#ifndef QKOAN_H
#define QKOAN_H
/** @file
 * The vocabulary of the contracts in C, for kernels in C or in any language that can export C functions.
 * The build makes a C header of each contract: build/c/NAME.h. A library exports any of their functions,
 * and `./qkoan verify ./libmine.so` judges and times those.
 *
 * Rows and matrices are passed by value and own nothing. Matrices are dense: element (i, j) is
 * data[i·cols + j]. What is written has memory for all of its elements, aligned to 4 bytes.
 */

/** Raised when a contract changes, so that what was built for another one is not called. */
#define QKOAN_CONTRACTS 1

/** Stands once in a library, outside of all functions: for which version of the contracts it is. */
#ifdef __cplusplus
#define QKOAN_LIBRARY \
  extern "C" int qkoan_contracts(void) { return QKOAN_CONTRACTS; }
#else
#define QKOAN_LIBRARY \
  int qkoan_contracts(void) { return QKOAN_CONTRACTS; }

#include <stdbool.h>

/** A row to read; in C++, RowOf<const float>. */
typedef struct {
  const float* data; /**< element 0; the others follow without gaps */
  int size;          /**< in elements */
} Row;

/** A row to write; in C++, RowOf<float>. */
typedef struct {
  float* data; /**< element 0; the others follow without gaps */
  int size;    /**< in elements */
} MutableRow;

/** A matrix to read, row-major; in C++, MatrixOf<const float>. */
typedef struct {
  const float* data; /**< element (0, 0) */
  int rows;          /**< how many, such as n_q */
  int cols;          /**< elements of a row, such as d; also the distance of two rows */
} Matrix;

/** A matrix to write, row-major; in C++, MatrixOf<float>. */
typedef struct {
  float* data; /**< element (0, 0) */
  int rows;    /**< how many, such as n_q */
  int cols;    /**< elements of a row, such as d; also the distance of two rows */
} MutableMatrix;

/** Whole numbers to read; in C++, RowOf<const int>. */
typedef struct {
  const int* data; /**< element 0; the others follow without gaps */
  int size;        /**< in elements */
} Integers;

/** Whole numbers to write; in C++, RowOf<int>. */
typedef struct {
  int* data; /**< element 0; the others follow without gaps */
  int size;  /**< in elements */
} MutableIntegers;
#endif

#endif
