# Comments in the form that Doxygen takes: formulas between $, as in Markdown; "Task 1." does not end a brief
# description; and "Lesson 06", where a file says so of itself, leads to the lesson's page.
BEGIN { name = ARGV[1]; sub(/.*\//, "", name); sub(/\.hpp$/, "", name) }
/^ *\/\/[\/!]/ {
  while (match($0, /\$[^$]+\$/))
    $0 = substr($0, 1, RSTART - 1) "\\f\001" substr($0, RSTART + 1, RLENGTH - 2) "\\f\001" substr($0, RSTART + RLENGTH)
  gsub("\001", "$")
  if (match($0, /^\/\/\/ Task [0-9]+\. /)) $0 = substr($0, 1, RLENGTH - 1) "\\ " substr($0, RLENGTH + 1)
  if (match($0, /^\/\/\/ Lesson [0-9]+/))
    $0 = "/// [" substr($0, 5, RLENGTH - 4) "](@ref lesson_" name ")" substr($0, RLENGTH + 1)
}
{ print }
