# Everything comes from the distribution; packages.txt names the packages.
find_package(Boost 1.74 REQUIRED COMPONENTS unit_test_framework)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(benchmark 1.7 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(libsodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libarchive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)
find_path(RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
find_library(MPFI_LIBRARY mpfi REQUIRED)
find_library(MPFR_LIBRARY mpfr REQUIRED)
find_library(GMP_LIBRARY gmp REQUIRED)

# Warnings are errors in our own code; students see theirs as warnings.
add_library(qkoan_warnings INTERFACE)
target_compile_options(qkoan_warnings INTERFACE -Wall -Wextra -Wshadow -Werror)

# mold links a student's object in 15 ms, the default linker in 45.
find_program(MOLD mold)
if(MOLD)
  set(QKOAN_LINKER -fuse-ld=mold)
  add_link_options(${QKOAN_LINKER})
endif()

# References, enclosures and bounds: headers only.
add_library(qkoan_reference INTERFACE)
target_include_directories(qkoan_reference INTERFACE ${CMAKE_SOURCE_DIR})
target_link_libraries(qkoan_reference INTERFACE Eigen3::Eigen Boost::headers ${MPFI_LIBRARY}
                                                ${MPFR_LIBRARY} ${GMP_LIBRARY})
