# How fast: races, and their report.

load helpers
load writing

setup() { make_course; }

@test "bench races our solution with another implementation, and keeps the results" {
  local lowest
  lowest=$(cd "$QKOAN_BUILD/solutions" && ls kerple.*.so | head -n 1)
  lowest=${lowest#kerple.}
  run qkoan bench kerple --implementation "solution:${lowest%.so}" --json results.json
  exits_with 0
  says '07 kerple'
  says 'GFLOP/s'
  says 'kerple_log_bias_simd'
  fits
  [ "$(jq -r .schema results.json)" = qkoan/bench/1 ]
  [ "$(jq '.lessons[0].races[0].contenders | length' results.json)" -eq 3 ]
  jq -e '.lessons[0].races[] | .rounds >= 9 and (.contenders[0].ratio.median == 1)' results.json
}

@test "two threads race with one, unless there is one processor" {
  local solution
  solution=$(cd "$QKOAN_BUILD/solutions" && ls scaled_scores.*.so | head -n 1)
  if (($(nproc) > 1)); then
    run qkoan bench scaled_scores --json results.json
    exits_with 0
    says '2 threads'
    fits
    jq -e '[.lessons[0].races[].contenders[] | select(.name == "2 threads")]
      | length == 4 and all(.threads == 2 and .ratio.median > 0)' results.json
  fi
  taskset -c "$(taskset -pc $$ | sed 's/.*: *//; s/[-,].*//')" build/races/scaled_scores \
    --library "solution=build/solutions/$solution" >lines.json
  jq -es 'map(.race | values) | length > 0 and all(.skipped
    == "2 threads: this process may use one processor only")' lines.json
  jq -es 'map(.race | values | .contenders[].name) | index("2 threads") == null' lines.json
}

@test "halves of a race on two threads that leave out work stop it" {
  (($(nproc) > 1)) || skip 'one processor: nothing races on two threads'
  cat >idle.cpp <<'EOF'
#include "exercises/scaled_scores.hpp"
void scaled_scores_simd(Matrix, Matrix, MutableMatrix) {}
EOF
  g++ -std=c++20 -shared -fPIC -I. -Iexercises idle.cpp -o idle.so
  run build/races/scaled_scores --library it=./idle.so
  exits_with 2
  says 'the two halves of scaled_scores_simd leave out 262144 of 262144 numbers'
}

measure_growth() { build/races/attention_kernel --library "it=$1" --function none --growth 8192 >lines.json; }

