#!/usr/bin/env bash
# labs.sh BUILD: compares labs in WebAssembly with programs of the same sources. Exit 77: cannot be built here.
set -euo pipefail
cd "$(dirname -- "$0")/.."
build=$1
command -v em++ node >/dev/null || {
  echo "no em++ or no node here, so labs are not tested: apt-get install emscripten nodejs"
  [[ ${CI:-} != true ]] || exit 1
  exit 77
}
cmake --build "$build" --target labs lab_programs
for program in "$build"/labs/*; do
  [[ -x $program && $program != *.wasm ]] || continue
  if readelf -d "$program" | grep -F 'libm.so'; then
    echo "$program takes functions of this machine's libm; add them to lab_functions in cmake/labs.cmake"
    exit 1
  fi
done
node tests/labs.mjs "$build"/site/labs "$build"/labs lessons
