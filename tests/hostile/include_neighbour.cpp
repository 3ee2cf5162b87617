// lesson: alibi
// earns: none
// compiles: no
// shows: neighbour
// Tries: to include what another student handed in; its words come back in the compiler's
// messages.
// A mark: another's work.
#include "@NEIGHBOUR@"
