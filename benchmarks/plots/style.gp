# What all pictures have in common. theme is "light" or "dark": the page shows the one that fits.
if (!exists("width")) { width = 820; height = 480 }
ink = theme eq "dark" ? "#e6edf3" : "#1f2328"
faint = theme eq "dark" ? "#3d444d" : "#d1d9e0"
array colours[8]
if (theme eq "dark") {
  colours[1] = "#8b949e"; colours[2] = "#58a6ff"; colours[3] = "#f0883e"; colours[4] = "#3fb950"
  colours[5] = "#d2a8ff"; colours[6] = "#ff7b72"; colours[7] = "#e3b341"; colours[8] = "#76e3ea"
} else {
  colours[1] = "#6e7781"; colours[2] = "#0969da"; colours[3] = "#bc4c00"; colours[4] = "#1a7f37"
  colours[5] = "#8250df"; colours[6] = "#cf222e"; colours[7] = "#9a6700"; colours[8] = "#1b7c83"
}
colour(n) = colours[(n - 1) % 8 + 1]
array shapes[8] = [7, 5, 9, 13, 11, 4, 6, 8]
shape(n) = shapes[((n - 1) / 8 * 3 + n - 1) % 8 + 1]
set terminal svg size width,height fixed font "sans-serif,14" noenhanced
set output file
set border 3 linecolor rgb ink
set tics nomirror textcolor rgb ink
set key textcolor rgb ink samplen 1 outside right top Left reverse
set grid linecolor rgb faint linetype 1 linewidth 0.6
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink
