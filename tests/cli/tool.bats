# The command line tool, from end to end: what a student and an instructor type, and what they read.

load helpers
load writing

setup() { make_course; }

# ---- verdicts ------------------------------------------------------------------------------------

@test "every solution passes" {
  for folder in lessons/[0-9][0-9]-*; do
    run qkoan run "${folder##*/[0-9][0-9]-}" --implementation solution
    exits_with 0
    fits
  done
}

@test "a planted bug fails" {
  run qkoan run scaled_scores --implementation bug:adds_instead
  exits_with 1
  says '✗ 1 dot'
  fits
}

@test "a student who makes a known mistake is told which" {
  write dot='float sum = 0; for (int c = 0; c < q.size; ++c) sum += q[c] + k[c]; return sum;'
  run qkoan run scaled_scores
  exits_with 1
  says 'known mistake: the elements are added where they should be multiplied'
  fits
}

@test "infinities where zeros belong are no other mistake" {
  sed 's|todo(1);|for (int i = 0; i < M.rows; ++i) for (int j = 0; j < M.cols; ++j) \
    M[i][j] = j <= i + M.cols - M.rows ? -INFINITY : 0;|' tests/stubs/causal_mask.cpp >exercises/causal_mask.cpp
  run qkoan run causal_mask
  exits_with 1
  says 'known mistake: 0 and −∞ are exchanged'
}

@test "a correct file passes, and that is remembered" {
  write
  run qkoan run scaled_scores
  exits_with 0
  says 'This lesson is complete'
  fits
  run qkoan list
  says '4/4'
}

@test "another file can be judged, without a trace in the progress" {
  write
  mv exercises/scaled_scores.cpp mine.cpp
  run qkoan run scaled_scores --implementation mine.cpp
  exits_with 0
  run qkoan list
  says '0/4'
}

@test "a wrong number: expected, got, error, bound, seed, and a command that repeats it" {
  write dot='return 2 * q[0] * k[0];'
  run qkoan run scaled_scores
  exits_with 1
  for word in expected got absolute relative ulp allowed seed; do says "$word"; done
  fits
  seed=$(grep -o -m 1 -- '--seed [0-9]*' <<<"$output")
  first=$(grep -E '^ +(expected|got) ' <<<"$output")
  # shellcheck disable=SC2086  # two words
  run qkoan run scaled_scores --task dot $seed
  exits_with 1
  [ "$(grep -E '^ +(expected|got) ' <<<"$output")" = "$first" ]
}

@test "the command that repeats it can be pasted, whatever the file's name" {
  write dot='return 2 * q[0] * k[0];'
  cp exercises/scaled_scores.cpp "Ada's \$1 try.cpp"
  run qkoan run scaled_scores --implementation "Ada's \$1 try.cpp"
  again=$(grep -m 1 -- '--seed' <<<"$output")
  printf '%s\n' "$again"
  first=$(grep -E '^ +(expected|got) ' <<<"$output")
  run bash -c "${again/.\/qkoan/build/bin/qkoan}"
  exits_with 1
  [ "$(grep -E '^ +(expected|got) ' <<<"$output")" = "$first" ]
}

@test "what builds on a failed task is not run" {
  write scaled_score='return 0;'
  run qkoan run scaled_scores
  exits_with 1
  says '✓ 1 dot'
  says '✗ 2 scaled_score'
  says 'not run: it builds on scaled_score'
}

@test "one broken exercise hides no other" {
  write dot='syntax error'
  run qkoan run
  exits_with 1
  says 'scaled_scores.cpp:4'
  says '02 causal_mask'
  says '03 attention_weights'
  fits
}

@test "all of <cmath> is there, special functions included" {
  cp solutions/scaled_scores.cpp exercises
  echo 'float special() { return std::riemann_zeta(2.0f) + std::betaf(1, 2); }' >>exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 0
}

# ---- disasters -----------------------------------------------------------------------------------

@test "a compile error is trimmed to the student's line" {
  write dot='return q.length;'
  run qkoan run scaled_scores
  exits_with 1
  says 'exercises/scaled_scores.cpp:4:'
  says 'length'
  silent_about 'In file included'
  silent_about 'build/'
  fits
}

@test "an error inside the standard library is led back to the student's line" {
  write dot='struct S {}; S a[2]; std::sort(a, a + 2); return 0;'
  sed -i '1i #include <algorithm>' exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  says 'exercises/scaled_scores.cpp:5'
  fits
}

