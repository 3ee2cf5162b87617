# A class judged by many machines: a Slurm of one node (tests/slurm/one_node.sh), and GNU parallel.

load helpers

lessons=(alibi scaled_scores t5_buckets)

setup_file() {
  local status=0
  export slurm built=${QKOAN_BUILD:-$BATS_TEST_DIRNAME/../../build}
  slurm=$(mktemp -d "${TMPDIR:-/tmp}/qkoan-slurm-XXXXXX")  # the path of a socket must be short
  "$BATS_TEST_DIRNAME/../slurm/one_node.sh" "$slurm" 2 2>"$slurm.errors" 3>&- &
  export node=$! SLURM_CONF="$slurm/slurm.conf" QKOAN_COMMAND=./qkoan
  until [[ -e $slurm/ready ]] || ! kill -0 "$node" 2>/dev/null; do sleep 0.1; done
  if [[ ! -e $slurm/ready ]]; then
    wait "$node" || status=$?
    without_slurm "$status"
  fi
  hand_in "$BATS_FILE_TMPDIR/class" 10
  # What Slurm does is compared with this.
  "$built/bin/qkoan" grade "$BATS_FILE_TMPDIR/class" --out "$BATS_FILE_TMPDIR/here" --no-speed --seed 5 \
    >"$BATS_FILE_TMPDIR/told" 2>&1 || { cat "$BATS_FILE_TMPDIR/told"; return 1; }
}

