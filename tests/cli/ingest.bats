# What a class hands in becomes a manifest: every form of it, and whatever was made to do harm.

load helpers

setup_file() {
  export hostile="$BATS_FILE_TMPDIR/hostile"
  mkdir "$BATS_FILE_TMPDIR/outside"
  python3 -W ignore "$BATS_TEST_DIRNAME/../hostile/archives.py" "$hostile" "$BATS_FILE_TMPDIR/outside" \
    >"$BATS_FILE_TMPDIR/expected"
}

setup() {
  make_course
  cd "$BATS_TEST_TMPDIR" || return
  mkdir class
}

plan() {  # what was handed in, more options: into out/
  run "$course/build/bin/qkoan" grade "$1" --out out --plan "${@:2}"
}

text() {  # files that get a text of their own each
  local file
  for file; do
    mkdir -p "$(dirname "$file")"
    printf '// %s\n' "${file##*/}" >"$file"
  done
}

pack() {  # folder, zip file: with python, which needs no other package
  (cd "$1" && python3 -m zipfile -c "$OLDPWD/$2" ./*)
}

rows() { jq -r '.submissions[] | [.student, ([.files[].lesson] | join(",")), .submitted] | join("|")' out/manifest.json; }

problems_of() { jq -r --arg student "$1" '.submissions[] | select(.student == $student) | .problems[]' out/manifest.json; }

# Compares rows with the lines of archives.py whose names match no pattern (of grep -E).
rows_are_expected() {
  local name lessons reason row count=0
  declare -A all
  while IFS= read -r row; do all["${row%%$'\t'*}"]=${row#*$'\t'}; done < <(jq -r '.submissions[] |
    .student + "\t" + ([.files[].lesson] | join(",")) + "\t" + (.problems | join("; "))' out/manifest.json)
  while IFS=$'\t' read -r name lessons reason; do
    row=${all[$name]-no row}
    [[ $lessons != - ]] || lessons=
    [[ ${row%%$'\t'*} == "$lessons" ]] || { echo "$name: $row, expected $lessons"; return 1; }
    if [[ $reason == - ]]; then
      [[ -z ${row#*$'\t'} ]] || { echo "$name: $row"; return 1; }
    else
      [[ ${row#*$'\t'} == *"$reason"* ]] || { echo "$name: $row, expected $reason"; return 1; }
    fi
    ((++count))
  done < <(grep -vE "^($1)	" "$BATS_FILE_TMPDIR/expected")
  [ "$count" -ge 75 ]
  [ "${#all[@]}" -eq "$count" ]
}

# All files and folders of this test, and their times, but for those that are written on purpose.
everything_but_out() {
  find "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" -path "$BATS_TEST_TMPDIR/out" -prune -o \
    \( ! -type d -printf '%p %y %s %T@ %C@\n' , -type d -printf '%p\n' \) | sort
}

# ---- what was made to do harm --------------------------------------------------------------------

@test "each hostile archive and folder is a row with its reason, and nothing else happens" {
  local before
  before=$(everything_but_out)
  [ "$(wc -l <<<"$before")" -gt 100 ]
  plan "$hostile"
  exits_with 0
  rows_are_expected none
  diff <(echo "$before") <(everything_but_out)
  [ -z "$(ls -A "$BATS_FILE_TMPDIR/outside")" ]
  run grep -rl evil out/files
  exits_with 1
}

@test "the same in one archive of the whole class" {
  tar -C "$hostile" --sparse --exclude=folder_socket -cf class.tar .
  plan class.tar
  exits_with 0
  # tar leaves out sockets; a link beside the students' folders is nobody's.
  rows_are_expected 'linked_student|folder_socket'
  [ -z "$(ls -A "$BATS_FILE_TMPDIR/outside")" ]
}

@test "the same archive does harm to a reader that trusts it" {
  python3 -c 'import sys, tarfile
archive = tarfile.open(sys.argv[1])
for member in archive: open(member.name, "wb").write(archive.extractfile(member).read())' "$hostile/tar_slip.tar"
  [ -e "$BATS_FILE_TMPDIR/outside/alibi.cpp" ]
  rm "$BATS_FILE_TMPDIR/outside/alibi.cpp"
}

@test "the page tells the limits that hold" {
  local page limit
  read -r -d '' -a page <"$repository/docs/grading_a_class.md" || true
  plan "$hostile"
  mapfile -t limits < <(jq -r '.submissions[].problems[]' out/manifest.json |
    grep -oE '[0-9]+ (MiB|entries|archives|folders deep)' | sort -u)
  [ "${#limits[@]}" -ge 6 ]
  for limit in "${limits[@]}"; do
    [[ "${page[*]}" == *"$limit"* ]] || { echo "not on the page: $limit"; return 1; }
  done
}

@test "there are at least 29 classes of hostile archives" {
  [ "$(cut -f 3 "$BATS_FILE_TMPDIR/expected" | sort -u | wc -l)" -ge 29 ]
}

@test "texts are kept under their hashes, each once" {
  text class/{ada,bob,cleo}/alibi.cpp class/ada/kerple.cpp
  plan class
  exits_with 0
  says '3 submissions, 4 files to judge.'
  [ "$(find out/files -type f | wc -l)" -eq 2 ]
  while IFS= read -r file; do
    [ "$(sha256sum <"$file" | cut -d ' ' -f 1).cpp" = "${file##*/}" ]
  done < <(find out/files -type f)
}

