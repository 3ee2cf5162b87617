# Speed as a grade, apart from right and wrong.

load helpers
load writing

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

@test "a complete lesson says how to learn whether it is fast" {
  write
  run qkoan run scaled_scores
  exits_with 0
  says './qkoan run scaled_scores --speed is it fast, too?'
  says 'points 4 of 4, speed not raced'
  run qkoan run causal_mask --implementation solution
  silent_about 'speed'
}

@test "noise gives no points, and another try" {
  races_end inconclusive 0
  write
  run qkoan run scaled_scores --speed
  exits_with 0
  says '– scaled_scores_simd no verdict'
  says 'between 10 × and 12 ×: no points yet. Try again'
  says 'points 4 of 4, speed 0 of 1'
  fits
  races_end fast 0
  run qkoan run scaled_scores --speed
  exits_with 0
  says 'points 4 of 4, speed 1 of 1'
}

@test "where nothing is raced, one reads why" {
  run qkoan run causal_mask --speed --implementation solution
  says 'Not raced: no task of causal_mask is graded for speed.'
  run qkoan run scaled_scores --speed --implementation solution --task dot
  says 'Not raced: none of these tasks of scaled_scores is graded for speed.'
  run qkoan run scaled_scores --speed
  says 'Not raced: no task that is graded for speed is right yet.'
  says 'points 0 of 4, speed 0 of 1'
  run qkoan run scaled_scores --speed --implementation variant:backwards
  says 'Not raced: variant:backwards shares a library'
  fits
  run qkoan run scaled_scores --speed --implementation variant:backwards --json
  [[ $(jq -r '.lessons[0].not_raced' <<<"$output") == 'Not raced: '* ]]
  run qkoan run scaled_scores --speed --implementation solutions/scaled_scores.cpp --sanitize
  says 'Leave --sanitize out'
}

@test "a speed that is demanded and never raced is an error of the course" {
  races_end fast 0
  sed -i 's/"decision": "fast",//' build/races/scaled_scores
  write
  run qkoan run scaled_scores --speed
  exits_with 2
  says 'benchmarks/scaled_scores_bench.cpp grades none'
}

own_lessons() {  # what jq does to the tasks of lesson 01
  rm -rf lessons
  cp -r "$repository/lessons" .
  jq "$1" "$repository/lessons/01-scaled_scores/tasks.json" >lessons/01-scaled_scores/tasks.json
}

@test "a lesson says how many points a task has, and how many its speed" {
  own_lessons '.tasks[0].points = 3 | .tasks[3].speed_points = 2'
  races_end fast 0
  write
  run qkoan run scaled_scores --speed
  says 'points 6 of 6, speed 2 of 2'
  write scaled_score='return 0;'
  run qkoan run scaled_scores causal_mask --speed
  exits_with 1
  says 'points 3 of 6, speed 0 of 2'
  says 'points 3 of 12, speed 0 of 2'
  run qkoan run scaled_scores causal_mask --speed --json
  jq -e '.points == {got: 3, of: 12} and .speed_points == {got: 0, of: 2}
    and .lessons[0].points == {got: 3, of: 6}
    and .lessons[0].tasks[0].points == {got: 3, of: 3}
    and .lessons[0].tasks[3].speed_points == {got: 0, of: 2}
    and (.lessons[0].tasks[0] | has("speed_points") | not)' <<<"$output"
}

@test "points that are none are errors of the lesson, and named" {
  local change
  for change in '[0].points = 0' '[0].points = 1.5' '[0].points = "many"' '[3].speed_points = -1' \
    '[3].speed_points = 99999999999' '[3].speed = "fast"' '[3].speed = 0' '[0].speed_points = 1'; do
    own_lessons ".tasks$change"
    run qkoan list
    exits_with 2
    says 'lessons/01-scaled_scores/tasks.json, task '
    says "\"$(grep -o '[a-z_]*  *=' <<<"$change" | tr -d ' =')\""
    fits
  done
}

own_kernel() {  # a solved lesson 01, its SIMD form from standard input
  write
  sed -i '/^void scaled_scores_simd/,$d' exercises/scaled_scores.cpp
  cat >>exercises/scaled_scores.cpp
}

@test "a kernel on narrow vectors is told so" {
  grep -qw avx /proc/cpuinfo || skip 'all vectors of this machine have 4 numbers'
  races_end slow 0
  own_kernel <<'EOF'
typedef float Four __attribute__((vector_size(16), aligned(4)));

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) {
      const float *q = Q[i].data, *k = K[j].data;
      Four sums = {};
      int c = 0;
      for (; c + 4 <= Q.cols; c += 4)
        sums += *reinterpret_cast<const Four*>(q + c) * *reinterpret_cast<const Four*>(k + c);
      float sum = sums[0] + sums[1] + sums[2] + sums[3];
      for (; c < Q.cols; ++c) sum += q[c] * k[c];
      S[i][j] = sum / std::sqrt(static_cast<float>(Q.cols));
    }
}
EOF
  run qkoan run scaled_scores --speed
  exits_with 1
  says '✓ 4 scaled_scores_simd'
  says 'Its vectors have 4 numbers'
}

@test "sums that stay in memory are told" {
  grep -qw avx /proc/cpuinfo || skip 'no wide vectors here, or other code than that of x86-64'
  races_end slow 0
  own_kernel <<'EOF'
void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) {
  constexpr int kKeys = 24, kLanes = simd::vec<float>::size();
  for (int i = 0; i < Q.rows; ++i)
    for (int first = 0; first < K.rows; first += kKeys) {
      const int keys = std::min(kKeys, K.rows - first);
      simd::vec<float> sums[kKeys];
      for (int n = 0; n < keys; ++n) sums[n] = 0;
      int c = 0;
      for (; c + kLanes <= Q.cols; c += kLanes) {
        const simd::vec<float> q = simd::unchecked_load(Q[i].data + c);
        for (int n = 0; n < keys; ++n)
          sums[n] = sums[n] + q * simd::unchecked_load(K[first + n].data + c);
      }
      const simd::vec<float> q = simd::partial_load(Q[i].data + c, Q.cols - c);
      for (int n = 0; n < keys; ++n)
        sums[n] = sums[n] + q * simd::partial_load(K[first + n].data + c, Q.cols - c);
      for (int n = 0; n < keys; ++n)
        S[i][first + n] = simd::reduce(sums[n]) / std::sqrt(static_cast<float>(Q.cols));
    }
}
EOF
  run qkoan run scaled_scores --speed
  exits_with 1
  says '✓ 4 scaled_scores_simd'
  says 'goes to memory'
}

@test "speed is in the JSON, too, and a test case of its own in JUnit XML" {
  write
  run qkoan run scaled_scores --speed --json
  exits_with 1
  [ "$(jq -r '.lessons[0].speed[0].pace' <<<"$output")" = slow ]
  [ "$(jq -r '.lessons[0].passed' <<<"$output")" = true ]
  races_end slow 0
  run qkoan run scaled_scores --speed --junit report.xml
  [ "$(xmllint --xpath 'count(//testcase)' report.xml)" = 5 ]
  [ "$(xmllint --xpath 'string(//testcase[failure]/@name)' report.xml)" = 'scaled_scores_simd speed' ]
}
