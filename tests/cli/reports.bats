# Reports on a class that was judged before: tests/class/some_class.py makes it by hand.
# UPDATE=1 bats reports.bats writes the golden files again: look at what changes.

load helpers

setup() {
  make_course
  folder="$BATS_TEST_TMPDIR/a class"
  /usr/bin/python3 "$repository/tests/class/some_class.py" "$folder"
}

report() {  # the course file, if there is one
  run qkoan grade unused --out "$folder" --report-only "${@/#/--course=}"
}

id_of() { jq -r --arg name "$1" '.submissions[] | select(.student == $name).id' "$folder/manifest.json"; }

golden() {  # a report, the file it must be
  local wanted="$repository/tests/class/golden/$2"
  [[ -z ${UPDATE:-} ]] || cp "$1" "$wanted"
  diff -u "$wanted" "$1"
}

valid() { /usr/bin/python3 "$repository/tests/class/validate.py" "$@"; }
pages() { /usr/bin/python3 "$repository/tests/class/check_pages.py" "$@"; }

# The text that a browser would show.
shown() {
  /usr/bin/python3 -c 'import html, re, sys
print(html.unescape(re.sub("<[^>]*>", " ", re.sub("(?s)<style>.*</style>", "", open(sys.argv[1]).read()))))' "$1"
}

@test "the reports are those that were looked at" {
  report "$folder/course.json"
  exits_with 0
  says '7 submissions: 10 things to look after, 1 not compiled'
  late=$(id_of late)
  golden "$folder/gradebook.csv" gradebook.csv
  golden "$folder/gradescope/$late.json" gradescope.json
  golden "$folder/classroom50/$late.json" classroom50.json
  golden "$folder/junit/$late.xml" junit.xml
  golden "$folder/students/$late.html" student.html
}

@test "every report has the form that its readers ask for" {
  report "$folder/course.json"
  exits_with 0
  [ "$(ls "$folder/gradescope" | wc -l)" -eq 7 ]
  valid "$repository/docs/course_file.schema.json" "$folder/course.json"
  valid "$repository/tests/class/gradescope.schema.json" "$folder"/gradescope/*.json
  valid "$repository/tests/class/classroom50.schema.json" "$folder"/classroom50/*.json
  xmllint --noout "$folder"/junit/*.xml
  pages "$folder/class.html" "$folder"/students/*.html
}

@test "a wrong form is noticed" {
  report "$folder/course.json"
  jq '.student = "ada"' "$folder/classroom50/$(id_of ada).json" >wrong.json
  run valid "$repository/tests/class/classroom50.schema.json" wrong.json
  exits_with 1
  jq '.tests[0].score = "all"' "$folder/gradescope/$(id_of ada).json" >wrong.json
  run valid "$repository/tests/class/gradescope.schema.json" wrong.json
  exits_with 1
  sed 's/--faint: #56606b/--faint: #a6b0bb/; s|</main>|<script>1</script></main>|' "$folder/class.html" >wrong.html
  run pages wrong.html
  exits_with 1
  says 'element script'
  says '--faint on --page has a contrast of'
}

@test "the same input makes the same bytes, wherever it lies" {
  report "$folder/course.json"
  cp -r "$folder" "$BATS_TEST_TMPDIR/first"
  mv "$folder" "$BATS_TEST_TMPDIR/elsewhere"
  folder="$BATS_TEST_TMPDIR/elsewhere"
  report "$folder/course.json"
  exits_with 0
  diff -r "$BATS_TEST_TMPDIR/first" "$folder"
  run grep -rlF "$BATS_TEST_TMPDIR" "$folder" --include='*.html' --include='*.json' --include='*.xml' --include='*.csv'
  [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "names, problems and compilers' words are text everywhere" {
  report "$folder/course.json"
  run grep -rl '<script' "$folder/class.html" "$folder/students" "$folder/junit"
  [ -z "$output" ] || { echo "$output"; return 1; }
  run grep -nE '(^|,)"?[=@+-]' "$folder/gradebook.csv"
  [ -z "$output" ] || { echo "$output"; return 1; }
  shown "$folder/class.html" >shown
  grep -qF "<script>alert(1)</script> & \"Robert'); --.zip is encrypted" shown
  grep -qF "=cmd|' /C calc'!A0" shown
  grep -qF '\xe2\x80\xaeodd' shown  # it would turn the direction of what follows
  run grep -rlP '\x{202e}' "$folder"/class.html "$folder"/students "$folder"/gradebook.csv "$folder"/junit
  [ -z "$output" ] || { echo "$output"; return 1; }
}

@test "students' pages have no seed, no resemblance, and no other student" {
  report "$folder/course.json"
  grep -qF 18446744073709551557 "$folder/class.html"
  run grep -rlE '18446744073709551557|Resemblance|Lovelace' "$folder/gradescope" "$folder/junit" "$folder/students" "$folder/classroom50"
  [ "$output" = "$folder/students/$(id_of ada).html" ] || { echo "$output"; return 1; }
}

@test "the page on the class tells what matters" {
  report "$folder/course.json"
  output=$(shown "$folder/class.html")
  says 'points are the median, of 9'
  says 'alibi: not judged yet: Late, Lasse'
  says 'scaled_scores: could not be judged: the suite ended too early: <script>'
  says 'nobody knows when it was handed in'
  says 'not in students.csv:'
  says 'In students.csv, and nothing handed in Absent, Alma'
  says "Handed in, and of nobody <script>alert(1)</script> & \"Robert'); --.txt is no submission"
  says 'the scale 1/√d is missing scaled_scores, scaled_score 1'
  says 'namespaces'
  says "the same text scaled_scores Lovelace, Ada ; @Bob, =1+1; Eve"
  says "the same but for names alibi Lovelace, Ada ; @Bob, =1+1; Eve"
}

@test "without a course file: all lessons, their own points, nothing is late" {
  report
  exits_with 0
  grep -qF '"qkoan","","2026-11-25T00:00:00Z","'"'=cmd|' /C calc'!A0" "$folder/gradebook.csv"
  run shown "$folder/students/$(id_of late).html"
  silent_about 'day late'
  silent_about 'minus'
  [ -z "$(ls "$folder/classroom50")" ]
}

@test "reports of submissions that are gone do not remain" {
  report "$folder/course.json"
  jq 'del(.submissions[0])' "$folder/manifest.json" >manifest && mv manifest "$folder/manifest.json"
  report "$folder/course.json"
  exits_with 0
  [ "$(ls "$folder/students" | wc -l)" -eq 6 ]
  [ -z "$(find "$folder" -name '.*.new')" ]
}

@test "a damaged record is none" {
  for file in "$folder"/results/*/*.json; do
    jq -c '.conditions.seed = "1"' "$file" >changed && mv changed "$file"
  done
  report "$folder/course.json"
  exits_with 0
  output=$(shown "$folder/class.html")
  says 'alibi: not judged yet'
  says 'nothing was judged'
}

