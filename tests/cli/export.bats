# What learning platforms are given runs there, as far as it can be had here.

load helpers

setup_file() {
  export built=${QKOAN_BUILD:-$BATS_TEST_DIRNAME/../../build} QKOAN_COMMAND=./qkoan
  echo '{"assignment": "one", "lessons": {"alibi": {}}, "students": "students.csv", "due": "2020-01-01T00:00:00Z",
         "late": "no points"}' >"$BATS_FILE_TMPDIR/course.json"
  printf 'submission,student_id\nada,1\n' >"$BATS_FILE_TMPDIR/students.csv"
  "$built/bin/qkoan" export gradescope "$BATS_FILE_TMPDIR/exported" --course "$BATS_FILE_TMPDIR/course.json" \
    >"$BATS_FILE_TMPDIR/told"
}

setup() {
  exported="$BATS_FILE_TMPDIR/exported"
  # Folders of root's tests are closed to the user who compiles.
  chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")"
  export TMPDIR="$BATS_TEST_TMPDIR/tmp"
  mkdir -m 755 "$TMPDIR"
  cd "$BATS_TEST_TMPDIR" || return
}

needs() {  # command
  command -v "$1" >/dev/null && return
  [[ -z ${CI:-} ]] || return 1
  skip "$1 is missing: install the packages of section [grade] in packages.txt"
}

# /autograder, as Gradescope makes it, and the build that setup.sh would make.
autograder() {
  export QKOAN_AUTOGRADER="$BATS_TEST_TMPDIR/autograder"
  mkdir -p "$QKOAN_AUTOGRADER"/{source,submission,results}
  unzip -q "$exported/autograder.zip" -d "$QKOAN_AUTOGRADER/source"
  cp "$QKOAN_AUTOGRADER/source/run_autograder" "$QKOAN_AUTOGRADER"
  ln -s "$(readlink -f "$built")" "$QKOAN_AUTOGRADER/source/course/build"
  result="$QKOAN_AUTOGRADER/results/results.json"
}

hand_in() { cp -P "$1" "$QKOAN_AUTOGRADER/submission/${2:-alibi.cpp}"; }

valid() { /usr/bin/python3 "$repository/tests/class/validate.py" "$repository/tests/class/$1.schema.json" "$2"; }

@test "the archive has the files of the course, and nothing else of its folder" {
  needs unzip
  autograder
  rm "$QKOAN_AUTOGRADER/source/course/build"
  diff -r "$exported/autograder" "$QKOAN_AUTOGRADER/source"
  diff <(git -C "$repository" ls-files | sort) <(cd "$QKOAN_AUTOGRADER/source/course" && find . -type f -printf '%P\n' | sort)
  for name in qkoan setup.sh run_autograder; do
    [ -x "$(find "$QKOAN_AUTOGRADER/source" -maxdepth 2 -name "$name")" ]
  done
  [ "$(cat "$QKOAN_AUTOGRADER/source/targets")" = class_alibi ]
  jq -e '(.students, .due, .late) == null and .assignment == "one"' "$QKOAN_AUTOGRADER/source/course.json"
}

@test "the same files make the same archive, at any time and place" {
  TZ=Asia/Tokyo run "$built/bin/qkoan" export gradescope again --course "$BATS_FILE_TMPDIR/course.json"
  exits_with 0
  says 'It contains the course with its solutions: give it to nobody else'
  cmp "$exported/autograder.zip" again/autograder.zip
}

@test "nothing is overwritten, and no other platform is known" {
  mkdir taken && touch taken/mine
  run "$built/bin/qkoan" export gradescope taken
  exits_with 2
  says 'is not empty. Nothing is overwritten'
  run "$built/bin/qkoan" export actions taken
  exits_with 2
  run "$built/bin/qkoan" export moodle new
  exits_with 2
  run "$built/bin/qkoan" export actions new --course "$BATS_FILE_TMPDIR/course.json"
  exits_with 2
  says '--course is for gradescope'
  [ "$(ls -A)" = "$(printf 'taken\ntmp')" ]
}

