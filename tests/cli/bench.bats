# How fast: races, and their report.

load helpers

setup() { make_course; }

@test "bench races our solution with another implementation, and keeps the results" {
  local lowest
  lowest=$(cd "$QKOAN_BUILD/solutions" && ls kerple.*.so | head -n 1)
  lowest=${lowest#kerple.}
  run qkoan bench kerple --implementation "solution:${lowest%.so}" --json results.json
  exits_with 0
  says '07 kerple'
  says 'GFLOP/s'
  says 'kerple_log_bias_simd'
  fits
  [ "$(jq -r .schema results.json)" = qkoan/bench/1 ]
  [ "$(jq '.lessons[0].races[0].contenders | length' results.json)" -eq 3 ]
  jq -e '.lessons[0].races[] | .rounds >= 9 and (.contenders[0].ratio.median == 1)' results.json
}

@test "bench says which lessons it knows, and what does not compile" {
  run qkoan bench causal_mask
  exits_with 2
  says 'There are benchmarks of: '
  write dot='no C++'
  run qkoan bench scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 2
  says 'does not compile'
  says './qkoan run scaled_scores'
}

@test "bench says that an implementation crashed" {
  write scaled_scores='*static_cast<volatile float*>(nullptr) = 1;'
  run qkoan bench scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 2
  says 'crashed'
  says './qkoan run scaled_scores'
}

@test "peers race, too, and are verified as any library is" {
  run qkoan bench scaled_scores --peers --json results.json
  exits_with 0
  says 'eigen'
  fits
  jq -e '[.lessons[0].races[].contenders | map(.name) | index("eigen")] | all' results.json
  run qkoan verify build/peers/eigen.so --lesson scaled_scores --no-speed
  exits_with 0
  says '✓ 4 scaled_scores_simd'
}
