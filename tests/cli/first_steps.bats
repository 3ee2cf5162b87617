# The command line tool, as whoever begins types it. These tests hold in a student edition, too, and are
# in it: they contain no right code.

load helpers

setup() { make_course; }

@test "list shows every lesson and how far one is" {
  run qkoan list
  exits_with 0
  says '01 scaled_scores'
  says '0/4'
  fits
}

@test "a stub is not written yet, which is a failure" {
  run qkoan run scaled_scores
  exits_with 1
  says 'not written yet'
  says "exercises/scaled_scores.cpp:$(grep -n 'todo(1);' exercises/scaled_scores.cpp | cut -d: -f1)"
  fits
}

@test "a wrong number is a failure that shows what was expected" {
  sed 's|todo(1);|return 2 * q[0] * k[0];|' tests/stubs/scaled_scores.cpp >exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  for word in '✗ 1 dot' expected got absolute relative ulp allowed 'not run' seed; do says "$word"; done
  fits
}

@test "help is a page, on standard output" {
  qkoan --help >page
  run cat page
  says './qkoan list'
  fits
  run qkoan help
  exits_with 0
  says './qkoan list'
  run qkoan run --help
  exits_with 0
  says '--seed'
}

@test "a misspelt name is recognised" {
  run qkoan run scaled_score
  says 'scaled_scores'
  run qkoan lst
  exits_with 2
  says 'Did you mean'
}

@test "a missing exercise says how to get it back" {
  rm exercises/scaled_scores.cpp
  run qkoan run scaled_scores
  exits_with 1
  says './qkoan reset scaled_scores'
  run qkoan reset scaled_scores --yes
  exits_with 0
  cmp exercises/scaled_scores.cpp tests/stubs/scaled_scores.cpp
}

@test "a state of the wrong shape does not stop anything" {
  mkdir -p .qkoan
  for content in '[]' '3' '{"lessons": 3}' '{"lessons": {"scaled_scores": []}}' '{"version": 99}' ''; do
    echo "$content" >.qkoan/state.json
    run qkoan list
    exits_with 0
    says '0/4'
  done
}

@test "colours only on a terminal, and none with NO_COLOR" {
  run qkoan list
  silent_about $'\e['
  run script -qec 'build/bin/qkoan list' /dev/null
  says $'\e['
  NO_COLOR=1 run script -qec 'build/bin/qkoan list' /dev/null
  silent_about $'\e['
}

@test "without a terminal and without arguments it judges once" {
  run qkoan </dev/null
  exits_with 1
  says 'scaled_scores'
}

@test "the numbers of a page are those that stand on it" {
  run qkoan numbers scaled_scores
  exits_with 0
  grep -qF "$(grep -m1 '^|' <<<"$output")" lessons/01-scaled_scores/README.md
}
