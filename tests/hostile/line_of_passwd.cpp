// lesson: alibi
// earns: none
// compiles: no
// Tries: to make the compiler quote another file: an error shows the line of the file that #line
// names.
// A mark: none; but whatever the compiler may read, the student reads.
#line 1 "@PLAYGROUND@/secret.txt"
error_here;
#line 1 "/etc/passwd"
error_here;
