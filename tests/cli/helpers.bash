# What all end-to-end tests share.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

# A course of its own for each test, in a path with a space: own exercises, own progress, and the
# build that was made before. The tool finds all of it from its own place. QKOAN_BUILD names another
# build folder than build/.
make_course() {
  local built=${QKOAN_BUILD:-$repository/build} name
  course="$BATS_TEST_TMPDIR/a course"
  mkdir -p "$course/build/bin" "$course/exercises"
  for name in benchmarks lessons solutions tests; do ln -s "$repository/$name" "$course"; done
  [[ ! -e $repository/edition.json ]] || ln -s "$repository/edition.json" "$course"
  cp "$repository"/exercises/*.h "$repository"/exercises/*.hpp "$repository"/tests/stubs/*.cpp "$course/exercises"
  for name in c class suites solutions mutants numbers peers races pch; do ln -s "$built/$name" "$course/build"; done
  cp "$built/bin/qkoan" "$course/build/bin"
  name_the_course paths.json '.source = $course | .build = $course + "/build"'
  name_the_course compile_commands.json 'map(.directory = $course + "/build"
    | .file |= (split($from) | join($course))
    | .command |= (split($from) | join($course | gsub(" "; "\\ "))))'
  nothing_to_build
  export QKOAN_COMMAND=./qkoan
  unset NO_COLOR CI
  cd "$course" || return
}

name_the_course() {  # file in the build folder, what jq does to it
  jq --arg course "$course" --arg from "$(jq -r .source "$built/paths.json")" "$2" \
    "$built/$1" >"$course/build/$1"
}

# `cmake --build` finds everything up to date.
nothing_to_build() {
  local folder name kind
  printf '%s\n' CMAKE_PROJECT_NAME:STATIC=qkoan CMAKE_GENERATOR:INTERNAL=Ninja \
    "CMAKE_MAKE_PROGRAM:FILEPATH=$(command -v ninja)" \
    >"$course/build/CMakeCache.txt"
  for folder in "$repository"/lessons/[0-9][0-9]-*; do
    name=${folder##*/[0-9][0-9]-}
    for kind in "lesson_$name" "class_$name" "${name}_numbers" "${name}_bench"; do
      printf 'build %s: phony\n' "$kind"
    done
  done >"$course/build/build.ninja"
  printf 'build %s: phony\n' peers class_tools >>"$course/build/build.ninja"
}

qkoan() { build/bin/qkoan "$@"; }

# A class hands in to $class, and its grades go to $out.
make_class() {
  make_course
  class="$BATS_TEST_TMPDIR/a class"
  out="$BATS_TEST_TMPDIR/out"
  export TMPDIR="$BATS_TEST_TMPDIR/tmp"
  mkdir -p "$class" -m 755 "$TMPDIR"
  # Started as root, what belongs to others is judged as somebody else, who must get here.
  chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
}

hand_in() {  # student, lesson; the text on standard input
  mkdir -p "$class/$1"
  cat >"$class/$1/$2.cpp"
}

points() { grep "\"$1\"" "$out/gradebook.csv" | cut -d, -f8; }  # of a student

# In place of the program that races lesson 01: a decision after some seconds, whatever the noise.
races_end() {  # fast, slow or inconclusive; seconds
  rm -r build/races
  mkdir build/races
  cat >build/races/scaled_scores <<EOF
#!/bin/sh
sleep $2
echo '{"race": {"function": "scaled_scores_simd", "required": 12, "decision": "$1", "contenders": [
  {"name": "yours", "seconds": {"median": 2e-3}, "share_of_peak": {"median": 0.1}},
  {"name": "ours", "seconds": {"median": 1e-3}},
  {"name": "scalar", "seconds": {"median": 22e-3},
   "ratio": {"low": 10.5, "median": 11.5, "high": 12.5}}]}}' | tr -d '\n'
echo
EOF
  chmod +x build/races/scaled_scores
}

still_racing() { pgrep -f "$course/build/races/" >/dev/null; }

a_race_begins() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    still_racing && return
    sleep 0.05
  done
  echo 'no race runs'
  return 1
}

no_race_remains() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    still_racing || return 0
    sleep 0.05
  done
  echo 'a race still runs'
  return 1
}

says() {  # text that $output must contain, wherever its lines are broken
  local words
  read -r -d '' -a words <<<"$output" || true
  [[ "${words[*]}" == *"$1"* ]] || { printf 'no "%s" in:\n%s\n' "$1" "$output"; return 1; }
}

silent_about() {  # text that $output must not contain
  [[ $output != *"$1"* ]] || { printf '"%s" in:\n%s\n' "$1" "$output"; return 1; }
}

exits_with() {
  [[ $status -eq $1 ]] || { printf 'exit code %s:\n%s\n' "$status" "$output"; return 1; }
}

# No line of the report is wider than a terminal; only a command to be copied may be.
fits() {
  local LC_ALL=C.UTF-8 line
  while IFS= read -r line; do
    ((${#line} <= 80)) || [[ $line == *./qkoan* ]] || { printf 'too wide: %s\n' "$line"; return 1; }
  done <<<"$output"
}
