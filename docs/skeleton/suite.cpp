/// @file
/// Lesson NN, the suite. Contract: exercises/uniform_attention.hpp.

#include "exercises/uniform_attention.hpp"

#include "reference/uniform_attention.hpp"
#include "tests/support/suite.hpp"

using namespace qkoan;

namespace {

/// The implementation on trial.
const struct {
  QKOAN_FUNCTION(uniform_attention);
} subject;

constexpr const char* kBound =
    "(n_k+1)·u·Σ|V|/n_k: any order of summation, division before or after";

Exact exact_mean(Matrix V) {
  return exact([=](auto real) {
    using Real = decltype(real);
    return reference::uniform_attention<Real>(lift<Real>(V));
  });
}

}  // namespace

namespace suite {

BOOST_AUTO_TEST_SUITE(uniform_attention)

BOOST_AUTO_TEST_CASE(any_values, *description("the mean of any values")) {
  for_all({{"n_k", 1, 100}, {"d_v", 1, 70}}, [](Case& c) {
    const Matrix V = c.matrix("V", c["n_k"], c["d_v"]);
    const MutableRow o = c.output_row("o", V.cols);
    subject.uniform_attention(V, o);
    c.expect("o", o, exact_mean(V), kBound);
  });
}

BOOST_AUTO_TEST_CASE(single_key, *description("one key: its value, to the bit")) {
  for_all({{"d_v", 1, 70}}, [](Case& c) {
    const Matrix V = c.matrix("V", 1, c["d_v"]);
    const MutableRow o = c.output_row("o", V.cols);
    subject.uniform_attention(V, o);
    c.expect_exactly("o", o, {V[0].begin(), V[0].end()}, "one value is its own mean");
  });
}

BOOST_AUTO_TEST_CASE(worked_example, *description("three values of two elements")) {
  example([](Case& c) {
    const Matrix V = c.matrix("V", {{1, 4}, {2, 0}, {6, -1}});
    const MutableRow o = c.output_row("o", 2);
    subject.uniform_attention(V, o);
    c.expect("o", o, exact_mean(V), kBound);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace suite
