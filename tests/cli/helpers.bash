# What all end-to-end tests share.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

says() {  # text that $output must contain
  [[ $output == *"$1"* ]] || { printf 'no "%s" in:\n%s\n' "$1" "$output"; return 1; }
}

silent_about() {  # text that $output must not contain
  [[ $output != *"$1"* ]] || { printf '"%s" in:\n%s\n' "$1" "$output"; return 1; }
}
