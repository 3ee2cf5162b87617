#!/bin/sh
# draw_pictures.sh PROGRAM FOLDER: what the program of a lesson describes, drawn by gnuplot for pages on
# white and on black as FOLDER/LESSON-PICTURE-light.svg and -dark.svg. The program has the lesson's name.
set -eu
program=$1 folder=$2
lesson=${program##*/}
here=$(cd "$(dirname "$0")" && pwd)

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

command -v gnuplot >/dev/null ||
  fail 'gnuplot draws the pictures of lessons, and is not installed.' 'Its package: apt-get install gnuplot-nox'
mkdir -p "$folder"
rm -f "$folder/$lesson"-*.svg
script=$(mktemp)
trap 'rm -f "$script"' EXIT
"$program" >"$script"
for theme in light dark; do
  # A picture that lacks something is drawn with a warning.
  warnings=$(gnuplot -e "lesson='$lesson'; folder='$folder'; theme='$theme'; album='$here/album.gp'; style='$here/../benchmarks/plots/style.gp'" \
    "$script" 2>&1) && [ -z "$warnings" ] || fail "gnuplot could not draw the pictures of $lesson:" "$warnings"
done
# No version of gnuplot, no names that a browser would show, no seams between cells.
sed -i -e '/^<title>Gnuplot<\/title>$/d' -e '/^<desc>Produced by GNUPLOT/d' -e 's/<title>gnuplot_plot_[0-9a-z]*<\/title>//' \
  -e 's/<polygon /<polygon shape-rendering="crispEdges" /' "$folder/$lesson"-*.svg
