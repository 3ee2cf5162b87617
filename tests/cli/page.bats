# A page about speed: its numbers and pictures are those of a file of results.

load helpers

setup() {
  make_course
  contender() { printf '{"name": "%s", "seconds": {"low": %s, "median": %s, "high": %s}, "conclusive": true,
    "ratio": {"low": %s, "median": %s, "high": %s}, %s}' "$1" "$2" "$2" "$2" "$3" "$3" "$3" "$4"; }
  local share='"share_of_peak": {"low": 0.7, "median": 0.8125, "high": 0.9}'
  local sizes='"sizes": {"tokens": 512, "d": 64}, "arithmetic": 4e8, "bytes": 1e6, "rounds": 9'
  cat >results.json <<EOF
{"schema": "qkoan/bench/1", "date": "2031-05-07", "lessons": [{"lesson": "attention_kernel",
  "machine": {"processor": "Abacus 3000", "compiler": "g++ 99", "lanes": 16, "clock": 3.25e9,
    "peak": 1.5e11, "cache_read": 4e11, "cache2_read": 1e11, "memory_read": 1.2e10, "memory_write": 6e9},
  "races": [
    {"function": "fused_attention_simd", "about": "ALiBi", $sizes, "contenders": [
      $(contender solution 0.004 1 "$share"), $(contender "2 threads" 0.0021 0.525 '"threads": 2'),
      $(contender abaci 0.0111 2.775 "$share")]},
    {"function": "attention", "about": "what a bias costs", "compares": "calls", $sizes, "contenders": [
      $(contender "no bias" 0.004 1 "$share"), $(contender T5 0.00405 1.0125 "$share")]}],
  "growth": [
    {"function": "attention", "tokens": 128, "d": 64, "rounds": 9, "scores": 8256, "bytes": 131072,
      "allowed": 2162688, "cases": [{"name": "no bias", "seconds": {"median": 8.256e-6}, "memory": 40960}]},
    {"function": "attention", "tokens": 65536, "d": 64, "rounds": 1, "scores": 2147516416,
      "bytes": 67108864, "allowed": 1073807360,
      "cases": [{"name": "no bias", "seconds": {"median": 2.5}, "memory": 2e9}]}]}]}
EOF
  mkdir docs
  printf '# Speed\n' >docs/page.md
  local block
  for block in machine kernels threads biases growth memory; do
    printf '\n<!-- numbers: %s -->\nold\n<!-- end -->\n' $block >>docs/page.md
  done
  printf 'The end.\n' >>docs/page.md
}

has() { grep -qF -- "$1" docs/page.md || { printf 'no "%s" in:\n' "$1"; cat docs/page.md; return 1; }; }

needs_gnuplot() { command -v gnuplot >/dev/null || skip 'gnuplot is not installed: gnuplot-nox'; }

@test "bench --page writes the numbers of the results, and their pictures" {
  needs_gnuplot
  run qkoan bench --from results.json --page docs/page.md
  exits_with 0
  has '| machine | Abacus 3000 |'
  has '| measured on | 2031-05-07 |'
  has '| `fused_attention_simd` | tokens 512, d 64 (ALiBi) | 4 ms | 81.2 % | 2.77 (2.77–2.77) |'
  has '| 4 ms | 2.1 ms | 1.9 (1.9–1.9) |'
  has '| tokens 512, d 64 | 81.2 % | +1.2 % (+1.2 to +1.2) |'
  has '| 128 | 9 | 1 |'
  has '| 128 | 40 KiB | 320 | 128 KiB | 2.06 MiB | 64 KiB | yes |'
  has '| 65536 | 1.86 GiB | 30518 | 64 MiB | 1 GiB | 16 GiB | no |'
  has 'The end.'
  ! grep -q '^old' docs/page.md || return 1
  local picture
  for picture in roofline growth memory; do
    xmllint --noout docs/pictures/$picture-{light,dark}.svg
    ! cmp -s docs/pictures/$picture-{light,dark}.svg || return 1
  done
  grep -q 'fused_attention_simd' docs/pictures/roofline-light.svg
  cp docs/page.md before
  run qkoan bench --from results.json --page docs/page.md
  exits_with 0
  cmp before docs/page.md
}

@test "bench --page says what is missing, and leaves the page as it is" {
  needs_gnuplot
  cp docs/page.md before
  run qkoan bench --from nothing.json --page docs/page.md
  exits_with 2
  says 'the file "nothing.json" cannot be read'
  head -c 300 results.json >half.json
  run qkoan bench --from half.json --page docs/page.md
  exits_with 2
  says 'half.json is no JSON'
  says 'bench --json FILE'
  echo '{"schema": "else"}' >else.json
  run qkoan bench --from else.json --page docs/page.md
  exits_with 2
  says 'has no results of races'
  jq 'del(.lessons[].growth)' results.json >short.json
  run qkoan bench --from short.json --page docs/page.md
  exits_with 2
  says 'have nothing for the block "growth"'
  says '--growth 65536'
  cmp before docs/page.md
  run qkoan bench --from results.json --page docs/nowhere.md
  exits_with 2
  says 'there is no page "docs/nowhere.md"'
  printf '<!-- numbers: weather -->\n<!-- end -->\n' >docs/page.md
  run qkoan bench --from results.json --page docs/page.md
  exits_with 2
  says 'Nothing is measured for a block "weather"'
  run qkoan bench --from results.json
  exits_with 2
  says '--page'
}

@test "without gnuplot, bench --page says what to install before it races" {
  mkdir empty
  PATH=$PWD/empty run "$PWD/build/bin/qkoan" bench --page docs/page.md
  exits_with 2
  says 'gnuplot-nox'
}

@test "bench --page wants everything measured, and says so before it races" {
  local some
  needs_gnuplot
  for some in '' 'kerple --growth 128'; do
    # shellcheck disable=SC2086  # several words
    run qkoan bench $some --page docs/page.md
    exits_with 2
    says 'a page shows the races of all lessons, and growth'
    says '--from FILE'
    silent_about 'GFLOP/s'
    fits
  done
}

@test "docs/speed.md has the numbers of docs/speed.json" {
  needs_gnuplot
  cp "$repository"/docs/speed.{md,json} .
  run qkoan bench --from speed.json --page speed.md
  exits_with 0
  cmp "$repository/docs/speed.md" speed.md
}
