# The launcher, from end to end: on a small project of its own, with its own apt and sudo.
# cmake, ninja and flock are the real ones.

load helpers

setup() {
  unset CI
  clone="$BATS_TEST_TMPDIR/a clone"
  fakes=$BATS_TEST_TMPDIR/fakes
  calls=$BATS_TEST_TMPDIR/calls          # what was asked of apt-get and sudo
  installed=$BATS_TEST_TMPDIR/installed  # the packages that the fake system has
  export calls installed
  mkdir "$clone" "$fakes"
  cp "$repository"/{qkoan,CMakePresets.json} "$clone"
  printf '%s\n' '# a comment' '' '[run]' 'alpha # why' 'beta' '[test]' 'gamma' >"$clone/packages.txt"
  small_project
  fake_system
  printf '%s\n' alpha beta gamma >"$installed"
  touch "$calls"
  cd "$clone" || exit
}

# Its tool prints how it was called.
small_project() {
  cat >"$clone/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
add_custom_command(OUTPUT done DEPENDS ${CMAKE_SOURCE_DIR}/tool.sh
                   COMMAND cp ${CMAKE_SOURCE_DIR}/tool.sh bin/qkoan && touch done)
add_custom_target(begin ALL DEPENDS done)
enable_testing()
add_test(NAME passes COMMAND true)
EOF
  cat >"$clone/tool.sh" <<'EOF'
#!/bin/sh
printf 'tool %s, called %s\n' "$*" "$QKOAN_COMMAND"
EOF
  chmod +x "$clone/tool.sh"
}

fake_system() {
  cat >"$fakes/dpkg-query" <<'EOF'
#!/bin/sh
echo query >>"$calls"
while read -r name; do printf ';%s installed;' "$name"; done <"$installed"
EOF
  cat >"$fakes/apt-get" <<'EOF'
#!/bin/sh
echo "apt-get $*" >>"$calls"
[ -z "$apt_fails" ] || { echo "$apt_fails"; exit 100; }
case "$*" in *" install "*)
  for word; do case $word in alpha | beta | gamma) echo "$word" >>"$installed" ;; esac; done
  echo pmstatus:beta:50.0000:Unpacking
esac
EOF
  cat >"$fakes/sudo" <<'EOF'
