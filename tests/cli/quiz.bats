# Questions in the terminal.

load helpers

setup() {
  make_course
  rm lessons
  mkdir lessons
  cp -r "$repository/lessons/01-scaled_scores" "$repository/lessons/02-causal_mask" lessons
  cat >lessons/01-scaled_scores/quiz.json <<'EOF'
{"questions": [
  {"id": "a", "ask": "What is 1/3? (two decimals)", "number": "0.33", "because": "Three thirds are one."},
  {"id": "b", "ask": "Which is even?", "choices": ["one", "two", "three"], "answer": 1, "because": "2 = 2·1."}]}
EOF
  printf '{"questions": []}' >lessons/02-causal_mask/quiz.json
}

@test "right and wrong answers, each with its reason" {
  run qkoan quiz scaled_scores <<<$'0.33\nc'
  exits_with 1
  says '✓ Right.'
  says 'Three thirds are one.'
  says 'b) two'
  says '1 of 2 answers right'
  fits
}

@test "numbers may be written as people write them" {
  for answer in 0.33 0,33 1/3 0.3333333 ' 0.325001 ' 3^-1; do
    run qkoan quiz 1 --again <<<"$answer"
    says '✓ Right.'
  done
  for answer in 0.32 0.34 -0.33 '−0.33' 3; do
    run qkoan quiz 1 --again <<<"$answer"
    says '✗ No.'
  done
}

@test "what is no answer is explained and asked again" {
  run qkoan quiz 1 <<<$'a third\n1/0\n0.33\nd\nB'
  exits_with 0
  says 'is not a number'
  says 'is not a letter, a to c'
  says '2 of 2 answers right'
}

@test "progress is kept after every answer, and right answers are not asked again" {
  run qkoan quiz <<<'0.33'
  exits_with 0
  says 'quiz 1/2'
  run qkoan list
  says 'quiz 1/2'
  run qkoan quiz <<<'b'
  exits_with 0
  [[ ! $output =~ 'What is 1/3' ]]
  run qkoan quiz
  exits_with 0
  says 'No question is open'
  run qkoan quiz 1 --again <<<$'0.5\nb'
  exits_with 1
  run qkoan quiz
  says 'No question is open'
}

@test "an empty line and the end of input leave" {
  run qkoan quiz 1 <<<''
  exits_with 0
  says 'Your answers are kept'
}

@test "a broken quiz is named with file, question and field" {
  sed -i 's/"answer": 1/"answer": 3/' lessons/01-scaled_scores/quiz.json
  run qkoan quiz 1
  exits_with 2
  says 'quiz.json, question 2: "answer"'
  sed -i 's/"number": "0.33"/"number": 0.33/' lessons/01-scaled_scores/quiz.json
  run qkoan quiz 1
  exits_with 2
  says 'quiz.json, question 1: "number"'
  echo '{' >lessons/01-scaled_scores/quiz.json
  run qkoan quiz 1
  exits_with 2
  says 'not valid JSON'
}

@test "a lesson without a quiz has no open question" {
  rm lessons/02-causal_mask/quiz.json
  run qkoan quiz causal_mask
  exits_with 0
  says 'No question is open'
}
