# The student edition: nothing in it gives solutions away, and it works.

load helpers

# One edition for all tests, with a space in its path; the tests at the end build it.
setup_file() {
  export edition="$BATS_FILE_TMPDIR/an edition"
  built=${QKOAN_BUILD:-$BATS_TEST_DIRNAME/../../build}
  "$built/bin/qkoan" student-edition "$edition" >"$BATS_FILE_TMPDIR/told"
}

setup() {
  built=${QKOAN_BUILD:-$repository/build}
  export QKOAN_COMMAND=./qkoan
  unset NO_COLOR CI
  cd "$edition" || return
}

tool() { "$built/bin/qkoan" "$@"; }

# ---- nothing leaks -------------------------------------------------------------------------------

# The lines of solutions and planted bugs that are theirs alone: at least 20 characters, and not part of
# what students are meant to read. Heads of functions and loops, calls, and declarations that compute
# nothing give nothing away, and suites have some of them, too.
secret_lines() {
  awk '
    FNR == 1 { ++file }
    file <= readable { text = text $0 "\n"; next }
    { gsub(/^[ \t]+|[ \t]+$/, "") }
    length($0) < 20 || /^#/ || /^\/\/ -+/ || seen[$0]++ || index(text, $0) > 0 { next }
    /\) \{$/ || /^for \([^()]*\)$/ || /^template <[a-zA-Z, ]*>$/ { next }
    /^[a-zA-Z0-9_:]+\([a-zA-Z0-9_, .()]*\);$/ || /^[a-zA-Z0-9_:<>]+ [a-z]+;$/ { next }
    /^(const|constexpr) int [a-zA-Z]+ = [a-zA-Z0-9_.:<>]+(\(\))?;$/ { next }
    { print }
  ' readable="$#" "$@" "$repository"/solutions/*.cpp "$repository"/tests/mutants/*.cpp
}

readable_files() {
  find exercises reference lessons tests/stubs \( -name '*.h' -o -name '*.[ch]pp' -o -name '*.md' -o -name '*.json' \)
}

leaks() {  # a file of secrets: prints what contains one of them, in texts and in binaries
  [ "$(wc -l <"$1")" -gt 0 ] || { echo 'no secret to look for'; return; }
  LC_ALL=C grep -raFn -f "$1" . || true
}

no_line_leaks() {
  local files
  mapfile -t files < <(readable_files)
  secret_lines "${files[@]}" >"$BATS_FILE_TMPDIR/secrets"
  run leaks "$BATS_FILE_TMPDIR/secrets"
  [ -z "$output" ] || { echo "$output" | cut -c1-200; return 1; }
}

@test "no line of a solution or of a planted bug is in any file" {
  no_line_leaks
  [ "$(wc -l <"$BATS_FILE_TMPDIR/secrets")" -gt 2000 ]
}

@test "the search for leaks finds one" {
  no_line_leaks
  cp exercises/kerple.cpp "$BATS_TEST_TMPDIR/kept"
  shuf -n 1 "$BATS_FILE_TMPDIR/secrets" >>exercises/kerple.cpp
  run leaks "$BATS_FILE_TMPDIR/secrets"
  cp "$BATS_TEST_TMPDIR/kept" exercises/kerple.cpp
  says 'exercises/kerple.cpp'
}

