# Somebody's own library of kernels: judged by the same suites, in C.

load helpers

setup() { make_course; }

library() {  # a name, and what the file holds: becomes lib<name>.so
  cat >"$1.c"
  gcc -std=c11 -O2 -Wall -Werror -shared -fPIC -Iexercises -Ibuild/c "$1.c" -o "lib$1.so" -lm
}

kernels() {  # what becomes of a sum of products
  cat <<EOF
#include <math.h>
#include "scaled_scores.h"
QKOAN_LIBRARY
float scaled_score(Row q, Row k) {
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q.data[c] * k.data[c];
  return $1;
}
void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) {
      const Row q = {Q.data + i * Q.cols, Q.cols}, k = {K.data + j * K.cols, K.cols};
      S.data[i * S.cols + j] = scaled_score(q, k);
    }
}
EOF
}

@test "a library in C: what it exports is judged and raced, and nothing else" {
  kernels 'sum / sqrtf(q.size)' | library good
  run qkoan verify ./libgood.so
  exits_with 0
  says '✓ 2 scaled_score'
  says '✓ 4 scaled_scores_simd'
  silent_about '1 dot'
  says 'largest errors'
  says ' ulp'
  says 'libgood.so'
  says 'of peak'
  fits
}

@test "a wrong kernel is told as a student is, and exits with 1" {
  kernels 'sum' | library wrong
  run qkoan verify ./libwrong.so --lesson scaled_scores
  exits_with 1
  says '✗ 2 scaled_score'
  says 'known mistake: the scale 1/√d is missing'
  silent_about 'points'
  fits
  run qkoan verify ./libwrong.so --json
  exits_with 1
  [ "$(jq -r .passed <<<"$output")" = false ]
  [ "$(jq '.lessons[0].tasks | length' <<<"$output")" -eq 2 ]
  jq -e '[.., .lessons[0].tasks[]] | all(type != "object" or (has("points") | not))' <<<"$output"
}

@test "the command that a failure names repeats it, with the same numbers" {
  local numbers again
  kernels 'sum' | library wrong
  run qkoan verify ./libwrong.so --no-speed
  exits_with 1
  numbers=$(grep -E '^ +(expected|got|case|q|k) ' <<<"$output")
  [[ $numbers == *expected*got* ]]
  again=$(grep -o 'qkoan verify ./libwrong.so --lesson scaled_scores --seed .*' <<<"$output")
  # shellcheck disable=SC2086  # several words
  run $again
  exits_with 1
  [ "$(grep -E '^ +(expected|got|case|q|k) ' <<<"$output")" = "$numbers" ]
  run qkoan verify ./libwrong.so --json
  [[ $(jq -r '.lessons[0].tasks[0].replay' <<<"$output") == './qkoan verify ./libwrong.so '* ]]
}

@test "a kernel that crashes or never ends is a result" {
  kernels '*(volatile float*)0' | library crash
  run qkoan verify ./libcrash.so --no-speed
  exits_with 1
  says 'SIGSEGV'
  kernels '({ for (;;) __asm__ volatile(""); sum; })' | library endless
  run qkoan verify ./libendless.so --no-speed --timeout 0.5
  exits_with 1
  says 'endless loop'
}

@test "a library that cannot be loaded says why" {
  { kernels 'sum'; echo 'void __attribute__((constructor)) begin(void) { __builtin_abort(); }'; } |
    library aborts
  run qkoan verify ./libaborts.so
  exits_with 1
  says 'Loading it already failed: your program gave up: abort()'
  { echo 'float helper(float);'; kernels 'helper(sum)'; } | library undefined
  run qkoan verify ./libundefined.so
  exits_with 1
  says 'undefined symbol: helper'
  fits
}

