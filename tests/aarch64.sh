#!/usr/bin/env bash
# Compiles every solution for AArch64, warnings as errors. Exit 77: no cross compiler here.
set -euo pipefail
cd "$(dirname -- "$0")/.."
compiler=aarch64-linux-gnu-g++
command -v "$compiler" >/dev/null || {
  echo "no $compiler here: apt-get install g++-aarch64-linux-gnu"
  exit 77
}
for solution in solutions/*.cpp; do
  echo "$solution"
  "$compiler" -std=c++20 -O2 -Wall -Wextra -Wshadow -Werror -fPIC -ffp-contract=fast -Iexercises \
    -c "$solution" -o /dev/null
done