@test "no answer, no reason and no description of a planted bug can be read" {
  jq -r '.questions[].because' "$repository"/lessons/*/quiz.json >"$BATS_TEST_TMPDIR/secrets"
  for folder in "$repository"/lessons/[0-9][0-9]-*; do
    name=${folder##*/[0-9][0-9]-}
    "$built/suites/$name" --mutants "$built/mutants/$name.so"
  done | jq -r '.mutants[] | select(.kind == "bug") | .name, .about | select(length >= 20)' >bugs
  # Some names and some words are those of pages and suites, and one is the example of README.md.
  mapfile -t files < <(readable_files)
  cat "${files[@]}" README.md tests/*_test.cpp tests/*.hpp >"$BATS_TEST_TMPDIR/readable"
  while IFS= read -r line; do
    grep -qF -- "$line" "$BATS_TEST_TMPDIR/readable" || printf '%s\n' "$line"
  done <bugs >>"$BATS_TEST_TMPDIR/secrets"
  rm bugs
  run leaks "$BATS_TEST_TMPDIR/secrets"
  [ -z "$output" ] || { echo "$output" | cut -c1-200; return 1; }
  run jq -e '[.questions[] | has("answer") or has("number") or has("because")] | any | not' lessons/*/quiz.json
  exits_with 0
  run grep -nE 'page\.(answer|choice)\(' lessons/*/numbers.cpp
  exits_with 1
}

@test "no folder of the instructor's, no history, no link" {
  for name in solutions tests/mutants benchmarks/peers docs/skeleton CONTRIBUTING.md .git build; do
    [ ! -e "$name" ] || { echo "there is $name"; return 1; }
  done
  [ -z "$(find . ! -type f ! -type d)" ]
}

@test "exercises are stubs, hints are complete" {
  for stub in tests/stubs/*.cpp; do cmp "$stub" "exercises/${stub##*/}"; done
  for tasks in lessons/*/tasks.json; do cmp "$tasks" "$repository/$tasks"; done
}

@test "links in its pages lead to its files" {
  local page target broken=''
  for page in README.md docs/*.md lessons/*/README.md; do
    for target in $(grep -oE '\]\([^)# ]+' "$page" | cut -c3- | grep -vE '^(https?|mailto):'); do
      [ -e "$(dirname "$page")/$target" ] || broken+="$page: $target"$'\n'
    done
  done
  [ -z "$broken" ] || { echo "$broken"; return 1; }
}

@test "it says where it comes from, and what was left out" {
  run cat "$BATS_FILE_TMPDIR/told"
  says 'The student edition of version'
  says "is in $edition"
  says ' MB'
  says 'solutions'
  says 'tests/mutants'
  fits
  run jq -r .commit edition.json
  [[ $output == "$(git -C "$repository" rev-parse HEAD)"* ]]
}

# ---- what is refused -----------------------------------------------------------------------------

@test "nothing is overwritten, and nothing remains where nothing can be written" {
  cd "$BATS_TEST_TMPDIR"
  mkdir full && touch full/file && touch plain
  run tool student-edition full
  exits_with 2
  says 'is not empty. Nothing is overwritten'
  run tool student-edition plain
  exits_with 2
  says '"plain" is no folder'
  run tool student-edition nowhere/edition
  exits_with 2
  says 'There is no folder'
  run tool student-edition /proc/edition
  exits_with 2
  says 'Nothing can be written to /proc'
  run tool student-edition
  exits_with 2
  says './qkoan student-edition --help'
  [ "$(ls -A)" = $'full\nplain' ]
}

