# gnuplot -c roofline.gp DATA PICTURE THEME PEAK CACHE MEMORY: the limits in GFLOP/s and GB/s. DATA has
# a block for each kernel: its name, then arithmetic intensity and GFLOP/s of each size.
data = ARG1; file = ARG2; theme = ARG3
peak = real(ARG4); cache = real(ARG5); memory = real(ARG6)
load "style.gp"
stats data using 1:2 nooutput
set logscale xy
set xrange [0.08:2500]
low = 10 ** floor(log10(STATS_min_y))
set yrange [low:peak * 2.2]
set format x "%g"
set format y "%g"
set xlabel "arithmetic intensity: operations for each byte of input and output"
set ylabel "GFLOP/s, one thread"
least(a, b) = a < b ? a : b
set label 1 sprintf("peak, %.0f GFLOP/s", peak) at 2300,peak * 1.25 right textcolor rgb ink
# The slopes run as many decades up as to the right; how steep is that on 470 by 392 points?
angle = atan(392 / log10(peak * 2.2 / low) / (470 / log10(2500 / 0.08))) * 180 / pi
left = low / memory > 0.08 ? low / memory : 0.08
set label 2 sprintf("first-level cache, %.0f GB/s", cache) at 0.11,1.4 * 0.11 * cache \
  rotate by angle textcolor rgb ink
set label 3 sprintf("memory, %.0f GB/s", memory) at 5 * left,1.8 * left * memory \
  rotate by angle textcolor rgb ink
plot least(peak, cache * x) with lines linewidth 2 linecolor rgb ink notitle, \
  least(peak, memory * x) with lines linewidth 2 dashtype 2 linecolor rgb ink notitle, \
  for [n = 0:STATS_blocks - 1] data index n using 1:2 with points pointsize 0.9 \
  pointtype shape(n + 1) linecolor rgb colour(n + 1) title columnheader(1)