@test "what is no library for this course is said so" {
  run qkoan verify ./nothing.so
  exits_with 2
  says 'There is no file "./nothing.so"'
  echo 'no library' >text.so
  run qkoan verify ./text.so
  exits_with 2
  says 'is no shared object'
  echo 'int scaled_scorse(void) { return 1; }' | library names
  run qkoan verify ./libnames.so
  exits_with 2
  says 'exports no function of the contracts'
  says '"scaled_scorse" looks like scaled_score'
  says 'build/c/NAME.h'
  printf '#include "scaled_scores.h"\nint qkoan_contracts(void) { return 99; }\nfloat dot(Row q, Row k) { return 0; }\n' |
    library future
  run qkoan verify ./libfuture.so
  exits_with 1
  says 'was built for version 99 of the contracts'
}

@test "every contract is C" {
  local header
  for header in build/c/*.h; do
    printf '#include "%s"\nint main(void) { return 0; }\n' "${header##*/}" >each.c
    gcc -std=c11 -Wall -Wextra -Werror -Iexercises -Ibuild/c each.c -o each
  done
}

# The n-th block of code in a language, of the page about verifying.
block() {
  awk -v begin="\`\`\`$1" -v n="$2" '$0 == begin { inside = ++count == n; next }
    /^```/ { inside = 0 } inside' "$repository/docs/verify.md"
}

# A report as the page prints it, after the command; times differ.
report() { sed -E 's/judged [0-9.]+ m?s$/judged/'; }

@test "docs/verify.md: the example fails as printed, and is right with the lines that are printed" {
  local build numbers='s/[0-9][0-9.]*/N/g'
  build=$(block sh 1 | grep ^gcc)
  block c 1 >mine.c
  bash -c "$build -Wall -Werror"
  run qkoan verify ./libmine.so --seed 1
  exits_with 1
  diff <(block text 1 | tail -n +2 | report) <(report <<<"$output")
  block c 2 >lines.c
  sed -i '/fmaxf/r lines.c' mine.c
  bash -c "$build -Wall -Werror"
  run qkoan verify ./libmine.so --seed 1 --no-speed
  exits_with 0
  diff <(block text 2 | tail -n +2 | sed -E "$numbers" | report) <(sed -E "$numbers" <<<"$output" | report)
}

# A peer's verdicts, as lines "function ✓", "function ✗", or "function ✗ memory" if only that fails: those of
# the page's table, and those of today.
printed() {  # column
  local wide='✗'
  grep -q avx512bw /proc/cpuinfo || wide='✓'
  awk -F' *[|] *' -v column="$1" -v wide="$wide" '/^\| `[a-z_]+_simd`/ && $column != "–" {
    gsub(/`/, "", $2); print $2, $column ~ /with AVX-512/ ? wide : $column }' \
    "$repository/docs/verify.md" | sort
}

found() {  # peer
  qkoan verify "build/peers/$1.so" --seed 1 --json |
    jq -r '.lessons[].tasks[] | .task + " " + (if .result == "passed" then "✓"
      elif .check == "memory" then "✗ memory" else "✗" end)' | sort
}

judge_peer() {  # its name, its column
  [ -e "build/peers/$1.so" ] || skip "$1 is not built"
  [ "$(found "$1" | wc -l)" -gt 0 ]
  diff <(printed "$2") <(found "$1")
}

@test "Eigen is judged as docs/verify.md says" { judge_peer eigen 3; }
@test "OpenBLAS is judged as docs/verify.md says" { judge_peer openblas 4; }
@test "oneDNN is judged as docs/verify.md says" {
  judge_peer onednn 5
  run qkoan verify build/peers/onednn.so --seed 1 --no-speed
  exits_with 1
  says '✗ 6 softmax_simd weights[0] is -nan, expected 0'
}
@test "PyTorch is judged as docs/verify.md says" { judge_peer pytorch 6; }
@test "ggml is judged as docs/verify.md says" { judge_peer ggml 7; }

@test "every task is a function of its contract: that is how the tasks of a library are found" {
  local folder name task
  for folder in lessons/[0-9][0-9]-*; do
    name=${folder##*/[0-9][0-9]-}
    for task in $(jq -r '.tasks[].task' "$folder/tasks.json"); do
      grep -q "\b$task(" "build/c/$name.h" || { echo "$name.h has no $task"; return 1; }
    done
  done
}