# A course with files of its own, whose build is the one that was made before.
copy_course() {
  make_course
  for name in benchmarks lessons solutions tests; do rm "$course/$name"; done
  rm -r "$course/exercises"
  (cd "$repository" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$course")
  cd "$course" || return
}

@test "an answer that is not marked, a mark without an end, a lost file: no edition" {
  copy_course
  sed -i '/instructor only/d' lessons/07-kerple/numbers.cpp
  run qkoan student-edition ../handout
  exits_with 2
  says 'lessons/07-kerple/numbers.cpp'
  says 'an answer of the quiz is handed out'
  cp "$repository/lessons/07-kerple/numbers.cpp" lessons/07-kerple
  sed -i '/end of instructor only/d' README.md
  run qkoan student-edition ../handout
  exits_with 2
  says 'README.md:'
  cp "$repository/README.md" .
  rm docs/notation.md
  run qkoan student-edition ../handout
  exits_with 2
  says 'docs/notation.md'
  [ -z "$(find "$BATS_TEST_TMPDIR" -maxdepth 1 -name '*handout*')" ]
}

# ---- it works ------------------------------------------------------------------------------------

student() { ./qkoan "$@"; }

@test "it builds, and a stub fails" {
  run student run scaled_scores
  exits_with 1
  says 'not written yet'
  run student --version
  says 'student edition: version'
}

@test "a right file passes, and nobody is sent to a solution" {
  cp "$repository/solutions/scaled_scores.cpp" exercises
  run student run scaled_scores
  exits_with 0
  says 'This lesson is complete'
  silent_about 'solution'
  run student properties scaled_scores
  exits_with 0
  says 'judged: exercises/scaled_scores.cpp'
  run student reset scaled_scores --yes
  exits_with 0
}

@test "a known mistake is named, though no planted bug is here" {
  sed -i 's|todo(1);|float s = 0; for (int c = 0; c < q.size; ++c) s += q[c] + k[c]; return s;|' exercises/scaled_scores.cpp
  run student run scaled_scores
  exits_with 1
  says 'known mistake: the elements are added where they should be multiplied'
  sed -i 's|return s;|return s * 1.5f;|' exercises/scaled_scores.cpp
  run student run scaled_scores
  exits_with 1
  silent_about 'known mistake'
  run student reset scaled_scores --yes
}

@test "the quiz judges answers that it does not know" {
  local answers
  answers=$(jq -r '.questions[] | .number // (["a", "b", "c", "d", "e", "f"][.answer])' \
    "$repository"/lessons/01-scaled_scores/quiz.json)
  run student quiz scaled_scores <<<'1000'
  says '✗ No.'
  silent_about 'The answer is'
  run student quiz scaled_scores <<<"$answers"
  exits_with 0
  silent_about '✗'
  says "$(jq -r '.questions[0].because' "$repository"/lessons/01-scaled_scores/quiz.json)"
  fits
}

@test "what is not here is refused in words" {
  for words in 'solution scaled_scores' 'solution scaled_scores --anyway' \
    'run scaled_scores --implementation solution' \
    'run scaled_scores --implementation bug:forgets_scale' \
    'run scaled_scores --implementation variant:pairwise' 'bench scaled_scores --peers' \
    'grade . --out grades --plan'; do
    # shellcheck disable=SC2086  # several words
    run student $words
    exits_with 2
    says 'This is the student edition of the course'
    says 'it comes without'
    fits
  done
  run student student-edition "$BATS_TEST_TMPDIR/again"
  exits_with 2
  says 'This is a student edition already'
}

@test "check proves what it can" {
  run student check scaled_scores --seeds 2
  exits_with 0
  says 'the stub must fail'
  says 'Stubs only: this is the student edition'
}

@test "a library is completed by the student's file" {
  cat >mine.c <<'CODE'
#include <math.h>
#include "scaled_scores.h"
QKOAN_LIBRARY
float scaled_score(Row q, Row k) { return 7; }
CODE
  gcc -shared -fPIC -Iexercises -Ibuild/c mine.c -o libmine.so
  run student verify ./libmine.so
  exits_with 1
  says '✗ 2 scaled_score'
  rm mine.c libmine.so
}

@test "the numbers of its pages are computed" {
  run student numbers scaled_scores
  exits_with 0
  grep -qF "$(grep -m1 '^|' <<<"$output")" lessons/01-scaled_scores/README.md
  ninja -C build scaled_scores_numbers
  build/numbers/scaled_scores --check lessons/01-scaled_scores
}

@test "everything that its site is made of is here" {
  run ninja -C build -n site_student
  [ "$status" -eq 0 ] || { printf '%s\n' "$output"; return 1; }
}

@test "its own tests start, and pass" {
  ninja -C build statistics_test
  run ctest --test-dir build -R '^(statistics|numbers_scaled_scores)$'
  exits_with 0
  says '100% tests passed, 0 tests failed out of 2'
  run env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$HOME" TERM=dumb QKOAN_BUILD="$edition/build" \
    bats -f 'a stub is|a wrong number|help is|misspelt|missing exercise' tests/cli/first_steps.bats
  exits_with 0
}

@test "after all of this, nothing leaks from what was built" {
  rm -r build/exercises .qkoan  # what a student wrote and compiled
  [ "$(find build -type f -perm -u+x | wc -l)" -ge 3 ]
  no_line_leaks
}

# Names of functions that only implementations have.
secret_symbols() {
  nm -C --defined-only "$built"/solutions/*.so "$built"/mutants/*.so |
    awk '$2 ~ /^[tT]$/ && !/[$]plt$/ && !/ (_|std::|etext|frame_dummy|(de)?register_tm_clones)/ {
      $1 = $2 = ""; sub(/^ +/, ""); print }' | sort -u
}

@test "no function of an implementation is in a binary" {
  local file
  secret_symbols >"$BATS_TEST_TMPDIR/secrets"
  grep -qx 'scaled_scores_simd' "$BATS_TEST_TMPDIR/secrets"
  for file in $(find build -type f \( -name '*.o' -o -name '*.so' -o -name '*.a' -o -perm -u+x \)); do
    nm -C --defined-only "$file" 2>/dev/null | awk '$2 ~ /^[tTwW]$/ { $1 = $2 = ""; sub(/^ +/, ""); print }'
  done | sort -u >"$BATS_TEST_TMPDIR/symbols"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/symbols")" -gt 100 ]
  run comm -12 "$BATS_TEST_TMPDIR/secrets" "$BATS_TEST_TMPDIR/symbols"
  [ -z "$output" ] || { echo "$output"; return 1; }
}
