// What an attack leaves where the test looks for it. A submission is one file: the test puts this text in
// the place of its #include, and fills in all names between @ signs.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

/// Leaves a file that says: this went well, and it should not have.
inline void leave_mark(const std::string& effect, const std::string& text = "") {
  const std::string file = "@PLAYGROUND@/marks/@NAME@." + effect;
  const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0666);
  if (descriptor < 0) return;
  if (write(descriptor, text.data(), text.size()) < 0) return;
  close(descriptor);
}

/// Gives the process a name under which the test finds it.
inline void take_name() { prctl(PR_SET_NAME, "@PROCESS@"); }