@test "a missing function is named" {
  write
  sed -i '/^float scaled_score/,/^}/d; s/= scaled_score(.*);/= 0;/' exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  says 'scaled_score'
  says 'missing'
  fits
}

@test "an endless loop is stopped and named" {
  write dot='for (volatile int i = 0;;) { (void)i; }'
  run qkoan run scaled_scores --timeout 0.5
  exits_with 1
  says '✗ 1 dot'
  says 'endless loop'
  fits
}

@test "a crash is named with its task and its line" {
  write dot='volatile float* nowhere = nullptr;
  *nowhere = 1;
  return 0;'
  run qkoan run scaled_scores
  exits_with 1
  says 'SIGSEGV'
  says 'exercises/scaled_scores.cpp:5'
  fits
}

@test "a crash shows its case, and the element behind the address" {
  write dot='float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  volatile float beyond = q[q.size + 1000];
  (void)beyond;
  return sum;'
  run qkoan run scaled_scores
  exits_with 1
  says 'SIGSEGV'
  says 'case d ='
  says 'The address is that of element 10'
  says ' of q, which has '
  fits
}

@test "a crash in a worked example shows no case: there is none" {
  write dot='if (q.size == 4 && q[0] == 2 && q[1] == 0.5f && q[2] == 1 && q[3] == -1.5f)
    return *static_cast<volatile float*>(nullptr);
  float sum = 0;
  for (int c = 0; c < q.size; ++c) sum += q[c] * k[c];
  return sum;'
  run qkoan run scaled_scores --task dot
  exits_with 1
  says 'worked_example'
  says 'SIGSEGV'
  silent_about 'case '
  fits
}

@test "exit(0) is no way to pass" {
  write dot='std::exit(0);'
  sed -i '1i #include <cstdlib>' exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  says 'exit'
  fits
}

@test "abort and exceptions are named" {
  write dot='throw 1;'
  run qkoan run scaled_scores
  exits_with 1
  says '✗ 1 dot'
  says 'threw'
  write dot='__builtin_abort();'
  run qkoan run scaled_scores
  exits_with 1
  says 'abort'
}

@test "writing outside of the output is named" {
  loops='for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) S[i][j] = scaled_score(Q[i], K[j]);'
  for outside in 'S.data[-1] = 0;' 'S.data[S.rows * S.cols] = 0;'; do
    write scaled_scores="$outside $loops"
    run qkoan run scaled_scores
    exits_with 1
    says '✗ 3 scaled_scores'
    [[ $output =~ 'outside of `S`: S['|' of S, which has ' ]]
    fits
  done
}

@test "reading outside of an input is named" {
  write dot='float sum = 0; for (int c = 0; c <= q.size; ++c) sum += q[c] * k[c]; return sum;'
  run qkoan run scaled_scores
  exits_with 1
  says '✗ 1 dot'
  says ' of q, which has '
  fits
}

@test "a modified input is named" {
  write dot='const_cast<float*>(q.data)[0] = 7; return 0;'
  run qkoan run scaled_scores
  exits_with 1
  says '✗ 1 dot'
  says 'q'
  fits
}

@test "what the student's program prints is shown apart and kept from the terminal" {
  write dot='std::puts("sum so far: \033[2J"); return 0;'
  sed -i '1i #include <cstdio>' exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  says 'sum so far'
  silent_about $'\e[2J'
}

@test "--sanitize judges with sanitizers" {
  write dot='float a[2] = {}; volatile int i = 2; a[i] = 1; return a[0];'
  run qkoan run scaled_scores --sanitize
  exits_with 1
  says 'exercises/scaled_scores.cpp:4'
  fits
}

@test "a compiler that has no sanitizers here is told to have none" {
  compiler=$(jq -r .compiler build/paths.json)
  printf '%s\n' '#!/bin/sh' 'case $1 in -print-file-name=*) echo "${1#*=}"; exit ;; esac' \
    'case "$*" in *-fsanitize=*) echo "ld: cannot find -lasan" >&2; exit 1 ;; esac' \
    "exec $compiler \"\$@\"" >"${compiler##*/}"
  chmod +x "${compiler##*/}"
  jq --arg compiler "$PWD/${compiler##*/}" '.compiler = $compiler' build/paths.json >paths.json
  mv paths.json build
  write dot='volatile int* p = nullptr; *p = 1; return 0;'
  run qkoan run scaled_scores --sanitize
  exits_with 2
  says '--sanitize is not possible:'
  says 'asan'
  run qkoan run scaled_scores
  exits_with 1
  says 'SIGSEGV'
  says 'The line is not known:'
  fits
}

