# Labs, see docs/lab.hpp: lessons/NN-name/lab_LAB.cpp becomes site/labs/name-LAB.js, WebAssembly in a
# script, and a program of the same sources that a test compares it with. Not in `all`.

# Both compute with vectors of 128 bits, and WebAssembly has no fused multiply-add.
set(QKOAN_LAB_FLAGS -O2 -ffp-contract=off)

find_program(EMXX em++)
find_program(NODE node)
find_path(EMSCRIPTEN_MUSL src/math/exp.c PATHS /usr/share/emscripten/system/lib/libc/musl)
if(NOT EXISTS ${CMAKE_SOURCE_DIR}/solutions)
  return()  # there is nothing that labs could compute by
endif()
if(NOT EMXX OR NOT NODE OR NOT EMSCRIPTEN_MUSL)
  message(STATUS "Pages get no sliders: these take em++ (package emscripten) and node (nodejs)")
  return()
endif()
enable_language(C)

# Mathematical functions are those of emscripten's C library on both sides: what solutions call, and what
# that calls.
file(GLOB functions ${EMSCRIPTEN_MUSL}/src/math/__math_*.c)
foreach(name IN ITEMS ceil cos exp exp2 exp2f exp2f_data exp_data expf fabs floor log log1p log1pf log2 log2_data
                      log2f log2f_data log_data logf logf_data pow pow_data powf powf_data scalbn sin sincos sqrt
                      sqrt_data sqrtf __cos __rem_pio2 __rem_pio2_large __sin)
  list(APPEND functions ${EMSCRIPTEN_MUSL}/src/math/${name}.c)
endforeach()
cmake_path(SET headers NORMALIZE ${EMSCRIPTEN_MUSL}/../../../../cache/sysroot/include)
add_library(lab_functions STATIC EXCLUDE_FROM_ALL ${functions})
target_include_directories(lab_functions PRIVATE ${EMSCRIPTEN_MUSL}/src/internal ${EMSCRIPTEN_MUSL}/arch/generic
                                                 ${EMSCRIPTEN_MUSL}/src/include ${headers})
target_compile_options(lab_functions PRIVATE ${QKOAN_LAB_FLAGS} -std=gnu99 -w -nostdinc -fno-builtin)

set(lab_folder ${CMAKE_BINARY_DIR}/labs)
set(lab_scripts "")
add_custom_target(lab_programs)

# qkoan_compile_for_labs(output source): an object of WebAssembly, made once for all labs that need it.
function(qkoan_compile_for_labs output source)
  cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE shown)
  string(REPLACE "/" "." object ${shown})
  set(object ${lab_folder}/${object}.o)
  set(${output} ${object} PARENT_SCOPE)
  get_property(known GLOBAL PROPERTY qkoan_lab_objects)
  if(object IN_LIST known)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY qkoan_lab_objects ${object})
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${EMXX} -std=c++20 ${QKOAN_LAB_FLAGS} -msimd128 -fno-rtti -I${CMAKE_SOURCE_DIR} -I${QKOAN_CONTRACTS}
            -include ${CMAKE_SOURCE_DIR}/docs/lab_browser.hpp
            -Wall -Wextra -Werror -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "${shown} for browsers"
    VERBATIM)
endfunction()

# The lab in a script for pages: qkoan_add_lab_script(script name source...)
function(qkoan_add_lab_script script name)
  set(objects "")
  foreach(source IN LISTS ARGN)
    qkoan_compile_for_labs(object ${source})
    list(APPEND objects ${object})
  endforeach()
  set(wasm ${lab_folder}/${name}.wasm)
  add_custom_command(
    OUTPUT ${script}
    COMMAND ${EMXX} ${QKOAN_LAB_FLAGS} -msimd128 -sSTANDALONE_WASM --no-entry -sMALLOC=emmalloc
            -sEXPORTED_FUNCTIONS=_lab_positions,_lab_update,_lab_numbers,_lab_numbers_size ${objects} -o ${wasm}
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/docs/site/lab_script.mjs ${name} ${wasm} ${script}
    DEPENDS ${objects} ${CMAKE_SOURCE_DIR}/docs/site/lab_script.mjs
    COMMENT "Lab ${name}"
    VERBATIM)
endfunction()

# The lab as a program, for the test: qkoan_add_lab_program(name source...)
function(qkoan_add_lab_program name)
  add_executable(lab_${name} EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/lab_program.cpp ${ARGN})
  set_target_properties(lab_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${lab_folder})
  target_include_directories(lab_${name} PRIVATE ${CMAKE_SOURCE_DIR} ${QKOAN_CONTRACTS})
  target_compile_options(lab_${name} PRIVATE ${QKOAN_LAB_FLAGS})
  target_link_options(lab_${name} PRIVATE -Wl,--as-needed)  # so that what it takes from libm shows
  target_link_libraries(lab_${name} PRIVATE lab_functions qkoan_warnings)
  add_dependencies(lab_programs lab_${name})
endfunction()

function(qkoan_add_lab source)
  string(REGEX MATCH "/[0-9][0-9]-([^/]+)/lab_([^/]+)\\.cpp$" matched ${source})
  set(name ${CMAKE_MATCH_1}-${CMAKE_MATCH_2})

  # Whose contracts it includes is what it computes by.
  set(sources ${CMAKE_SOURCE_DIR}/docs/lab.cpp ${source})
  file(STRINGS ${source} includes REGEX "^#include \"[a-z0-9_]+\\.hpp\"")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*\"(.*)\\.hpp\"" "\\1" contract ${include})
    list(APPEND sources ${CMAKE_SOURCE_DIR}/solutions/${contract}.cpp)
  endforeach()

  set(script ${CMAKE_BINARY_DIR}/site/labs/${name}.js)
  qkoan_add_lab_script(${script} ${name} ${sources})
  set(lab_scripts ${lab_scripts} ${script} PARENT_SCOPE)
  qkoan_add_lab_program(${name} ${sources})
endfunction()

file(GLOB labs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lessons/[0-9][0-9]-*/lab_*.cpp)
foreach(lab IN LISTS labs)
  qkoan_add_lab(${lab})
endforeach()
set(QKOAN_LABS ${lab_scripts})
add_custom_target(labs DEPENDS ${QKOAN_LABS})