growth_is() {  # what jq says of 8192 tokens, where $memory is what the kernel with ALiBi takes
  jq -es "map(.growth | values) | last
    | (.cases[] | select(.name == \"ALiBi\") | .memory) as \$memory | $1" lines.json
}

@test "growth: time and memory of attention; a kernel that holds all scores takes too much" {
  local solution
  solution=$(cd "$QKOAN_BUILD/solutions" && ls attention_kernel.*.so | tail -n 1)
  cat >holds_all.cpp <<'EOF'
#define fused_attention_simd kernel
#include "solutions/attention_kernel.cpp"
#undef fused_attention_simd
extern "C" void fused_attention_simd(Matrix Q, Matrix K, Matrix V, float slope, MutableMatrix O) {
  std::vector<float> S(static_cast<std::size_t>(Q.rows) * K.rows);
  kernel(Q, K, V, slope, O);
  S[0] = O[0][0];
}
EOF
  g++ -std=c++20 -O2 -march=native -shared -fPIC -I. -Iexercises holds_all.cpp -o holds_all.so
  measure_growth "build/solutions/$solution"
  jq -es 'map(.growth | values | .tokens) == [128, 512, 2048, 8192]' lines.json
  jq -es '[.[].growth | values | .allowed as $allowed | .cases[].memory <= $allowed] | all' lines.json
  growth_is '0 < $memory and $memory < 0.1 * .bytes'
  measure_growth ./holds_all.so
  growth_is '$memory > .allowed and $memory > 0.9 * 4 * 8192 * 8192'
}

@test "growth is asked for of what has it, and of sizes that there are" {
  run qkoan bench kerple --growth 128
  exits_with 2
  says 'nothing of kerple is measured as texts grow'
  silent_about 'GFLOP/s'  # it says so before it races
  run qkoan bench attention_kernel --growth 7
  exits_with 2
  says '--growth'
}

@test "bench says which lessons it knows, and what does not compile" {
  run qkoan bench causal_mask
  exits_with 2
  says 'There are benchmarks of: '
  write dot='no C++'
  run qkoan bench scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 2
  says 'does not compile'
  says './qkoan run scaled_scores'
}

@test "bench says that an implementation crashed" {
  write scaled_scores='*static_cast<volatile float*>(nullptr) = 1;'
  run qkoan bench scaled_scores --implementation exercises/scaled_scores.cpp
  exits_with 2
  says 'crashed'
  says './qkoan run scaled_scores'
}

@test "who cannot take part in a race is told so" {
  local name
  for name in bug:forgets_scale variant:backwards; do
    run qkoan bench scaled_scores --implementation "$name"
    exits_with 2
    says "$name cannot be raced"
    says 'solution:LEVEL'
  done
  echo 'float unknown(void) { return 1; }' >unknown.c
  gcc -shared -fPIC unknown.c -o libunknown.so
  run qkoan bench kerple --implementation ./libunknown.so
  exits_with 0
  says 'libunknown.so took part in no race: it exports none of kerple_'
  fits
}

@test "Ctrl-C during a race leaves no process behind" {
  local code=0
  build/bin/qkoan bench attention_kernel >/dev/null 3>&- &
  a_race_begins
  kill -INT $!
  wait $! || code=$?
  [ "$code" -eq 130 ]
  no_race_remains
}

@test "peers race, too, and say what they are" {
  run qkoan bench scaled_scores --peers --json results.json
  exits_with 0
  says 'eigen: Eigen 3.'
  fits
  jq -e '[.lessons[0].races[].contenders | map(.name) | index("eigen")] | all' results.json
  jq -e '.lessons[0].libraries | any(.name == "eigen")' results.json
}

@test "a peer that is not built is left out, and how to get it is said" {
  local peers
  peers=$(readlink build/peers)
  rm build/peers
  mkdir build/peers
  ln -s "$peers/eigen.so" build/peers
  run qkoan bench kerple --peers
  exits_with 0
  says 'openblas: not built; packages.txt names its package.'
  says 'onednn: not built; packages.txt names its package.'
  says 'pytorch: not built; benchmarks/peers/pytorch/build makes it'
  says 'ggml: not built; benchmarks/peers/ggml/build makes it'
  silent_about 'eigen: not built'
  fits
}

@test "peers that race in one process share no variables" {
  run nm --dynamic build/peers/*.so
  exits_with 0
  says 'scaled_scores_simd'
  silent_about ' u '
}

# In place of OpenBLAS: it knows no processor, and takes the kernels that it is told to take.
make_openblas() {
  mkdir blas
  printf '%s\n' '#include <stdlib.h>' 'void cblas_sgemm(void) {}' \
    'const char* openblas_get_config(void) { return "OpenBLAS 9.9 DYNAMIC_ARCH"; }' \
    'const char* openblas_get_corename(void) {' \
    '  return getenv("OPENBLAS_CORETYPE") ? getenv("OPENBLAS_CORETYPE") : "Haswell";' \
    '}' >blas.c
  gcc -shared -fPIC -Wl,-soname,libopenblas.so.0 blas.c -o blas/libopenblas.so.0
  printf '%s\n' '#include <dlfcn.h>' '#include <stdio.h>' 'int main(int n, char** file) {' \
    '  void* peer = n == 2 ? dlopen(file[1], RTLD_NOW) : 0;' \
    '  if (!peer) return 1;' \
    '  puts(((const char* (*)(void))dlsym(peer, "qkoan_about"))());' '}' >about.c
  gcc about.c -o about
}

@test "an OpenBLAS that does not know the processor is told what it is like" {
  [ -e build/peers/openblas.so ] || skip 'libopenblas-pthread-dev is not installed'
  make_openblas
  run env -u OPENBLAS_CORETYPE LD_LIBRARY_PATH=blas ./about build/peers/openblas.so
  exits_with 0
  if grep -q avx512bw /proc/cpuinfo; then
    says 'OpenBLAS 9.9, kernels for '
    says 'since its own choice, Haswell, does not use AVX-512'
  else
    [ "$output" = 'OpenBLAS 9.9, kernels for Haswell' ]
  fi
  run env LD_LIBRARY_PATH=blas OPENBLAS_CORETYPE=Zen ./about build/peers/openblas.so
  [ "$output" = 'OpenBLAS 9.9, kernels for Zen' ]
}
