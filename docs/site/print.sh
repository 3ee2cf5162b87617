#!/bin/sh
# print.sh HTML PDF: prints a page of ours as a PDF. (Root's Chromium starts without its own sandbox only.)
set -eu
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
sandbox=''
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
chromium --headless $sandbox --disable-gpu --no-first-run --disable-background-networking \
  --disable-component-update --user-data-dir="$profile" --no-pdf-header-footer --virtual-time-budget=10000 \
  --print-to-pdf="$2.part" "file://$1" >"$profile/log" 2>&1 && [ -s "$2.part" ] || {
  cat "$profile/log" >&2
  exit 1
}
mv "$2.part" "$2"
