#!/usr/bin/env bash
# pictures.sh PROGRAM LESSON: the page of the lesson shows what the program describes, each picture once;
# they can be drawn, for both themes, and are the same bytes each time.
set -euo pipefail
program=$1 lesson=$2
draw=$(cd "$(dirname -- "$0")/.." && pwd)/docs/draw_pictures.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

"$program" --names | sort >"$scratch/described"
[[ -s $scratch/described ]] || fail "$lesson/pictures.cpp describes no picture"
sed -n 's/^<!-- picture: //p' "$lesson/README.md" | sort >"$scratch/shown"
difference=$(diff "$scratch/described" "$scratch/shown") ||
  fail "pictures that $lesson/pictures.cpp describes (<), and markers of the page (>) differ:" "$difference"
(($(wc -l <"$scratch/shown") <= 4)) || fail "$lesson/README.md has more than four pictures"
grep -A1 '^<!-- picture: ' "$lesson/README.md" | grep -qE '^(-->|$)' &&
  fail "$lesson/README.md: a picture has no caption"

command -v gnuplot >/dev/null || { echo 'NOT DRAWN: gnuplot is not installed: gnuplot-nox'; exit 77; }
for time in first second; do "$draw" "$program" "$scratch/$time"; done
diff -r "$scratch/first" "$scratch/second"
while read -r name; do
  light=$scratch/first/${program##*/}-$name-light.svg dark=${light%light.svg}dark.svg
  xmllint --noout "$light" "$dark"
  cmp -s "$light" "$dark" && fail "$name has one look for both themes"
  # Text and strokes are coloured for the theme; black is what gnuplot takes where nobody chose.
  grep -qE 'fill="(black|rgb\(0,0,0\))"' "$dark" && fail "$name has black text on a dark page"
done <"$scratch/described"
(($(ls "$scratch/first" | wc -l) == 2 * $(wc -l <"$scratch/described"))) || fail 'other files were drawn'
