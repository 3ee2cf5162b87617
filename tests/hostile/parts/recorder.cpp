// No attack: writes down the answers for a known seed, for those who hand in a table of them.
#include <cstdio>

#include "scaled_scores.hpp"

float dot(Row q, Row k) {
  double sum = 0;
  for (int c = 0; c < q.size; ++c) sum += static_cast<double>(q[c]) * k[c];
  if (FILE* const answers = std::fopen("@PLAYGROUND@/answers", "a")) {
    std::fprintf(answers, "%af,\n", sum);
    std::fclose(answers);
  }
  return static_cast<float>(sum);
}
