// lesson: alibi
// earns: none
// compiles: no
// shows: secret
// Tries: to read the host's files through the compiler's messages, which quote what they
// complain of.
// A mark: none; but whatever the grader may read, the student reads.
#include "@PLAYGROUND@/secret.txt"

#include "/etc/passwd"
