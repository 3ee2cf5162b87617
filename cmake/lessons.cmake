# A lesson is a folder lessons/NN-name; its other files are found by their name. Adding a lesson
# therefore touches no build file.

set(QKOAN_CONTRACTS ${CMAKE_SOURCE_DIR}/exercises)

# How implementations (students', ours, planted bugs) are compiled and linked: the same everywhere,
# so that a verdict never depends on who is judged. a·b + c may become a fused multiply-add, also
# through the operators of simd.hpp; -ffast-math is out, since masks are infinities.
set(QKOAN_IMPLEMENTATION_FLAGS -O2 -g -fPIC -ffp-contract=fast -fno-gnu-unique)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(REMOVE_ITEM QKOAN_IMPLEMENTATION_FLAGS -fno-gnu-unique)
endif()
set(QKOAN_IMPLEMENTATION_LINK -shared -Wl,-z,defs -Wl,-Bsymbolic-functions ${QKOAN_LINKER})

# Solutions are built once per instruction set, and the loader takes the best that the machine has.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(QKOAN_LEVELS x86-64-v2 x86-64-v3 x86-64-v4)
  set(QKOAN_TESTED_LEVELS x86-64-v2 x86-64-v3)  # exhaustively: without and with fused multiply-add
else()
  set(QKOAN_LEVELS native)
  set(QKOAN_TESTED_LEVELS native)
endif()

# An object of one implementation: qkoan_add_implementation(target source directory name flags...)
function(qkoan_add_implementation target source directory name)
  add_library(${target} MODULE EXCLUDE_FROM_ALL ${source})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY
                                             ${CMAKE_BINARY_DIR}/${directory})
  target_include_directories(${target} PRIVATE ${QKOAN_CONTRACTS} ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${QKOAN_IMPLEMENTATION_FLAGS} ${ARGN})
  target_link_options(${target} PRIVATE ${QKOAN_IMPLEMENTATION_LINK})
  target_link_libraries(${target} PRIVATE qkoan_warnings)
endfunction()

# What stands for the pictures of a lesson that has some: a file written when they are drawn.
file(GLOB QKOAN_PICTURES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lessons/[0-9][0-9]-*/pictures.cpp)
list(TRANSFORM QKOAN_PICTURES REPLACE ".*/[0-9][0-9]-(.+)/pictures.cpp$"
                                      "${CMAKE_BINARY_DIR}/pictures/\\1.drawn")

# A lesson's pictures, drawn anew when its program or the look of pictures has changed.
function(qkoan_add_pictures folder name)
  add_executable(${name}_pictures ${folder}/pictures.cpp)
  set_target_properties(${name}_pictures PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                    ${CMAKE_BINARY_DIR}/pictures)
  target_compile_options(${name}_pictures PRIVATE -O1)
  target_link_libraries(${name}_pictures PRIVATE qkoan_album qkoan_warnings)

  set(draw ${CMAKE_SOURCE_DIR}/docs/draw_pictures.sh)
  set(drawn ${CMAKE_BINARY_DIR}/pictures/${name}.drawn)
  add_custom_command(
    OUTPUT ${drawn}
    COMMAND ${draw} $<TARGET_FILE:${name}_pictures> ${CMAKE_BINARY_DIR}/site/pictures
    COMMAND ${CMAKE_COMMAND} -E touch ${drawn}
    DEPENDS ${name}_pictures ${draw} ${CMAKE_SOURCE_DIR}/docs/album.gp
            ${CMAKE_SOURCE_DIR}/benchmarks/plots/style.gp
    COMMENT "The pictures of ${name}"
    VERBATIM)
  add_custom_target(${name}_drawn DEPENDS ${drawn})
  add_dependencies(pictures ${name}_drawn)
endfunction()

# Our solution at every level, and the planted bugs and correct variants.
function(qkoan_add_solution name)
  set(solutions "")
  foreach(level IN LISTS QKOAN_LEVELS)
    qkoan_add_implementation(${name}_solution_${level} ${CMAKE_SOURCE_DIR}/solutions/${name}.cpp
                             solutions ${name}.${level} -march=${level})
    list(APPEND solutions ${name}_solution_${level})
  endforeach()
  add_custom_target(${name}_solution DEPENDS ${solutions})

  qkoan_add_implementation(${name}_mutants ${CMAKE_SOURCE_DIR}/tests/mutants/${name}.cpp mutants
                           ${name})
  add_dependencies(lesson_${name} ${name}_solution ${name}_mutants)
endfunction()

