# What a class is graded with, besides the suites: the target `class`. In build/class/course lies all
# that a student's file may see when it is compiled, and nothing else.
set(QKOAN_CLASS ${CMAKE_BINARY_DIR}/class)
set(QKOAN_COURSE ${QKOAN_CLASS}/course)

# How students' files are compiled for this: with the flags of their own builds, no debug information, and
# limits on what a compiler does before it gives up.
set(QKOAN_CLASS_FLAGS -std=c++20 ${QKOAN_EXERCISE_FLAGS} -ftemplate-depth=256)
list(TRANSFORM QKOAN_CLASS_FLAGS REPLACE "^-g$" "-g0")
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # A precompiled header knows whether it is for static linking.
  list(APPEND QKOAN_CLASS_FLAGS -fconstexpr-steps=20000000 -static)
else()
  list(APPEND QKOAN_CLASS_FLAGS -fconstexpr-ops-limit=20000000 -fmax-include-depth=40)
endif()
# How a worker is linked. Whoever has functions of the library's names keeps them, as in a shared object.
set(wrap -Wl,--wrap=main,--wrap=abort)
set(QKOAN_CLASS_LINK -static ${wrap} -Wl,--allow-multiple-definition)
# Sanitizers need more than a worker has. The suites, which judge, keep them.
set(QKOAN_UNSANITIZED -fno-sanitize=all)

# Keeps a program from doing harm. Static: it starts where there is nothing else.
pkg_check_modules(libseccomp REQUIRED libseccomp)
add_executable(confine EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/grader/confine/confine.cpp)
set_target_properties(confine PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${QKOAN_CLASS})
target_compile_options(confine PRIVATE -O1 ${QKOAN_UNSANITIZED})
target_link_options(confine PRIVATE -static ${QKOAN_UNSANITIZED})
target_link_libraries(confine PRIVATE ${libseccomp_STATIC_LIBRARIES} qkoan_warnings)
add_custom_target(class)