# ---- forms ---------------------------------------------------------------------------------------

@test "a class is the same as folders, as archives, and as one archive of either" {
  local one
  text class/ada/alibi.cpp class/bob/exercises/{kerple,rope}.cpp class/cleo/notes.txt class/Ada/fire.cpp 'class/Émile Ω/fire.cpp'
  plan class
  exits_with 0
  cp out/manifest.json folders.json
  [ "$(rows)" = "$(printf '%s\n' 'Ada|fire|' 'ada|alibi|' 'bob|kerple,rope|' 'cleo||' 'Émile Ω|fire|')" ]
  [ "$(problems_of cleo)" = 'no exercise of this course' ]
  mkdir archives
  for one in class/*; do pack "$one" "archives/${one#class/}.zip"; done
  pack class class.zip
  tar -czf wrapped.tar.gz class
  tar -C class -cJf class.tar.xz .
  tar -C class -c . | zstd -q >class.tar.zst
  tar -cf archives.tar -C archives .
  for one in archives class.zip wrapped.tar.gz class.tar.xz class.tar.zst archives.tar; do
    rm -r out
    plan "$one"
    exits_with 0
    diff folders.json out/manifest.json
  done
}

@test "a copy of the course: the exercises count, and neither stubs nor git's files" {
  text class/ada/exercises/alibi.cpp class/ada/build/x.cpp
  mkdir -p class/ada/tests/stubs class/ada/.git
  echo other | tee class/ada/tests/stubs/alibi.cpp class/ada/.git/alibi.cpp class/ada/.git/rope.cpp >class/ada/alibi.cpp
  plan class
  exits_with 0
  [ "$(rows)" = 'ada|alibi|' ]
  grep -q '// alibi.cpp' out/files/*/*.cpp
}

@test "git is not run on a checkout" {
  text class/ada/alibi.cpp
  git -C class/ada init -q
  git -C class/ada config core.fsmonitor "touch $BATS_TEST_TMPDIR/ran; false"
  git -C class/ada status >/dev/null 2>&1
  [ -e ran ]  # it would do harm
  rm ran
  plan class
  exits_with 0
  [ "$(rows)" = 'ada|alibi|' ]
  [ ! -e ran ]
}

@test "two files for one lesson: neither counts unless they are the same" {
  text class/ada/alibi.cpp class/ada/again/alibi.cpp class/bob/alibi.cpp class/bob/again/rope.cpp
  echo other >class/bob/again/alibi.cpp
  mkdir cleo && echo third >cleo/alibi.cpp && pack cleo class/cleo.zip && text class/cleo/alibi.cpp
  plan class
  exits_with 0
  [ "$(rows)" = "$(printf '%s\n' 'ada|alibi|' 'bob|rope|' 'cleo||')" ]
  says 'bob: again/alibi.cpp and alibi.cpp differ: hand in one for alibi'
  says 'cleo: alibi.cpp and cleo.zip/alibi.cpp differ'
}

