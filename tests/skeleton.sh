#!/usr/bin/env bash
# Adds a lesson exactly as CONTRIBUTING.md says, to a copy of this repository without the other
# lessons: its files and nothing else, and its check passes before a line is changed, pictures included.
set -euo pipefail
cd "$(dirname -- "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | grep -zv '^lessons/' |
  xargs -0 cp --parents -t "$copy"
cd "$copy"
recipe=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' CONTRIBUTING.md)
printf '%s\n' "$recipe"
mkdir lessons
bash -euo pipefail -c "$recipe"
cmake --build build --target my_concept_pictures
tests/pictures.sh build/pictures/my_concept lessons/*-my_concept || (($? == 77)) # 77: there is no gnuplot