# The contracts, apart from the exercises, which may be somebody's answers.
file(GLOB contracts CONFIGURE_DEPENDS ${QKOAN_CONTRACTS}/*.hpp)
foreach(contract IN LISTS contracts)
  cmake_path(GET contract FILENAME file)
  add_custom_command(
    OUTPUT ${QKOAN_COURSE}/${file}
    COMMAND ${CMAKE_COMMAND} -E copy ${contract} ${QKOAN_COURSE}/${file}
    DEPENDS ${contract}
    VERBATIM)
  list(APPEND course ${QKOAN_COURSE}/${file})
endforeach()

# As for the students' own builds, precompiled once.
set(class_pch ${QKOAN_COURSE}/pch/qkoan.hpp)
qkoan_precompile(${class_pch} ${QKOAN_COURSE} ${QKOAN_CLASS_FLAGS})
add_custom_target(class_course DEPENDS ${course} ${class_pch}.${QKOAN_PRECOMPILED})

add_custom_target(class_tools DEPENDS confine class_course)

# What every worker consists of, but for the student's functions and the table of them: with all that it takes
# from static libraries, and what students' functions mostly take, one object. To find that in the libraries for
# each text would take a linker three times as long as everything else that it does.
add_library(qkoan_worker OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/support/worker.cpp)
target_include_directories(qkoan_worker PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(qkoan_worker PRIVATE -O2 ${QKOAN_UNSANITIZED})
target_link_libraries(qkoan_worker PRIVATE qkoan_warnings)
set(mostly_taken memcmp memcpy memmove memset)
foreach(function exp exp2 expm1 log log1p log2 log10 pow sin cos tan sincos tanh hypot fma fmod floor ceil)
  list(APPEND mostly_taken ${function} ${function}f)
endforeach()
list(TRANSFORM mostly_taken PREPEND "-Wl,-u,")
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=crt1.o OUTPUT_VARIABLE start
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
add_custom_command(
  OUTPUT ${QKOAN_COURSE}/worker.o
  COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib ${wrap} -Wl,--discard-all ${mostly_taken}
          $<TARGET_OBJECTS:qkoan_worker> ${start} -Wl,--start-group -l:libstdc++.a -l:libm.a -l:libc.a
          -l:libgcc.a -l:libgcc_eh.a -Wl,--end-group -o ${QKOAN_COURSE}/worker.o
  DEPENDS qkoan_worker $<TARGET_OBJECTS:qkoan_worker>
  COMMENT "What all workers have in common"
  COMMAND_EXPAND_LISTS VERBATIM)
add_custom_target(class_worker DEPENDS ${QKOAN_COURSE}/worker.o)

# What a student's object of this lesson is linked to.
function(qkoan_add_worker name)
  set(source ${QKOAN_CLASS}/workers/${name}.cpp)
  file(MAKE_DIRECTORY ${QKOAN_CLASS}/workers)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${name}_suite --worker-source exercises/${name}.hpp > ${source}
    DEPENDS ${name}_suite
    COMMENT "The worker of ${name}"
    VERBATIM)
  add_library(${name}_worker STATIC EXCLUDE_FROM_ALL ${source})
  set_target_properties(${name}_worker PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                                                  ARCHIVE_OUTPUT_DIRECTORY ${QKOAN_COURSE})
  target_include_directories(${name}_worker PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name}_worker PRIVATE -O2 ${QKOAN_UNSANITIZED})
  target_link_libraries(${name}_worker INTERFACE ${QKOAN_COURSE}/worker.o)
  add_dependencies(${name}_worker class_worker)
  # Our solution in a worker: what a student's races with, under the same conditions.
  add_library(${name}_twin_object OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/solutions/${name}.cpp)
  target_include_directories(${name}_twin_object PRIVATE ${QKOAN_CONTRACTS})
  target_compile_options(${name}_twin_object PRIVATE ${QKOAN_CLASS_FLAGS} ${QKOAN_UNSANITIZED})
  add_executable(${name}_twin EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${name}_twin_object>)
  set_target_properties(${name}_twin PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                ${QKOAN_CLASS}/twins)
  target_link_options(${name}_twin PRIVATE ${QKOAN_UNSANITIZED} ${QKOAN_CLASS_LINK})
  target_link_libraries(${name}_twin PRIVATE ${name}_worker)
  # The same worker with planted bugs and variants in the place of a student's functions: do they die and
  # live as they do in the suite's own process? ./qkoan check --workers
  add_executable(${name}_mutants_worker EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/mutants/${name}.cpp)
  set_target_properties(${name}_mutants_worker PROPERTIES OUTPUT_NAME ${name}
                                                          RUNTIME_OUTPUT_DIRECTORY ${QKOAN_CLASS}/mutants)
  target_include_directories(${name}_mutants_worker PRIVATE ${QKOAN_CONTRACTS} ${CMAKE_SOURCE_DIR})
  target_compile_options(${name}_mutants_worker PRIVATE ${QKOAN_IMPLEMENTATION_FLAGS} ${QKOAN_UNSANITIZED})
  target_link_options(${name}_mutants_worker PRIVATE ${QKOAN_CLASS_LINK} ${QKOAN_UNSANITIZED})
  target_link_libraries(${name}_mutants_worker PRIVATE ${name}_worker qkoan_warnings)

  add_custom_target(class_${name} DEPENDS class_tools ${name}_worker ${name}_twin lesson_${name})
  add_dependencies(class class_${name})
endfunction()

qkoan_for_each_lesson(qkoan_add_worker)

# The compiler call, as the command line tool needs it: flags, then the file, then what it is linked to.
list(TRANSFORM QKOAN_CLASS_FLAGS REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE flags)
list(JOIN flags ", " flags)
list(TRANSFORM QKOAN_CLASS_LINK REPLACE "(.+)" "\"\\1\"" OUTPUT_VARIABLE link)
list(JOIN link ", " link)
file(CONFIGURE OUTPUT ${QKOAN_CLASS}/compile.json CONTENT
     "{\"flags\": [@flags@],\n \"link\": [@link@]}\n" @ONLY)
