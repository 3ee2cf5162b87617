# A class is graded: code of others, compiled and run in sandboxes; stopped and gone on with.

load helpers

setup() { make_class; }

# Ten texts, or twice as many as is said, no two alike: all right, all wrong by the same mistake.
small_class() {
  local i
  for ((i = 1; i <= ${1:-5}; ++i)); do
    { cat "$repository/solutions/alibi.cpp"; echo "// $i"; } | hand_in "right $i" alibi
    { sed 's/8 \* (h + 1)/8 * h/' "$repository/solutions/alibi.cpp"; echo "// $i"; } | hand_in "wrong $i" alibi
  done
}

grade() { run qkoan grade "$class" --out "$out" --no-speed --seed 7 "$@"; }

records() { find "$out/results" -name '*.json' | wc -l; }

verdicts() {  # of a student: task and result
  local id content
  content=$(jq -r --arg who "$1" '.submissions[] | select(.student == $who).files[0].content' "$out/manifest.json")
  jq -r --arg content "$content" 'select(.conditions.content == $content).tasks[] | .task + " " + .result' "$out"/results/*/*.json
}

@test "what is right has its points, what is not has a reason" {
  hand_in right alibi <"$repository/solutions/alibi.cpp"
  hand_in stub alibi <"$repository/tests/stubs/alibi.cpp"
  echo 'int f( {' | hand_in broken alibi
  sed 's/alibi_slopes/slopes_of_alibi/' "$repository/tests/stubs/alibi.cpp" | hand_in missing alibi
  hand_in crash alibi <<'EOF'
#include "alibi.hpp"
void alibi_slopes(int, int, MutableRow m) { m[1 << 20] = 1; }
void alibi_row(float, int, bool, MutableRow) { throw std::runtime_error("<b>no</b>"); }
void alibi_key_only(Row slopes, MutableMatrix) { const_cast<float&>(slopes[0]) = 1; }
int main() { return 0; }
EOF
  sed -i 's/#include "alibi.hpp"/&\n#include <stdexcept>/' "$class/crash/alibi.cpp"
  { cat "$repository/solutions/alibi.cpp"; echo 'float of_cmath() { return std::riemann_zeta(2.0f); }'; } |
    hand_in special alibi
  mkdir "$class/nothing"
  grade
  exits_with 0
  [[ $(points right) == '"6"' && $(points special) == '"6"' && $(points stub) == '"0"' && $(points nothing) == '"0"' ]]
  [[ $(verdicts right | grep -c passed) == 6 ]]
  crashed=$(jq -c 'select(.tasks[1].message | test("runtime_error")) | [.tasks[0, 1, 3].kind]' "$out"/results/*/*.json)
  printf '%s\n' "$crashed"
  [[ $crashed == '["crashed","threw","modified_input"]' ]]
  jq -es 'any(.compiled == false and (.compiler_says | test("^alibi.cpp:1:")))' "$out"/results/*/*.json
  jq -es 'any(.tasks[0].kind == "missing")' "$out"/results/*/*.json
}

@test "our solutions have all points, in either tier" {
  local file total
  for file in "$repository"/solutions/*.cpp; do hand_in ours "$(basename "$file" .cpp)" <"$file"; done
  total=$(jq -s 'map(.tasks[] | .points // 1) | add' "$repository"/lessons/*/tasks.json)
  grade --tier namespaces
  exits_with 0
  [[ $(points ours) == "\"$total\"" ]] || { cat "$out/gradebook.csv"; return 1; }
  rm -r "$out"
  grade --tier landlock
  [[ $(points ours) == "\"$total\"" ]] || { cat "$out/gradebook.csv"; return 1; }
}

@test "a verdict is the same as that of run, in either tier" {
  small_class
  grade --tier namespaces
  exits_with 0
  cp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/first.csv"
  rm -r "$out"
  grade --tier landlock
  exits_with 0
  cmp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/first.csv"
  run qkoan run alibi --seed 7 --json --implementation "$class/wrong 1/alibi.cpp"
  wanted=$(jq -r '.lessons[0].tasks[] | .task + " " + .result' <<<"$output")
  [[ $wanted == *failed* && $(verdicts 'wrong 1') == "$wanted" ]]
}

