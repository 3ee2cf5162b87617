# What the pictures of lessons have in common. gnuplot knows lesson, folder and theme from the command
# line, and picture, width and height from the script that album.cpp writes.
set encoding utf8
set minussign
file = folder."/".lesson."-".picture."-".theme.".svg"
load style

# Told apart by readers who do not see red or green, and each at least three times as bright, or as
# dark, as the page. Dashes tell curves apart once more.
array curves[6]
if (theme eq "dark") {
  curves[1] = "#e6edf3"; curves[2] = "#6ab8f2"; curves[3] = "#f1600e"; curves[4] = "#4fe04f"
  curves[5] = "#ba31f5"; curves[6] = "#c64887"
} else {
  curves[1] = "#1f2328"; curves[2] = "#013289"; curves[3] = "#df6725"; curves[4] = "#19541e"
  curves[5] = "#7d1bed"; curves[6] = "#c7498f"
}
curve(n) = curves[(n - 1) % 6 + 1]
set dashtype 1 solid
set dashtype 2 (10,3)
set dashtype 3 (4,3)
set dashtype 4 (12,3,2,3)
set dashtype 5 (2,2)
set dashtype 6 (8,3,2,3,2,3)

# A scale of one colour, whose ends stand out from the page, and one that is pale in its middle.
if (theme eq "dark") {
  more = "set palette defined (0 '#26384d', 1 '#2f5d8c', 2 '#4a90c8', 3 '#8cc4ee', 4 '#e2f2ff')"
  both_signs = "set palette defined (0 '#6ab8f2', 1 '#2f5d8c', 2 '#2d3137', 3 '#a04510', 4 '#ff9a5c')"
  hatch = "#6e7681"
} else {
  more = "set palette defined (0 '#dcebfa', 1 '#a5cbee', 2 '#5c9bd3', 3 '#2463a8', 4 '#0b2559')"
  both_signs = "set palette defined (0 '#013289', 1 '#5c9bd3', 2 '#f0f0f0', 3 '#f0955a', 4 '#a63f00')"
  hatch = "#a8b1bb"
}
hatched = "fillstyle transparent pattern 4 noborder fillcolor rgb hatch"

set key above left horizontal samplen 3
set cbtics textcolor rgb ink
set cblabel textcolor rgb ink
set colorbox noborder
