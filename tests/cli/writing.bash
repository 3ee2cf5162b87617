# The student writes the four tasks of lesson 01. Each may be replaced: write dot='return 1;'
# No student edition has this file.
write() {
  local "$@"
  cat >exercises/scaled_scores.cpp <<EOF
#include "scaled_scores.hpp"

float dot(Row q, Row k) {
  ${dot:-float sum = 0; for (int c = 0; c < q.size; ++c) sum += q[c] * k[c]; return sum;}
}

float scaled_score(Row q, Row k) {
  ${scaled_score:-return dot(q, k) / std::sqrt(static_cast<float>(q.size));}
}

void scaled_scores(Matrix Q, Matrix K, MutableMatrix S) {
  ${scaled_scores:-for (int i = 0; i < Q.rows; ++i)
    for (int j = 0; j < K.rows; ++j) S[i][j] = scaled_score(Q[i], K[j]);}
}

void scaled_scores_simd(Matrix Q, Matrix K, MutableMatrix S) { scaled_scores(Q, K, S); }
EOF
}