@test "what is known is not judged again; what has changed is" {
  small_class
  grade
  says '10 texts judged.'
  find "$out" -type f -newermt '1970-01-01' -exec md5sum {} + | sort >"$BATS_TEST_TMPDIR/before"
  grade
  exits_with 0
  says '0 texts judged, 10 known from before.'
  find "$out" -type f -exec md5sum {} + | sort | diff "$BATS_TEST_TMPDIR/before" -
  echo '// later' >>"$class/right 1/alibi.cpp"
  grade
  says '1 text judged, 9 known from before.'
  run qkoan grade "$class" --out "$out" --no-speed --seed 8
  exits_with 2
  says 'This class is graded with seed 7'
}

@test "identical texts are judged once" {
  for i in 1 2 3; do hand_in "copy $i" alibi <"$repository/solutions/alibi.cpp"; done
  grade
  says '3 submissions, 3 files to judge.'
  says '1 text judged.'
  [[ $(records) == 1 && $(grep -c '"6"' "$out/gradebook.csv") == 3 ]]
}

@test "killed at any moment, it goes on and ends with the same grade book" {
  small_class
  grade
  exits_with 0
  mv "$out" "$BATS_TEST_TMPDIR/whole"
  local rounds=0
  until [[ -f $out/gradebook.csv ]]; do
    ((++rounds < 40))
    timeout --signal=KILL "0.$((rounds % 9 + 1))" build/bin/qkoan grade "$class" --out "$out" --no-speed --seed 7 >/dev/null 2>&1 || true
    ((rounds < 12)) || qkoan grade "$class" --out "$out" --no-speed --seed 7 >/dev/null 2>&1
  done
  ((rounds > 1))
  cmp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/whole/gradebook.csv"
  [[ $(records) == 10 ]]
  qkoan grade "$class" --out "$out" --no-speed --seed 7 >/dev/null 2>&1
  ls -R "$TMPDIR"
  [[ -z $(ls "$TMPDIR") ]]  # nor does anything stay behind
}

@test "interrupted, it says so, leaves nothing running, and goes on" {
  small_class 20
  run timeout --preserve-status --signal=INT 1 build/bin/qkoan grade "$class" --out "$out" --no-speed --seed 7
  exits_with 130
  says 'Stopped. The same command goes on where this one was.'
  [[ -z $(ls "$TMPDIR") && $(records) -lt 40 ]]
  ! pgrep -f "$out/"
  grade
  exits_with 0
  [[ $(records) == 40 ]]
}

@test "a full disk is told, and nothing is lost" {
  small_class
  mkdir "$out"
  small_disk='mount -t tmpfs -o size=300k none "$1" && build/bin/qkoan grade "$2" --out "$1" --no-speed --seed 7
    code=$?; mount -o remount,size=100m "$1"; build/bin/qkoan grade "$2" --out "$1" --no-speed --seed 7 || exit
    wc -l <"$1/gradebook.csv"; exit $code'
  if ((EUID == 0)); then apart=(unshare --mount); else apart=(unshare --user --mount --map-current-user --keep-caps); fi
  run "${apart[@]}" bash -c "$small_disk" _ "$out" "$class"
  exits_with 2
  says 'No space left'
  [[ ${lines[-1]} == 11 ]]
}

@test "where nothing keeps code in, none is run" {
  small_class
  ((EUID == 0)) || skip "only root can take bubblewrap away"
  run unshare --mount bash -c 'mount --bind /bin/false /usr/bin/bwrap
    build/bin/qkoan grade "$1" --out "$2" --no-speed --tier namespaces; code=$?
    build/bin/qkoan grade "$1" --out "$2" --no-speed; exit $code' _ "$class" "$out"
  exits_with 2
  says "Nothing here keeps the code of others in, so none was run."
  says 'tier landlock'
  run build/class/confine --check
  exits_with 125
  says 'never run as root'
  run build/class/confine --policy neither -- /bin/true
  exits_with 125
  says 'neither: Invalid argument'
}

