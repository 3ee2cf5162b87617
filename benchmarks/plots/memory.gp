# gnuplot -c memory.gp DATA PICTURE THEME: bytes for a query over tokens, a column for each way.
data = ARG1; file = ARG2; theme = ARG3
load "style.gp"
set logscale x 2
set logscale y 10
set format y "%.0f"
set yrange [1:*]
set xlabel "tokens"
set ylabel "bytes for each query"
plot for [n = 2:4] data using 1:n with linespoints linewidth 2 pointsize 0.8 \
  pointtype shape(n) linecolor rgb colour(n) title columnheader(n)
