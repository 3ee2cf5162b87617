# The watch loop, in a terminal of 80 columns: tmux plays the terminal and the student's keys.

load helpers
load writing

setup() {
  make_course
  tmux='tmux -L qkoan-test -S tmux.socket -f /dev/null'
  $tmux new-session -d -x 80 -y 40 'PS1="prompt> " sh'
  type_in 'build/bin/qkoan'
  type_in Enter
}

teardown() { $tmux kill-server 2>/dev/null || true; }

type_in() { $tmux send-keys "$1"; }

# Waits until the screen shows a text.
shows() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    output=$($tmux capture-pane -p)
    [[ $output != *"$1"* ]] || return 0
    sleep 0.05
  done
  printf 'no "%s" on the screen:\n%s\n' "$1" "$output"
  return 1
}

@test "it starts at the first unsolved exercise, and fits" {
  shows 'not written yet'
  says '01 scaled_scores'
  says '0 of'
  fits
}

@test "a saved file has a new verdict" {
  shows 'not written yet'
  write scaled_score='return 0;'
  shows '✗ 2 scaled_score'
  write
  shows 'This lesson is complete'
  says '4 of'
  write dot='syntax error'
  shows 'does not compile'
}

@test "every way of saving is noticed: in place, by renaming, and with a backup" {
  shows 'not written yet'
  write dot='return 1;'
  shows '✗ 1 dot'
  sed -i 's/return 1;/syntax error/' exercises/scaled_scores.cpp
  shows 'does not compile'
  mv exercises/scaled_scores.cpp 'exercises/scaled_scores.cpp~'
  write
  shows 'This lesson is complete'
}

@test "the keys: hint, list, next, check all, reset" {
  shows 'not written yet'
  type_in h
  shows 'q.size'
  type_in l
  shows '02 causal_mask'
  type_in n
  shows 'again goes on'
  type_in n
  shows 'exercises/causal_mask.cpp'
  type_in c
  shows '01 scaled_scores'
}

@test "s shows the solution once it is earned" {
  shows 'not written yet'
  type_in s
  shows 'opens when yours is right'
  write
  shows 'This lesson is complete'
  type_in s
  shows 'void scaled_scores_simd'
}

@test "x resets after a question and keeps the file" {
  shows 'not written yet'
  write
  shows 'This lesson is complete'
  type_in x
  shows 'y/n'
  type_in y
  shows 'not written yet'
  [ -e .qkoan/backup/scaled_scores-1.cpp ]
}

@test "q gives the terminal back as it was" {
  shows 'not written yet'
  type_in q
  shows 'prompt>'
  type_in 'stty -a | grep -o " icanon\| echo "; echo $((40 + 2))'
  type_in Enter
  shows 42
  says 'icanon'
  says 'stty -a'
}

@test "so does Ctrl-C" {
  shows 'not written yet'
  type_in C-c
  shows 'prompt>'
  type_in 'stty -a | grep -o " icanon"; echo $((40 + 2))'
  type_in Enter
  shows 42
  says 'icanon'
}

@test "r races what is right, once all of it is, and shows where it stands" {
  races_end slow 1
  shows 'not written yet'
  silent_about 'r race'
  type_in r
  shows 'A race begins when every task here is right'
  write
  shows 'r races yours'
  says 'speed not raced'
  says 'r race '
  fits
  type_in r
  shows 'Racing yours'
  shows '12 × needed'
  silent_about 'Racing yours'
  says 'points 4 of 4, speed 0 of 1'
  says "the machine's limit"
  fits
  write dot='return 1;'
  shows '✗ 1 dot'
  silent_about '12 × needed'
  silent_about 'r race'
}

@test "a race keeps nobody waiting: not who reads, not who saves, not who quits" {
  races_end fast 60
  shows 'not written yet'
  write
  shows 'r races yours'
  type_in r
  a_race_begins
  type_in l
  shows '02 causal_mask'
  still_racing
  write dot='return 1;'
  shows '✗ 1 dot'
  no_race_remains
  write
  shows 'r races yours'
  type_in r
  a_race_begins
  type_in q
  shows 'prompt>'
  no_race_remains
}
