#ifndef QKOAN_TESTS_SUPPORT_FAULTS_HPP
#define QKOAN_TESTS_SUPPORT_FAULTS_HPP
/// @file
/// Crashes of an implementation, told before the process dies.

namespace qkoan {

constexpr int kExitAfterFault = 70;  ///< exit code of a suite whose implementation crashed

/// From now on a crash is reported through reporter() and ends the process with kExitAfterFault.
/// Does nothing when AddressSanitizer is loaded, which tells more.
void report_faults();

}  // namespace qkoan

#endif
