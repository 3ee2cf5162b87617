# What is wrong in the site's sources ends its build, and is named.

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
built=${QKOAN_BUILD:-$repository/build}/site/instructor

setup() {
  command -v doxygen >/dev/null && command -v node >/dev/null || skip 'no doxygen or node: packages.txt, [docs]'
  [ -e "$built/finished" ] || skip 'the site is not built: ./qkoan docs'
  cp -r "$repository"/{README.md,CONTRIBUTING.md,packages.txt,docs,exercises,lessons,reference,solutions} "$BATS_TEST_TMPDIR"
  mkdir "$BATS_TEST_TMPDIR"/{tests,benchmarks}
  cp -r "$repository"/tests/{support,stubs,*.cpp} "$BATS_TEST_TMPDIR/tests"
  cp -r "$repository/benchmarks/support" "$BATS_TEST_TMPDIR/benchmarks"
  cd "$BATS_TEST_TMPDIR" || return
}

make_pages() { node docs/site/pages.mjs . instructor "$built/.." site/pages; }

run_doxygen() {
  sed "s#$built#$PWD/site#g; s#$repository#$PWD#g" "$built/Doxyfile" >site/Doxyfile
  doxygen site/Doxyfile
}

make_site() {
  make_pages && run_doxygen && dot -Tsvg site/pages/lessons.dot -o site/pages/lessons.svg &&
    node docs/site/finish.mjs . site "$built/.." /usr/share/javascript/katex /usr/share/doxygen-awesome-css
}

fails_with() {  # each of the messages
  [ "$status" -ne 0 ]
  local message
  for message; do
    [[ $output == *"$message"* ]] || { printf 'no "%s" in:\n%s\n' "$message" "$output"; return 1; }
  done
}

@test "without a fault the site is made" {
  run make_site
  [ "$status" -eq 0 ] || { printf '%s\n' "$output"; return 1; }
}

@test "what is undocumented, half documented or refers to nothing ends the build; all of it is named" {
  cat >>exercises/alibi.hpp <<'END'
void undocumented(int x);
/// Doubles. See @ref nowhere.
/// @param x  a number
void half_documented(int x, int y);
END
  printf '\nSee [this](@ref lesson_of_nobody).\n' >>lessons/06-alibi/README.md
  run make_site
  fails_with 'undocumented(int x)' "parameter 'y'" nowhere lesson_of_nobody
}

@test "broken TeX, lost pictures and pages that load from elsewhere end the build" {
  cat >>lessons/06-alibi/README.md <<'END'

A formula $\frac{1}$.

<!-- picture: lost
Not there. -->

<img src="https://example.org/spy.png" alt="spy"/>
END
  run make_site
  fails_with 'KaTeX parse error' 'alibi-lost-light.svg' 'loads https://example.org/spy.png'
}

@test "dead links, a header without a comment of its own, and lessons out of order are told" {
  echo 'A [link](../99-nothing/README.md).' >>lessons/06-alibi/README.md
  run make_pages
  fails_with 'lessons/06-alibi/README.md: a link leads to lessons/99-nothing/README.md, which is not there'
  sed -i '$d' lessons/06-alibi/README.md
  sed -i 's/@file//' reference/alibi.hpp
  run make_pages
  fails_with 'reference/alibi.hpp has no comment with @file'
  sed -i 's/"builds_on": .*/"builds_on": ["rope"],/' lessons/06-alibi/tasks.json
  run make_pages
  fails_with 'lessons/06-alibi/tasks.json: "builds_on" names "rope", which comes later'
}
