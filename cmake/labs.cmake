# Labs, see docs/lab.hpp: lessons/NN-name/lab_LAB.cpp becomes site/labs/name-LAB.js, WebAssembly in a
# script, and a program of the same sources that a test compares it with. Not in `all`.

# Both compute with vectors of 128 bits, and WebAssembly has no fused multiply-add.
set(QKOAN_LAB_FLAGS -O2 -ffp-contract=off)

find_program(EMXX em++)
find_program(NODE node)
find_path(EMSCRIPTEN_MUSL src/math/exp.c PATHS /usr/share/emscripten/system/lib/libc/musl)
if(NOT EMXX OR NOT NODE OR NOT EMSCRIPTEN_MUSL OR NOT EXISTS ${CMAKE_SOURCE_DIR}/solutions)
  return()  # pages show pictures only
endif()
enable_language(C)

# Mathematical functions are those of emscripten's C library on both sides.
file(GLOB functions ${EMSCRIPTEN_MUSL}/src/math/[_ceflps]*.c)
list(FILTER functions INCLUDE REGEX
     "/(__(cos|sin|rem_pio2|rem_pio2_large|math_.*)|cos|sin|sincos|(exp|exp2|log|log1p|log2|pow)(f|_data|f_data)?|scalbn|fabs|floor|sqrtf?|sqrt_data)\\.c$")
cmake_path(GET EMSCRIPTEN_MUSL PARENT_PATH emscripten)
cmake_path(SET emscripten NORMALIZE ${emscripten}/../../../cache/sysroot/include)
add_library(lab_functions STATIC EXCLUDE_FROM_ALL ${functions})
target_include_directories(lab_functions PRIVATE ${EMSCRIPTEN_MUSL}/src/internal ${EMSCRIPTEN_MUSL}/arch/generic
                                                 ${EMSCRIPTEN_MUSL}/src/include ${emscripten})
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

  set(objects "")
  foreach(file IN LISTS sources)
    qkoan_compile_for_labs(object ${file})
    list(APPEND objects ${object})
  endforeach()
  set(wasm ${lab_folder}/${name}.wasm)
  set(script ${CMAKE_BINARY_DIR}/site/labs/${name}.js)
  add_custom_command(
    OUTPUT ${script}
    COMMAND ${EMXX} ${QKOAN_LAB_FLAGS} -msimd128 -sSTANDALONE_WASM --no-entry -sMALLOC=emmalloc
            -sEXPORTED_FUNCTIONS=_lab_positions,_lab_update,_lab_numbers,_lab_numbers_size ${objects} -o ${wasm}
    COMMAND ${NODE} ${CMAKE_SOURCE_DIR}/docs/site/lab_script.mjs ${name} ${wasm} ${script}
    DEPENDS ${objects} ${CMAKE_SOURCE_DIR}/docs/site/lab_script.mjs
    COMMENT "Lab ${name}"
    VERBATIM)
  set(lab_scripts ${lab_scripts} ${script} PARENT_SCOPE)

  add_executable(lab_${name} EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/lab_program.cpp ${sources})
  set_target_properties(lab_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${lab_folder})
  target_include_directories(lab_${name} PRIVATE ${CMAKE_SOURCE_DIR} ${QKOAN_CONTRACTS})
  target_compile_options(lab_${name} PRIVATE ${QKOAN_LAB_FLAGS})
  target_link_options(lab_${name} PRIVATE -Wl,--as-needed)  # so that what it takes from libm shows
  target_link_libraries(lab_${name} PRIVATE lab_functions qkoan_warnings)
  add_dependencies(lab_programs lab_${name})
endfunction()

file(GLOB labs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lessons/[0-9][0-9]-*/lab_*.cpp)
foreach(lab IN LISTS labs)
  qkoan_add_lab(${lab})
endforeach()
set(QKOAN_LABS ${lab_scripts})
add_custom_target(labs DEPENDS ${QKOAN_LABS})
