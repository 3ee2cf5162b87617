#!/usr/bin/env bash
# browser.sh BUILD: builds the site of both editions and reads it in Chromium. 77: what that takes is not here.
set -euo pipefail
here=$(dirname -- "${BASH_SOURCE[0]}")

missing() {
  local program
  for program in doxygen dot gnuplot node katex chromium chromedriver; do
    command -v "$program" >/dev/null || printf '%s ' "$program"
  done
  /usr/bin/python3 -c 'import selenium' 2>/dev/null || printf 'python3-selenium'
}

lacks=$(missing)
if [[ $lacks ]]; then
  echo "The site is not tested: this takes $lacks (packages.txt, [docs] and [browser])"
  [[ ${CI:-} != true ]] || exit 1
  exit 77
fi
export QKOAN_COMMAND=./qkoan
"$1/bin/qkoan" docs --edition student
"$1/bin/qkoan" docs --edition instructor --pdf
if [[ -d $1/site/labs ]]; then cmake --build "$1" --target lab_programs; fi
[[ $(head -c 4 "$1/site/instructor/qkoan.pdf") == %PDF ]]
exec /usr/bin/python3 "$here/site_test.py" "$1"