@test "of several records of a text, the newest counts" {
  text=$(jq -r --arg id "$(id_of ada)" '.submissions[] | select(.id == $id).files[0].content' "$folder/manifest.json")
  old=$(grep -lF "$text" "$folder"/results/*/*.json)
  jq -cj '.conditions.limits = "none" | .tasks[0].result = "failed"' "$old" >changed
  key=$(jq -cj .conditions changed | sha256sum | cut -d' ' -f1)
  mkdir -p "$folder/results/${key:0:2}"
  mv changed "$folder/results/${key:0:2}/$key.json"
  touch -d '1 hour ago' "$folder/results/${key:0:2}/$key.json"
  report "$folder/course.json"
  grep -qF '"1001","Lovelace","Ada","ada@example.org","9"' "$folder/gradebook.csv"
  touch -d '1 hour' "$folder/results/${key:0:2}/$key.json"
  report "$folder/course.json"
  grep -qF '"1001","Lovelace","Ada","ada@example.org","6"' "$folder/gradebook.csv"
}

@test "a mistake in the course file is told with its place, and changes nothing" {
  jq '.lessons.alibi.tasks.alibi_row.points = -1' "$folder/course.json" >course.json
  cp "$folder/students.csv" .
  report course.json
  exits_with 2
  says 'course.json, at $.lessons.alibi.tasks.alibi_row.points: -1 does not fit. Write a number from 0'
  fits
  [ ! -e "$folder/gradebook.csv" ]
  jq '.lessons.alibi = {} | .lesons = {}' "$folder/course.json" >course.json
  report course.json
  exits_with 2
  says 'there is no member "lesons". Did you mean lessons?'
  report nowhere.json
  exits_with 2
  says 'The course file nowhere.json cannot be read'
}

@test "where nothing was graded, or nothing can be written, the words say what to do" {
  run qkoan grade unused --out "$BATS_TEST_TMPDIR/nothing" --report-only
  exits_with 2
  says 'There is no'
  says 'manifest.json'
  rm -rf "$folder/gradebook.csv" && mkdir "$folder/gradebook.csv"
  report "$folder/course.json"
  exits_with 2
  says 'Cannot write'
  says 'with --report-only: nothing is judged again'
}