# ---- usage ---------------------------------------------------------------------------------------

@test "wrong usage says what to type, and exits with 2" {
  for words in 'rnu' '--nothing' 'run nothing' 'run scaled_scores --task nine' \
    'run scaled_scores --seed x' 'run scaled_scores --implementation bug:nothing' \
    'run scaled_scores --implementation nowhere.cpp' 'run scaled_scores --timeout -1' \
    'hint nothing' 'reset' 'reset nothing' 'solution nothing' 'list more' \
    'run scaled_scores --junit /nowhere/file'; do
    # shellcheck disable=SC2086  # several words
    run qkoan $words
    [ "$status" -eq 2 ] || { echo "$words: $status: $output"; return 1; }
    [ -n "$output" ]
    silent_about 'terminate called'
  done
}

# ---- progress ------------------------------------------------------------------------------------

@test "a damaged state is set aside with a word, and rebuilt" {
  write
  qkoan run scaled_scores
  echo '{"lessons": {"scaled' >.qkoan/state.json
  run qkoan list
  exits_with 0
  says 'state.json'
  says '0/4'
  qkoan run scaled_scores
  run qkoan list
  silent_about 'state.json'
  says '4/4'
}

@test "names that this version does not know survive" {
  mkdir -p .qkoan
  echo '{"version": 1, "future": 7, "lessons": {"rope": {"tasks": {"turn": {"passed": true}}}}}' \
    >.qkoan/state.json
  write
  qkoan run scaled_scores
  jq -e '.future == 7 and .lessons.rope.tasks.turn.passed
         and .lessons.scaled_scores.tasks.dot.passed' .qkoan/state.json
}

@test "hints come one by one" {
  run qkoan hint scaled_scores
  exits_with 0
  says 'q.size'
  silent_about 'float sum = 0'
  run qkoan hint scaled_scores
  says 'float sum = 0'
  run qkoan hint scaled_scores --task 2
  says 'You have the dot product already'
  fits
}

@test "reset keeps the student's file" {
  write
  cp exercises/scaled_scores.cpp mine
  run qkoan reset scaled_scores </dev/null
  exits_with 2
  cmp exercises/scaled_scores.cpp mine
  run qkoan reset scaled_scores --yes
  exits_with 0
  cmp exercises/scaled_scores.cpp tests/stubs/scaled_scores.cpp
  cmp .qkoan/backup/scaled_scores-1.cpp mine
}

@test "the solution opens when the lesson is solved, or for an instructor" {
  run qkoan solution scaled_scores
  exits_with 1
  says 'opens when yours is right'
  run qkoan solution scaled_scores --anyway
  exits_with 0
  [ "$output" = "$(cat solutions/scaled_scores.cpp)" ]
  write
  qkoan run scaled_scores
  run qkoan solution scaled_scores
  exits_with 0
}

# ---- machines ------------------------------------------------------------------------------------

@test "--json is one JSON document, whatever happens" {
  qkoan run scaled_scores --json | jq -e . >stub.json
  write dot='return 0;'
  qkoan run scaled_scores --json >wrong.json || [ $? -eq 1 ]
  jq -e . wrong.json >/dev/null
  grep -q expected wrong.json
  write dot='syntax error'
  qkoan run scaled_scores --json >broken.json || [ $? -eq 1 ]
  jq -e . broken.json >/dev/null
}

@test "--junit is XML that counts the failures" {
  write scaled_score='return 0;'
  run qkoan run scaled_scores --junit report.xml
  exits_with 1
  xmllint --noout report.xml
  [ "$(xmllint --xpath 'count(//testcase)' report.xml)" = 4 ]
  [ "$(xmllint --xpath 'count(//failure)' report.xml)" = 1 ]
  [ "$(xmllint --xpath 'count(//skipped)' report.xml)" = 2 ]
}

@test "without a terminal and with everything right it exits with 0" {
  for folder in lessons/[0-9][0-9]-*; do
    cp "solutions/${folder##*/[0-9][0-9]-}.cpp" exercises
  done
  run qkoan </dev/null
  exits_with 0
}

@test "two runs at once do not disturb each other" {
  write
  qkoan run scaled_scores >first &
  run qkoan run scaled_scores
  exits_with 0
  wait $!
}