function(qkoan_add_lesson name folder)
  add_executable(${name}_suite ${CMAKE_SOURCE_DIR}/tests/${name}_test.cpp)
  set_target_properties(${name}_suite PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                 ${CMAKE_BINARY_DIR}/suites)
  target_link_libraries(${name}_suite PRIVATE qkoan_support qkoan_warnings)

  # Never built here: it puts the grading flags into compile_commands.json, where the grader and
  # every editor read them.
  add_library(${name}_exercise OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/exercises/${name}.cpp)
  target_include_directories(${name}_exercise PRIVATE ${QKOAN_CONTRACTS})
  target_compile_options(${name}_exercise PRIVATE ${QKOAN_EXERCISE_FLAGS})

  add_executable(${name}_numbers ${folder}/numbers.cpp)
  set_target_properties(${name}_numbers PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                   ${CMAKE_BINARY_DIR}/numbers)
  target_compile_options(${name}_numbers PRIVATE -O1)
  target_link_libraries(${name}_numbers PRIVATE qkoan_numbers qkoan_warnings)

  if(EXISTS ${folder}/pictures.cpp)
    qkoan_add_pictures(${folder} ${name})
  endif()

  # The contract for kernels in C.
  set(c_header ${CMAKE_BINARY_DIR}/c/${name}.h)
  add_custom_command(
    OUTPUT ${c_header}
    COMMAND ${CMAKE_COMMAND} -D FROM=${QKOAN_CONTRACTS}/${name}.hpp -D TO=${c_header} -P
            ${CMAKE_SOURCE_DIR}/cmake/c_header.cmake
    DEPENDS ${QKOAN_CONTRACTS}/${name}.hpp ${CMAKE_SOURCE_DIR}/cmake/c_header.cmake
    COMMENT "The contract of ${name} in C"
    VERBATIM)
  add_custom_target(${name}_c_header DEPENDS ${c_header})
  add_dependencies(c_headers ${name}_c_header)

  add_custom_target(lesson_${name} ALL DEPENDS c_headers ${name}_suite exercise_pch)
  if(NOT QKOAN_STUDENT_EDITION)
    qkoan_add_solution(${name})
  endif()
endfunction()

set(QKOAN_EXERCISE_FLAGS ${QKOAN_IMPLEMENTATION_FLAGS} -march=native -Wall -Wextra
                         -Wno-unused-parameter)

if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  set(QKOAN_PRECOMPILED pch)
else()
  set(QKOAN_PRECOMPILED gch)
endif()

# Precompiles what every contract includes, for students' files: qkoan_precompile(header contracts flags...)
# Without the special functions of <cmath>: libstdc++ has a compiler instantiate them all for every file,
# even out of a precompiled header, and so takes it twice as long. grader/precompiled.cpp
function(qkoan_precompile header contracts)
  file(CONFIGURE OUTPUT ${header} CONTENT "#if __has_include(<bits/c++config.h>)
#include <bits/c++config.h>
#undef _GLIBCXX_USE_STD_SPEC_FUNCS
#endif
#include \"@contracts@/simd.hpp\"
" @ONLY)
  add_custom_command(
    OUTPUT ${header}.${QKOAN_PRECOMPILED}
    COMMAND ${CMAKE_CXX_COMPILER} ${ARGN} -I${contracts} -x c++-header ${header} -o
            ${header}.${QKOAN_PRECOMPILED}
    DEPENDS ${header} ${contracts}/qkoan.hpp ${contracts}/simd.hpp
    COMMENT "Precompiling the vocabulary of the contracts"
    VERBATIM)
endfunction()

set(pch ${CMAKE_BINARY_DIR}/pch/qkoan.hpp)
separate_arguments(common_flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
qkoan_precompile(${pch} ${QKOAN_CONTRACTS} ${common_flags} -std=c++20 ${QKOAN_EXERCISE_FLAGS})
add_custom_target(exercise_pch DEPENDS ${pch}.${QKOAN_PRECOMPILED})

# Calls a function with the name of every lesson.
function(qkoan_for_each_lesson call)
  file(GLOB folders CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/lessons
       ${CMAKE_SOURCE_DIR}/lessons/[0-9][0-9]-*)
  foreach(folder IN LISTS folders)
    string(SUBSTRING ${folder} 3 -1 name)
    cmake_language(CALL ${call} ${name} ${CMAKE_SOURCE_DIR}/lessons/${folder})
  endforeach()
endfunction()

function(qkoan_add_lessons)
  add_custom_target(c_headers) # all of them: one may include another
  qkoan_for_each_lesson(qkoan_add_lesson)
endfunction()

# What the command line tool must know of this build.
list(TRANSFORM QKOAN_IMPLEMENTATION_LINK REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE linker_flags)
list(JOIN linker_flags ", " linker_flags)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/paths.json CONTENT [[{
  "source": "@CMAKE_SOURCE_DIR@",
  "build": "@CMAKE_BINARY_DIR@",
  "compiler": "@CMAKE_CXX_COMPILER@",
  "cmake": "@CMAKE_COMMAND@",
  "linker_flags": [@linker_flags@]
}
]] @ONLY)
# Editors look for the flags at the root; those of the default build are the grader's.
if(CMAKE_BINARY_DIR STREQUAL CMAKE_SOURCE_DIR/build)
  file(CREATE_LINK build/compile_commands.json ${CMAKE_SOURCE_DIR}/compile_commands.json SYMBOLIC)
endif()