#!/bin/sh
echo "sudo $*" >>"$calls"
[ "$1" != -n ] || shift
[ -z "$sudo_fails" ] || exit 1
exec "$@"
EOF
  chmod +x "$fakes"/*
  export PATH=$fakes:$PATH
}

# Runs words as somebody who is not root.
as_user() {
  ((EUID == 0)) || { "$@"; return; }
  chown -R nobody: "$BATS_TEST_TMPDIR"
  chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
  setpriv --reuid nobody --regid nogroup --clear-groups "$@"
}

# Runs a command on a terminal of its own, where an answer is typed.
on_terminal() {  # answer, command
  printf '%s\n' "$1" | script -qec "$2" /dev/null
}

nothing_changed() { [[ ! -e build ]] && ! grep -q apt-get "$calls"; }

@test "first run configures, builds and hands over the arguments" {
  run ./qkoan list 'two words'
  [ "$status" -eq 0 ]
  says 'first run'
  says 'tool list two words, called ./qkoan'
}

@test "a warm run prints nothing of its own and asks no package database" {
  ./qkoan
  : >"$calls"
  run ./qkoan list
  [ "$output" = 'tool list, called ./qkoan' ]
  [ ! -s "$calls" ]
}

@test "the launcher's messages go to standard error" {
  ./qkoan list 2>/dev/null >out
  [ "$(cat out)" = 'tool list, called ./qkoan' ]
}

@test "works from another directory and through a symbolic link" {
  cd "$BATS_TEST_TMPDIR"
  ln -s 'a clone/qkoan' link
  run ./link list
  [ "$status" -eq 0 ]
  says 'tool list, called ./link'
  cd /
  run "$clone/qkoan" list
  [ "$output" = "tool list, called $(printf %q "$clone/qkoan")" ]
}

@test "a changed tool is built again" {
  ./qkoan
  sed -i 's/tool/new tool/' tool.sh
  run ./qkoan list
  [ "$output" = 'new tool list, called ./qkoan' ]
}

@test "a moved clone is configured again" {
  ./qkoan
  mv "$clone" "$BATS_TEST_TMPDIR/moved"
  cd "$BATS_TEST_TMPDIR/moved"
  run ./qkoan list
  [ "$status" -eq 0 ]
  grep -q "CMAKE_HOME_DIRECTORY:INTERNAL=$BATS_TEST_TMPDIR/moved" build/CMakeCache.txt
}

@test "changed presets configure again" {
  ./qkoan
  sed -i 's/"CMAKE_BUILD_TYPE": "[^"]*"/"CMAKE_BUILD_TYPE": "Debug"/' CMakePresets.json
  ./qkoan
  grep -q "CMAKE_BUILD_TYPE:.*=Debug" build/CMakeCache.txt
}

@test "a lost build file is made again" {
  ./qkoan
  rm build/build.ninja
  run ./qkoan list
  [ "$status" -eq 0 ]
  says 'tool list'
}

@test "a failed configuration shows its end and exits with 2" {
  echo 'message(FATAL_ERROR "no such thing")' >>CMakeLists.txt
  run ./qkoan
  [ "$status" -eq 2 ]
  says 'no such thing'
  says 'could not be configured'
  sed -i '$d' CMakeLists.txt
  run ./qkoan
  [ "$status" -eq 0 ]
}

@test "a failed build shows the command that failed and exits with 2" {
  sed -i 's/COMMAND cp/COMMAND echo the reason \&\& false \&\& cp/' CMakeLists.txt
  run ./qkoan
  [ "$status" -eq 2 ]
  says 'the reason'
  says 'the build failed'
}

@test "where the build directory cannot be written, it says so" {
  touch build
  run ./qkoan
  [ "$status" -eq 2 ]
  says "cannot write to $clone/build"
}

@test "two at once: the second waits, and both succeed" {
  sed -i 's/COMMAND cp/COMMAND sleep 1 \&\& cp/' CMakeLists.txt
  ./qkoan first >first 2>&1 &
  for _ in {1..50}; do [[ -e build/.configured ]] && break || sleep 0.02; done
  run ./qkoan second
  wait
  says 'waiting for it'
  says 'tool second'
  grep -q 'tool first' first
}

@test "test builds everything, runs ctest and ends with its summary" {
  run ./qkoan test -R passes
  [ "$status" -eq 0 ]
  says '100% tests passed, 0 tests failed out of 1'
  echo 'add_test(NAME fails COMMAND false)' >>CMakeLists.txt
  run ./qkoan test
  [ "$status" -eq 8 ]
}

@test "test needs its own packages, the tool does not" {
  sed -i /gamma/d "$installed"
  ./qkoan list
  run ./qkoan test </dev/null
  [ "$status" -eq 2 ]
  says 'apt-get install --no-install-recommends -y gamma'
}

@test "missing packages without a terminal: the exact command, and nothing changes" {
  sed -i /alpha/d "$installed"
  run ./qkoan list </dev/null
  [ "$status" -eq 2 ]
  says 'apt-get install --no-install-recommends -y alpha'
  nothing_changed
}

@test "the same for somebody who is not root" {
  : >"$installed"
  run as_user ./qkoan list </dev/null
  [ "$status" -eq 2 ]
  says 'sudo apt-get update && sudo apt-get install --no-install-recommends -y alpha beta'
  nothing_changed
}

@test "--yes installs what is missing, and is not handed over" {
  sed -i /beta/d "$installed"
  run ./qkoan --yes list </dev/null
  [ "$status" -eq 0 ]
  says 'tool list, called'
  grep -q '^apt-get .* install --no-install-recommends beta$' "$calls"
  [ "$(grep -c update "$calls")" -eq 0 ]
}

@test "--yes behind a command belongs to the tool" {
  ./qkoan
  run ./qkoan reset --yes
  says 'tool reset --yes, called'
  run ./qkoan test --yes
  says '100% tests passed'
  run ./qkoan test --help
  says 'tool test --help, called'
}

@test "CI=true installs without asking, through sudo" {
  sed -i /beta/d "$installed"
  CI=true run as_user ./qkoan list </dev/null
  [ "$status" -eq 0 ]
  grep -q '^sudo -n env .* install --no-install-recommends beta$' "$calls"
}

@test "sudo that wants a password where nobody can type it: nothing changes" {
  sed -i /beta/d "$installed"
  sudo_fails=1 run as_user ./qkoan --yes </dev/null
  [ "$status" -eq 2 ]
  says 'sudo wants a password'
  nothing_changed
}

@test "on a terminal it asks; no means no" {
  sed -i /beta/d "$installed"
  run on_terminal n './qkoan list'
  [ "$status" -eq 2 ]
  says 'missing: beta'
  says 'Install them now? [Y/n]'
  says 'install --no-install-recommends -y beta'
  nothing_changed
}

@test "on a terminal it asks; Enter means yes" {
  sed -i /beta/d "$installed"
  run on_terminal '' './qkoan list'
  [ "$status" -eq 0 ]
  says 'tool list'
  grep -q ' beta$' "$calls"
}

@test "no apt-get: names the packages and the way without it" {
  sed -i /beta/d "$installed"
  rm "$fakes/apt-get"
  for tool in bash env readlink; do ln -s "$(command -v $tool)" "$fakes"; done
  PATH=$fakes run ./qkoan list
  [ "$status" -eq 2 ]
  says 'no apt-get'
  says 'beta'
  [ ! -e build ]
}

@test "package lists that are out of date are updated once" {
  sed -i /beta/d "$installed"
  apt_fails='E: Unable to locate package beta' run ./qkoan --yes </dev/null
  [ "$status" -eq 2 ]
  says 'universe'
  [ "$(grep -c '^apt-get .* update$' "$calls")" -eq 1 ]
  [ "$(grep -c '^apt-get .* install ' "$calls")" -eq 2 ]
}

@test "apt's failures are explained" {
  sed -i /beta/d "$installed"
  apt_fails='E: Could not get lock /var/lib/dpkg/lock-frontend.' run ./qkoan --yes </dev/null
  [ "$status" -eq 2 ]
  says 'another program is installing packages'
  apt_fails='E: Failed to fetch: Temporary failure resolving x' run ./qkoan --yes </dev/null
  [ "$status" -eq 2 ]
  says 'Check the network'
}

@test "an installation that fails is tried again by the next run" {
  sed -i /beta/d "$installed"
  apt_fails=broken run ./qkoan --yes </dev/null
  [ "$status" -eq 2 ]
  says 'broken'
  run ./qkoan --yes list </dev/null
  [ "$status" -eq 0 ]
  says 'tool list'
}

@test "Ctrl-C leaves a state that the next run repairs" {
  sed -i 's/COMMAND cp/COMMAND sleep 5 \&\& cp/' CMakeLists.txt
  run script -qec './qkoan list' /dev/null < <(sleep 1; printf '\003')
  exits_with 130
  says 'stopped'
  sed -i 's/sleep 5/sleep 0/' CMakeLists.txt
  run ./qkoan list
  [ "$status" -eq 0 ]
  says 'tool list'
}

@test "every package of packages.txt says why it is needed" {
  run grep -vE '^(#|$|\[(run|test|grade|peers|docs|labs|pdf|browser|page|ci)\])|^[a-z0-9.+-]+ +# .' "$repository/packages.txt"
  [ -z "$output" ]
}