@test "Moodle, with folders and without" {
  text 'class/Ada Lovelace_123_assignsubmission_file_/alibi.cpp' 'class/Émile Ω_45_assignsubmission_file_/fire.cpp'
  echo '<p>' >class/note.html && mkdir 'class/Ada Lovelace_123_assignsubmission_onlinetext_'
  mv class/note.html 'class/Ada Lovelace_123_assignsubmission_onlinetext_/onlinetext.html'
  plan class
  exits_with 0
  [ "$(rows)" = "$(printf '%s\n' 'Ada Lovelace_123|alibi|' 'Émile Ω_45|fire|')" ]
  rm -r class out
  text 'class/Ada Lovelace_123_assignsubmission_file_alibi.cpp' 'class/Ada Lovelace_123_assignsubmission_file_rope.cpp'
  mkdir bob && text bob/kerple.cpp && pack bob 'class/Bob_7_assignsubmission_file_work.zip'
  pack class class.zip
  plan class.zip
  exits_with 0
  [ "$(rows)" = "$(printf '%s\n' 'Ada Lovelace_123|alibi,rope|' 'Bob_7|kerple|')" ]
}

@test "Canvas: late ones, archives, and the latest version" {
  text class/lovelaceada_1234_98765_alibi.cpp class/hopperbob_LATE_2345_98766_t5_buckets.cpp
  echo new >class/lovelaceada_1234_98770_alibi-2.cpp
  echo newer >class/lovelaceada_1234_98771_alibi-10.cpp
  mkdir cleo && text cleo/rope.cpp && pack cleo class/noethercleo_LATE_3456_98767_my_work-1.zip
  echo pdf >class/nobody_4567_98768_essay.pdf
  plan class
  exits_with 0
  [ "$(rows)" = "$(printf '%s\n' 'hopperbob_2345|t5_buckets|' 'lovelaceada_1234|alibi|' 'nobody_4567||' 'noethercleo_3456|rope|')" ]
  grep -qx newer out/files/*/*.cpp
  says 'lovelaceada_1234_98770_alibi-2.cpp: it is not judged: version 10 is later'
  cp out/manifest.json folder.json
  pack class class.zip
  plan class.zip
  exits_with 0
  diff <(jq '.submissions[] | {student, files}' folder.json) <(jq '.submissions[] | {student, files}' out/manifest.json)
}

gradescope() {
  text class/assignment_9_export/submission_{1,2,3}/alibi.cpp
  cat >class/assignment_9_export/submission_metadata.yml <<'END'
---
submission_1:
  :submitters:
  - :name: Ada O'Lovelace
    :sid: '7'
    :email: ada@example.org
  :created_at: 2026-11-21 20:13:42.123456000 Z
  :score: 0.0
  :history:
  - :created_at: 2020-01-01 00:00:00.000000000 Z
submission_2:
  :submitters:
  - :name: "Émile Ω"
  - :name: 'Bob'
  :created_at: 2026-11-21 20:13:42.5 +01:00
submission_3:
  :submitters:
  - :name: !!python/object/apply:os.system ["touch evil"]
  :created_at: soon
submission_4:
  :submitters:
  - :name: Left
END
}

@test "Gradescope: names and times of its file, where they are plain" {
  gradescope
  plan class
  exits_with 0
  diff - <(rows) <<'END'
Ada O'Lovelace (submission_1)|alibi|2026-11-21T20:13:42Z
submission_3|alibi|
Émile Ω, Bob (submission_2)|alibi|2026-11-21T19:13:42Z
END
  cp out/manifest.json folder.json
  pack class export.zip
  plan export.zip
  exits_with 0
  diff folder.json out/manifest.json
  [ ! -e evil ]
}

@test "times stand in submitted.txt beside the submissions, and not in one of theirs" {
  text class/{ada,bob}/alibi.cpp
  echo '2026-01-01T00:00:00Z' >class/bob/submitted.txt
  echo '2026-11-21T21:01:54+01:00 ada' >class/submitted.txt
  plan class
  exits_with 0
  [ "$(rows)" = "$(printf '%s\n' 'ada|alibi|2026-11-21T20:01:54Z' 'bob|alibi|')" ]
  echo '2026-11-21T21:01 ada' >class/submitted.txt
  plan class
  exits_with 2
  says 'submitted.txt:1: a line is a time with its zone'
  printf '\n2026-11-21T21:01:54Z eve\n' >class/submitted.txt
  plan class
  exits_with 2
  says 'submitted.txt:2: nobody called "eve"'
  fits
}

@test "what belongs to nobody is told, what systems leave behind is not" {
  text class/ada/alibi.cpp class/README.md class/.DS_Store class/Thumbs.db class/__MACOSX/alibi.cpp
  plan class
  exits_with 0
  [ "$(rows)" = 'ada|alibi|' ]
  says 'README.md: it is nobody'
  [ "$(jq '.notes | length' out/manifest.json)" -eq 1 ]
}

# ---- where it is written, and again --------------------------------------------------------------

@test "the same again changes nothing, and an interrupted run goes on" {
  text class/{ada,bob}/alibi.cpp
  plan class
  find out -type f -printf '%p %i %T@\n' | grep -v manifest | sort >before
  cp out/manifest.json first.json
  mkdir class/cleo
  plan class
  exits_with 0
  rmdir class/cleo
  plan class
  cmp first.json out/manifest.json
  find out -type f -printf '%p %i %T@\n' | grep -v manifest | sort | diff before -
  rm out/manifest.json
  : >"$(find out/files -type f)"  # the power went before it was on the disk
  plan class
  exits_with 0
  cmp first.json out/manifest.json
  grep -q alibi out/files/*/*.cpp
}

