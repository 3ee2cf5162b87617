# gnuplot -c growth.gp DATA PICTURE THEME: nanoseconds for a score over tokens, a column for each bias.
data = ARG1; file = ARG2; theme = ARG3
load "style.gp"
stats data skip 1 nooutput
columns = int(STATS_columns)
set logscale x 2
set xtics rotate by 0
set yrange [0:*]
set xlabel "tokens"
set ylabel "nanoseconds for each score that is seen"
plot for [n = 2:columns] data using 1:n with linespoints linewidth 2 pointsize 0.8 \
  pointtype shape(n - 1) linecolor rgb colour(n - 1) title columnheader(n)
