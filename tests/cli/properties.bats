# What holds for all inputs, judged by itself.

load helpers
load writing

setup() { make_course; }

@test "properties hold for the solution, with as many cases as asked for" {
  run qkoan properties scaled_scores causal_mask --cases 7 --seed 3
  exits_with 0
  says '01 scaled_scores'
  says '✓ 7 cases'
  says 'seed 3'
  fits
}

@test "a property that fails shows its smallest counterexample and how to repeat it" {
  run qkoan properties causal_mask --seed 3 --implementation bug:sees_the_next
  exits_with 1
  says '✗'
  says 'n_q = 2, n_k = 1'
  says './qkoan properties causal_mask --seed 3 --implementation bug:sees_the_next'
  fits
  run qkoan properties causal_mask --seed 3 --implementation bug:sees_the_next --json
  exits_with 1
  [ "$(jq -r .holds <<<"$output")" = false ]
  [ "$(jq '[.lessons[].properties[] | select(.result == "fails")] | length' <<<"$output")" -ge 1 ]
}

@test "one property that fails keeps no other from being judged" {
  write scaled_scores='S[0][0] = 0;'
  run qkoan properties scaled_scores --implementation exercises/scaled_scores.cpp --json
  exits_with 1
  [ "$(jq '[.lessons[].properties[] | select(.result == "not_run")] | length' <<<"$output")" -eq 0 ]
}

@test "what is not written, does not compile or crashes is said so" {
  run qkoan properties scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 1
  says 'is not written yet'
  write dot='no C++'
  run qkoan properties scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 1
  says 'does not compile'
  write scaled_scores='S.data[100000000] = 0;'
  run qkoan properties scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 1
  says 'memory'
}

@test "no such lesson, bug or number of cases" {
  run qkoan properties scaled_score5
  exits_with 2
  says 'Did you mean scaled_scores'
  run qkoan properties scaled_scores --implementation bug:forgets_scales
  exits_with 2
  says 'bug:forgets_scale'
  run qkoan properties --cases 0
  exits_with 2
}