@test "what cannot be read, or not be written, is said" {
  plan nothing
  exits_with 2
  says 'There is no "nothing"'
  plan class
  exits_with 2
  says 'Nobody has handed in anything in "class"'
  text class/alibi.cpp
  plan class
  exits_with 2
  says 'It should have a folder or an archive for each student'
  plan class/alibi.cpp
  exits_with 2
  says 'cannot be read: it is damaged, or no archive'
  mkfifo pipe
  plan pipe
  exits_with 2
  says 'neither a folder nor an archive'
  head -c 3000 "$hostile/many_entries.zip" >cut.zip
  plan cut.zip
  exits_with 2
  says 'Fetch it once more'
  fits
}

@test "grades never mix with anything else" {
  text class/ada/alibi.cpp other/precious
  run "$course/build/bin/qkoan" grade class --out class/out --plan
  exits_with 2
  says 'lie in each other'
  run "$course/build/bin/qkoan" grade class --out . --plan
  exits_with 2
  says 'lie in each other'
  run "$course/build/bin/qkoan" grade class --out class/../other/../class --plan
  exits_with 2
  says 'lie in each other'
  run "$course/build/bin/qkoan" grade class --out other --plan
  exits_with 2
  says 'is not empty, and holds no grades'
  run "$course/build/bin/qkoan" grade class --out other/precious --plan
  exits_with 2
  says 'is no folder'
  run "$course/build/bin/qkoan" grade class --out no/where --plan
  exits_with 2
  says 'cannot be made'
  [ "$(cat other/precious)" = '// precious' ]
  [ ! -e class/out ]
  fits
}

@test "a full disk is said, and the same command goes on when there is room" {
  text class/ada/alibi.cpp
  head -c 900000 /dev/zero >class/ada/rope.cpp
  unshare -rm true 2>/dev/null || skip 'no user namespaces here'
  run unshare -rm sh -c "mkdir small && mount -t tmpfs -o size=64k none small &&
    '$course/build/bin/qkoan' grade class --out small/out --plan; echo code \$?; find small/out -name '*.new'
    mount -o remount,size=4m small && '$course/build/bin/qkoan' grade class --out small/out --plan"
  exits_with 0
  says 'Cannot write small/out/files/'
  says 'No space left on device'
  says 'code 2'
  silent_about '.new'
  says '1 submission, 2 files to judge.'
}

@test "memory does not grow with the class" {
  python3 - <<'END'
import io, os, tarfile
with tarfile.open("class.tar", "w") as archive:
    for number in range(150):
        info = tarfile.TarInfo(f"student{number}/alibi.cpp")
        info.size = 1 << 20
        archive.addfile(info, io.BytesIO(os.urandom(1 << 20)))
END
  run python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print("KiB", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
    "$course/build/bin/qkoan" grade class.tar --out out --plan
  exits_with 0
  says '150 submissions, 150 files to judge.'
  [ "$(sed -n 's/^KiB //p' <<<"$output")" -lt 60000 ]
}
