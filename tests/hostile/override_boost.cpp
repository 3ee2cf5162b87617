// lesson: alibi
// earns: none
// Tries: to be the test framework: nothing is ever logged, nothing fails.
// A mark: every task, if the framework has the last word.
#include <dlfcn.h>

#include "alibi.hpp"
#include "parts/symbols.hpp"

namespace boost::unit_test {
struct unit_test_log_t {
  void exception_caught();
};
void unit_test_log_t::exception_caught() {}
}  // namespace boost::unit_test
static bool no_errors() { return true; }

void alibi_slopes(int, int, MutableRow) {
  for (const char* const name :
       {"_ZNK5boost9unit_test12test_results6passedEv",
        "_ZN5boost10test_tools9tt_detail12report_assertERKNS0_16assertion_resultE"
        "NS_9unit_test12lazy_ostreamENS6_13basic_cstringIKcEEmNS1_10tool_levelE"}) {
    if (void* const function = dlsym(RTLD_DEFAULT, name)) {
      redirect(function, reinterpret_cast<void*>(no_errors));
    }
  }
}
