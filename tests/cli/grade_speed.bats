# The speed of what a class handed in, where nobody is trusted.

load helpers

setup() { make_class; }

scalar_form() {
  cat "$repository/tests/hostile/parts/alibi_scalar.hpp"
  echo 'void add_alibi_simd(float slope, bool both, MutableMatrix S) { add_alibi(slope, both, S); }'
}

hostile() {  # an attack, with its honest part
  sed -e "/#include \"parts/{r $repository/tests/hostile/parts/alibi_scalar.hpp" -e 'd}' \
    "$repository/tests/hostile/$1.cpp"
}

grade() { run qkoan grade "$class" --out "$out" --seed 7 "$@"; }

speed_of() {  # of a student: pace, and why
  local content record
  content=$(jq -r --arg who "$1" '.submissions[] | select(.student == $who).files[0].content' "$out/manifest.json")
  record=$(basename "$(grep -l "\"content\": \"$content\"" "$out"/results/*/*.json)" .json)
  jq -r --arg record "$record" 'select(.conditions.record == $record).tasks[] | .pace + " " + .why' "$out"/speed/*/*.json
}

expect_speed() {  # student, what it begins with
  [[ $(speed_of "$1") == "$2"* ]] || { printf '%s: %s\n' "$1" "$(speed_of "$1")"; return 1; }
}

@test "what is fast has its point for speed, and nothing else has" {
  hand_in ours alibi <"$repository/solutions/alibi.cpp"
  scalar_form | hand_in scalar alibi
  for name in fast_at_last fast_by_memory fast_by_sleep fast_by_bell fast_by_thread; do
    hostile $name | hand_in $name alibi
  done
  grade
  exits_with 0
  says '7 texts raced.'
  [[ $(points ours) == '"7"' ]] || { speed_of ours; return 1; }
  expect_speed ours fast
  for name in scalar fast_at_last fast_by_memory fast_by_sleep fast_by_bell fast_by_thread; do
    [[ $(points $name) == '"6"' ]] || { printf '%s: %s\n' $name "$(points $name)"; return 1; }
  done
  expect_speed scalar slow
  expect_speed fast_at_last 'slow wrong in a race: its results are wrong'
  expect_speed fast_by_memory 'slow wrong in a race: its results are wrong'
  expect_speed fast_by_sleep 'slow '
  expect_speed fast_by_bell 'slow '
  expect_speed fast_by_thread 'slow wrong in a race: threw std::system_error'
  grep -l 'wrong in a race: its results are wrong' "$out"/students/*.html
}

@test "what is raced is kept; without --no-speed only" {
  hand_in ours alibi <"$repository/solutions/alibi.cpp"
  grade --no-speed
  exits_with 0
  silent_about raced
  [[ $(points ours) == '"6"' && ! -e $out/speed ]]
  grade
  exits_with 0
  says '0 texts judged, 1 known from before.'
  says '1 text raced.'
  grade
  says '0 texts raced, 1 known from before.'
  cp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/first.csv"
  grade --report-only
  cmp "$out/gradebook.csv" "$BATS_TEST_TMPDIR/first.csv"
  grade --report-only --no-speed
  [[ $(points ours) == '"6"' ]]
  # An inconclusive race is not the last one.
  sed -i 's/"fast"/"inconclusive"/' "$out"/speed/*/*.json
  grade
  says '1 text raced.'
  # What the course file does not pay for is not raced.
  echo '{"assignment": "a", "lessons": {"alibi": {"tasks": {"add_alibi_simd": {"speed_points": 0}}}}}' >course.json
  grade --course course.json
  silent_about raced
}

@test "a set-up that cannot race says so" {
  hand_in ours alibi <"$repository/solutions/alibi.cpp"
  rm build/races
  mkdir build/races
  printf '#!/bin/sh\necho "no races today" >&2\nexit 2\n' >build/races/alibi
  chmod -R 755 build/races
  grade
  exits_with 2
  says 'The races of alibi broke off: no races today'
  says '--no-speed'
}