@test "setup.sh installs, builds what the course file needs, and lets others read it" {
  needs unzip
  autograder
  rm "$QKOAN_AUTOGRADER/source/course/build"
  mkdir played
  for name in apt-get cmake; do printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n' "$name" "$PWD" >"played/$name"; done
  printf '#!/bin/sh\necho "CI=$CI qkoan $*" >>"%s/calls"\n' "$PWD" >"$QKOAN_AUTOGRADER/source/course/qkoan"
  chmod +x played/*
  chmod -R go-rwx "$QKOAN_AUTOGRADER/source/course"
  PATH="$PWD/played:$PATH" bash "$QKOAN_AUTOGRADER/source/setup.sh"
  diff - calls <<'END'
apt-get update
CI=true qkoan list
cmake --build build --target class_alibi
END
  [ -z "$(find "$QKOAN_AUTOGRADER/source/course" ! -perm -o=r)" ]
}

@test "Gradescope: an honest submission has its points" {
  needs unzip
  autograder
  hand_in "$repository/solutions/alibi.cpp"
  run "$QKOAN_AUTOGRADER/run_autograder"
  exits_with 0
  valid gradescope "$result"
  jq -e '.score == 6 and ([.tests[] | .status == "passed"] | all and length == 6)' "$result"
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "Gradescope: what does not compile has a reason, and no points" {
  needs unzip
  autograder
  echo 'int nothing = ;' >"$QKOAN_AUTOGRADER/submission/alibi.cpp"
  run "$QKOAN_AUTOGRADER/run_autograder"
  exits_with 0
  valid gradescope "$result"
  jq -e '.score == 0' "$result"
  grep -q 'alibi.cpp:1:15: error' "$result"
}

@test "Gradescope: what was made to do harm does none" {
  needs unzip
  autograder
  cat >"$QKOAN_AUTOGRADER/submission/alibi.cpp" <<END
#include "alibi.hpp"
#include <cstdio>
#include <unistd.h>
__attribute__((constructor)) static void pay() {
  if (FILE* file = std::fopen("$result", "w")) std::fputs("{\"score\": 1000, \"tests\": []}", file);
  _exit(0);
}
END
  hand_in /dev/null "-o paid.cpp"
  mkfifo "$QKOAN_AUTOGRADER/submission/rope.cpp"
  ln -s "$repository/solutions/kerple.cpp" "$QKOAN_AUTOGRADER/submission/kerple.cpp"
  chmod 666 "$result" 2>/dev/null || true
  run timeout 60 "$QKOAN_AUTOGRADER/run_autograder"
  exits_with 0
  valid gradescope "$result"
  jq -e '.score == 0' "$result"
}

@test "Gradescope: there is a result when there is no verdict" {
  needs unzip
  autograder
  rm "$QKOAN_AUTOGRADER/source/course/build"
  hand_in "$repository/solutions/alibi.cpp"
  run "$QKOAN_AUTOGRADER/run_autograder"
  exits_with 1
  jq -e '.score == 0 and (.output | test("says nothing about your work"))' "$result"
  valid gradescope "$result"
}

# The commands of the workflow's step with this name.
step() {
  /usr/bin/python3 -c 'import sys, yaml
steps = yaml.safe_load(open(sys.argv[1]))["jobs"]["grade"]["steps"]
print(next(step["run"] for step in steps if step.get("name") == sys.argv[2]))' "$workflow" "$1"
}

@test "the workflow for GitHub is read as it is meant, and may only read" {
  workflow="$repository/grader/export/actions/grade.yml"
  needs shellcheck
  "$built/bin/qkoan" export actions new
  cmp "$workflow" new/.github/workflows/grade.yml
  /usr/bin/python3 - "$workflow" <<'END'
import re, subprocess, sys, yaml
text = open(sys.argv[1]).read()
workflow = yaml.safe_load(text)
assert workflow["permissions"] == {"contents": "read"}, workflow["permissions"]
assert "secrets." not in text and "pull_request_target" not in text
scripts = 0
for job in workflow["jobs"].values():
    assert "permissions" not in job and job["timeout-minutes"] <= 60
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]), step["uses"]
        if "run" in step:
            assert "${{" not in step["run"], "an expression in a script is somebody's text"
            subprocess.run(["shellcheck", "--shell=bash", "-"], input=step["run"].encode(), check=True)
            scripts += 1
assert scripts >= 4, scripts
END
  shellcheck "$repository"/grader/export/gradescope/* "$repository/tests/slurm/one_node.sh"
}

@test "the workflow's points are those of the verdicts, in the form of Classroom 50" {
  workflow="$repository/grader/export/actions/grade.yml"
  needs shellcheck  # and with it, what reads YAML
  make_course
  cp "$repository/solutions/alibi.cpp" exercises/alibi.cpp
  mkdir bin && printf '#!/bin/sh\nexec build/bin/qkoan run alibi scaled_scores "$2" "$3" "$4"\n' >qkoan
  chmod +x qkoan
  bash -e -c "$(step Judge)"
  xmllint --noout junit.xml
  GITHUB_SHA=abc GITHUB_ACTOR=ada GITHUB_SERVER_URL=https://example.org GITHUB_REPOSITORY=a/b GITHUB_RUN_ID=1 \
    CLASSROOM=room ASSIGNMENT=one GITHUB_STEP_SUMMARY=summary bash -e -c "$(step Points)"
  valid classroom50 result.json
  jq -e '.score == 6 and .["max-score"] > 6 and (.tests | length > 6)' result.json
  grep -q '^| alibi: alibi_slopes | 1 of 1 |' summary
}
