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

typedef struct {
  const float* data;
  int size;
} Row; /**< a row to read */

typedef struct {
  float* data;
  int size;
} MutableRow; /**< a row to write */

typedef struct {
  const float* data;
  int rows, cols;
} Matrix; /**< a matrix to read, row-major */

typedef struct {
  float* data;
  int rows, cols;
} MutableMatrix; /**< a matrix to write, row-major */

typedef struct {
  const int* data;
  int size;
} Integers; /**< whole numbers to read */

typedef struct {
  int* data;
  int size;
} MutableIntegers; /**< whole numbers to write */
#endif

#endif
