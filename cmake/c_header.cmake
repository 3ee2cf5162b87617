# Makes a C header of a contract: cmake -D FROM=NAME.hpp -D TO=NAME.h -P c_header.cmake
# Contracts are C but for four things: what they include, extern "C", structures without typedef, and
# references.
file(READ ${FROM} text)
string(REGEX REPLACE "(#include \"[a-z0-9_]+)\\.hpp\"" "\\1.h\"" text "${text}")
string(REGEX REPLACE "\nextern \"C\" {\n" "\n" text "${text}")
string(REGEX REPLACE "\n}\n(\n#endif)" "\n\\1" text "${text}")
string(REGEX REPLACE "\nstruct ([A-Za-z]+) {" "\ntypedef struct \\1 \\1;\nstruct \\1 {" text "${text}")
string(REGEX REPLACE "([A-Za-z]+)& ([a-z]+)" "\\1* \\2" text "${text}")
file(WRITE ${TO} "${text}")
