// lesson: alibi
// earns: none
// compiles: no
// Tries: to steer the terminal of whoever reads the compiler's messages: colours, title, screen.
// A mark: none; but what is shown in green is not what was judged.
#error @ESCAPE@[2J@ESCAPE@[1;1H@ESCAPE@[32mALL PASSED@ESCAPE@[0m @ESCAPE@]0;@TOKEN@@BELL@ @RTL@reversed
#error @RETURN@@ESCAPE@[31mnothing to see
