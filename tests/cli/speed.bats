# Speed as a grade, apart from right and wrong.

load helpers

setup() { make_course; }

@test "what is fast enough passes, with where it stands" {
  cp solutions/scaled_scores.cpp exercises/
  run qkoan run scaled_scores --speed
  exits_with 0
  says 'Speed'
  says '✓ scaled_scores_simd'
  says 'the scalar form'
  says "the machine's limit"
  fits
}

@test "what is right but slow fails, and is told why" {
  write
  run qkoan run scaled_scores --speed
  exits_with 1
  says '✓ 4 scaled_scores_simd'
  says '✗ scaled_scores_simd'
  says 'needed'
  [[ $(uname -m) != x86_64 ]] || says 'works on one number at a time'
  fits
  run qkoan run scaled_scores
  exits_with 0
}

@test "speed is in the JSON, too" {
  write
  run qkoan run scaled_scores --speed --json
  exits_with 1
  [ "$(jq -r '.lessons[0].speed[0].pace' <<<"$output")" = slow ]
  [ "$(jq -r '.lessons[0].passed' <<<"$output")" = true ]
}