without_slurm() {  # exit code of one_node.sh
  if [[ $1 -ne 77 || -n ${CI:-} ]]; then
    tail -n 20 "$slurm.errors" "$slurm"/*.out >&2
    return 1
  fi
  export no_slurm
  no_slurm=$(<"$slurm.errors")
  printf '\n#### NOT TESTED: grading by Slurm. %s\n\n' "$no_slurm" >&3
}

teardown_file() {
  kill "$node" 2>/dev/null || true
  wait "$node" 2>/dev/null || true
  rm -rf "$slurm" "$slurm.errors"
}

setup() {
  class="$BATS_FILE_TMPDIR/class"
  out="$BATS_TEST_TMPDIR/it's a class"  # a name that a shell must not read
  cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
  [[ -z ${watcher:-} ]] || kill "$watcher" 2>/dev/null || true
  [[ -z ${no_slurm:-} ]] || return 0
  scancel --quiet --user="$(id -u)"
  until_true nothing_of_ours
}

needs_slurm() { [[ -z ${no_slurm:-} ]] || skip "$no_slurm"; }

# Texts of our own solutions, each of them another text; a stub and what does not compile are among them.
hand_in() {  # folder, how many students
  local number lesson
  for ((number = 1; number <= $2; ++number)); do
    mkdir -p "$1/student $number"
    for lesson in "${lessons[@]}"; do
      { echo "// $number"; cat "$BATS_TEST_DIRNAME/../../solutions/$lesson.cpp"; } >"$1/student $number/$lesson.cpp"
    done
  done
  cp "$BATS_TEST_DIRNAME/../stubs/alibi.cpp" "$1/student 3"
  echo 'int nothing = ;' >"$1/student 4/alibi.cpp"
}

grade() { "$built/bin/qkoan" grade "$class" --out "$out" --no-speed --seed 5 "$@"; }

by_slurm() { grade --slurm --chunk 5 "$@"; }

# Everything but how long it took, and what Slurm was told.
same_as_here() {
  cmp "$BATS_FILE_TMPDIR/here/gradebook.csv" "$out/gradebook.csv"
  diff -r -x results -x slurm "$BATS_FILE_TMPDIR/here" "$out"
  diff <(cd "$BATS_FILE_TMPDIR/here" && find results -type f | sort) <(cd "$out" && find results -type f | sort)
  [ "$(find "$out/results" -type f | wc -l)" -eq 30 ]
}

published() { find "$out/results" -name '*.json' 2>/dev/null | wc -l; }

jobs_submitted() { find "$out/slurm" -name '*_*.log' -printf '%f\n' | cut -d _ -f 1 | sort -u | wc -l; }

ours() { squeue --noheader --array --format=%i; }

nothing_of_ours() { [ -z "$(ours)" ]; }

until_true() {  # a command
  local tries
  for ((tries = 0; tries < 400; ++tries)); do
    ! "$@" || return 0
    sleep 0.05
  done
  echo "never true: $*"
  return 1
}

watch_it() {  # in the background; what it says goes to `said`
  "$built/bin/qkoan" grade "$class" --out "$out" --no-speed --seed 5 --slurm --chunk 5 >said 2>&1 3>&- &
  watcher=$!
}

some_published() { [ "$(published)" -ge "$1" ]; }

ends_with() {  # the watcher's exit code
  status=0
  wait "$watcher" || status=$?
  output=$(<said)
  exits_with "$1"
}

# The process of a job that judges; not the node's own processes, whose words name it, too.
judging() { pgrep -f "^$(readlink -f "$built")/bin/qkoan grade --shard .*it's a class"; }

@test "a class by Slurm has the same reports as here, to the byte" {
  needs_slurm
  run by_slurm
  exits_with 0
  says 'Slurm job'
  says '6 parts, 30 texts to judge'
  says '30 of 30 judged'
  silent_about 'Submitted again'
  [ "$(jobs_submitted)" -eq 1 ]
  same_as_here
  run by_slurm  # there is nothing left to do
  exits_with 0
  says '0 texts judged, 30 known from before'
  silent_about 'Slurm job'
}

@test "what is cancelled or killed is judged nevertheless, and once" {
  local victim
  needs_slurm
  watch_it
  until_true some_published 1
  victim=$(judging | head -n 1)
  kill -KILL "$victim"
  scancel "$(ours | tail -n 1)"
  ends_with 0
  says 'Submitted again'
  [ "$(jobs_submitted)" -ge 2 ]
  same_as_here
}

@test "a watcher whose terminal is lost leaves its jobs, and the next one finds them" {
  needs_slurm
  watch_it
  until_true some_published 1
  kill -HUP "$watcher"
  ends_with 129
  says 'The jobs go on: the same command watches them again'
  [ -n "$(ours)" ]
  watch_it
  ends_with 0
  says 'Jobs of an earlier call are in the queue still'
  silent_about 'Slurm job'
  [ "$(jobs_submitted)" -eq 1 ]
  same_as_here
}

@test "Ctrl-C cancels the jobs, and the same command goes on" {
  needs_slurm
  watch_it
  until_true some_published 1
  kill -INT "$watcher"
  ends_with 130
  says 'The jobs are cancelled. What is judged is kept'
  until_true nothing_of_ours
  [ "$(published)" -lt 30 ]
  run by_slurm
  exits_with 0
  says 'known from before'
  same_as_here
}

@test "what a cluster refuses is told" {
  needs_slurm
  run by_slurm --slurm-option=--partition=nowhere
  exits_with 2
  says 'sbatch does not take the jobs'
  says 'invalid partition'
  says '--slurm-option=--partition=NAME'
  nothing_of_ours
}

# ---- with a Slurm that is played ----------------------------------------------------------------

play() {  # command: what it does stands on the standard input
  mkdir -p played
  { echo '#!/bin/bash'; cat; } >"played/$1"
  chmod +x "played/$1"
  export PATH="$PWD/played:$PATH"
}

@test "without Slurm --slurm says so, before anything is read" {
  play sbatch <<<'exit 127'
  run by_slurm
  exits_with 2
  says "--slurm needs Slurm's command sbatch"
  says 'leave --slurm out'
  [ ! -e "$out" ]
}

@test "parts that fail again and again are told with their logs" {
  class="$BATS_TEST_TMPDIR/small"
  mkdir -p "$class/ada"
  cp "$BATS_FILE_TMPDIR/class/student 1/alibi.cpp" "$class/ada"
  play scancel <<<''
  play squeue <<<''
  play sbatch <<'END'
[[ $1 != --version ]] || exit 0
cd "${2#--chdir=}"
echo again >>calls
echo 'no room on this device' >"$(wc -l <calls)_1.log"
wc -l <calls
END
  run by_slurm
  exits_with 2
  says '1 text could not be judged, though submitted 4 times'
  says 'slurm/4_1.log ends with: no room on this device'
  [ "$(wc -l <"$out/slurm/calls")" -eq 4 ]
}

@test "verdicts of a node that is not like this machine are not taken, and why is told" {
  class="$BATS_TEST_TMPDIR/small"
  mkdir -p "$class/ada"
  cp "$BATS_FILE_TMPDIR/class/student 1/alibi.cpp" "$class/ada"
  tier=$(jq -r .conditions.tier "$BATS_FILE_TMPDIR"/here/results/*/*.json | sort -u)
  [[ $tier == namespaces ]] || skip 'there is one tier here, and it takes two'
  play scancel <<<''
  play squeue <<<''
  play sbatch <<'END'