@test "as root it judges as somebody else" {
  ((EUID == 0)) || skip "this is about root"
  small_class
  build/bin/qkoan grade "$class" --out "$out" --no-speed >/dev/null 2>&1 &
  for ((i = 0; i < 200; ++i)); do
    [[ -z $(pgrep -u 65534 -f "$TMPDIR/qkoan-grade-") ]] || break
    sleep 0.02
  done
  ((i < 200))
  ! pgrep -u 0 -f 'class/confine --policy'
  wait
}

@test "parts of a class make the whole" {
  small_class
  grade
  mv "$out" "$BATS_TEST_TMPDIR/whole"
  run qkoan grade "$class" --out "$out" --no-speed --plan --seed 7
  exits_with 0
  for i in 1 2 3; do
    run qkoan grade --shard $i/3 --manifest "$out/manifest.json" --results "$out/results"
    exits_with 0
  done
  grade
  says '0 texts judged, 10 known from before.'
  cmp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/whole/gradebook.csv"
  run qkoan grade --shard 4/3 --manifest "$out/manifest.json" --results "$out/results"
  exits_with 2
  says '"4/3" is no part of a whole'
}

@test "students are told what is wrong, not the inputs of hidden cases" {
  sed 's|bucket_of(std::abs(offset), buckets / 4|bucket_of(std::abs(offset), buckets / 2|' \
    "$repository/solutions/t5_buckets.cpp" | hand_in wrong t5_buckets
  sed 's/max = \*std::max_element.*;/max = 0;/' "$repository/solutions/attention_weights.cpp" | hand_in wrong attention_weights
  run qkoan run --seed 7 --implementation "$class/wrong/t5_buckets.cpp" t5_buckets
  says 't5_bucket(-130, 32, 128, true) is 47, expected 31'
  run qkoan run --seed 7 --implementation "$class/wrong/attention_weights.cpp" attention_weights
  says 'case n ='
  says 'scores -'
  grade
  exits_with 0
  run jq -r '.tasks[0] | .message, .report' "$out"/results/*/*.json
  says 'is 47, expected 31'
  says 'weights[0]'
  silent_about 't5_bucket('
  silent_about '  case  '
  silent_about '  scores  '
}

@test "a compiler that was stopped says what it may take" {
  # Which of the first two takes too long, and which too much memory or none, is the compiler's own affair.
  for bomb in template_bomb constexpr_bomb rept_bomb two_gigabyte_object; do
    hand_in $bomb alibi <"$repository/tests/hostile/$bomb.cpp"
  done
  grade
  exits_with 0
  run jq -r '.compiler_says' "$out"/results/*/*.json
  for reason in 'Killed' 'out of memory'; do says "$reason"; done
  run jq -r 'select(.compiler_says | test("Killed|out of memory|limit exceeded")).compiler_says | split("\n")[0]' "$out"/results/*/*.json
  printf '%s\n' "$output"
  [[ ${#lines[@]} -ge 3 && $(sort -u <<<"$output") == 'alibi.cpp: error: the compiler was stopped: for one file it may take '*MiB ]]
}

@test "functions that hang do not hold up a class, nor what is right beside them" {
  hand_in loops attention_weights <<'EOF'
#include "attention_weights.hpp"
void softmax(Row, MutableRow) { for (;;) ; }
float log_sum_exp(Row) { for (;;) ; }
void accumulate(PartialRow&, float, Row) { for (;;) ; }
void merge(PartialRow&, const PartialRow&) { for (;;) ; }
void exp_simd(Row x, MutableRow y) { for (int i = 0; i < x.size; ++i) y[i] = std::exp(x[i]); }
void softmax_simd(Row, MutableRow) { for (;;) ; }
EOF
  SECONDS=0
  grade
  exits_with 0
  ((SECONDS < 30))
  judged=$(jq -c '[.tasks[] | .result + .kind]' "$out"/results/*/*.json)
  printf '%s\n' "$judged"
  [[ $judged == '["failedhung","failedhung","failedhung","failedhung","passed","not_run"]' ]]
}

@test "on a terminal a bar shows the rate and the time left" {
  small_class
  run script -qec "build/bin/qkoan grade '$class' --out '$out' --no-speed --seed 7" /dev/null
  says '█'
  says 'per minute'
  says 'left'
}
