# Comments in the form that Doxygen takes: formulas between $, as in Markdown; "Task 1." begins a sentence
# that goes on.
/^ *\/\/[\/!]/ {
  while (match($0, /\$[^$]+\$/))
    $0 = substr($0, 1, RSTART - 1) "\\f\001" substr($0, RSTART + 1, RLENGTH - 2) "\\f\001" substr($0, RSTART + RLENGTH)
  gsub("\001", "$")
  sub(/Task [0-9]+\. /, "&\002")
  sub(/\. \002/, ": ")
}
{ print }