[[ $1 != --version ]] || exit 0
sed 's/--tier namespaces/--tier landlock/' "${!#}" >other.sh
SLURM_ARRAY_TASK_ID=1 sh other.sh >/dev/null 2>&1
echo 1
END
  run by_slurm
  exits_with 2
  says 'There are verdicts on some of them, under other conditions: another tier (landlock)'
  [ ! -e "$out/gradebook.csv" ]
}

@test "while Slurm does not answer, nothing is submitted twice" {
  class="$BATS_TEST_TMPDIR/small"
  mkdir -p "$class/ada"
  cp "$BATS_FILE_TMPDIR/class/student 1/alibi.cpp" "$class/ada"
  play scancel <<<''
  play squeue <<'END'
echo >>asked
(($(wc -l <asked) == 1)) || [[ -e judged ]] || { echo 'Unable to contact slurm controller' >&2; exit 1; }
END
  play sbatch <<'END'
[[ $1 != --version ]] || exit 0
echo >>calls
export SLURM_ARRAY_TASK_ID=1
setsid sh -c 'touch begun; sleep 4; "$0"; touch judged' "${!#}" >job.log 2>&1 3>&- &
until [[ -e begun ]]; do sleep 0.05; done  # in a process group of its own
echo 1
END
  run by_slurm
  exits_with 0 || { cat job.log; return 1; }
  [ "$(wc -l <calls)" -eq 1 ]
  [ "$(wc -l <asked)" -gt 2 ]
  [ "$(published)" -eq 1 ]
}

# ---- GNU parallel --------------------------------------------------------------------------------

@test "the lines for GNU parallel, as the page has them" {
  if ! command -v parallel >/dev/null; then
    [[ -z ${CI:-} ]] || return 1
    skip 'parallel is missing: install the packages of section [grade] in packages.txt'
  fi
  page_lines 'parallel' >lines
  grep -q '^parallel .*--shard {}/8' lines
  ln -s "$class" SUBMISSIONS
  printf '#!/bin/sh\nexec "%s/bin/qkoan" "$@"\n' "$built" >qkoan
  chmod +x qkoan
  sed -i "s/--plan\$/--plan --seed 5/; s/--out DIR\$/& --no-speed/" lines
  run bash -euo pipefail lines
  exits_with 0
  says '0 texts judged, 30 known from before'
  out="$PWD/DIR"
  same_as_here
}

# The block of the page on grading a class in which a word stands.
page_lines() {
  awk -v word="$1" '/^```/ { if (inside && index(block, word)) printf "%s", block
    inside = !inside; block = ""; next } inside { block = block $0 "\n" }' \
    "$BATS_TEST_DIRNAME/../../docs/grading_a_class.md"
}
