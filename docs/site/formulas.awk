# Formulas in comments, $...$ as in Markdown, in the form that Doxygen takes.
/^ *\/\/[\/!]/ {
  while (match($0, /\$[^$]+\$/))
    $0 = substr($0, 1, RSTART - 1) "\\f\001" substr($0, RSTART + 1, RLENGTH - 2) "\\f\001" substr($0, RSTART + RLENGTH)
  gsub("\001", "$")
}
{ print }
