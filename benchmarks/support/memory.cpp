#include "benchmarks/support/memory.hpp"

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace qkoan::bench {

namespace {

constexpr double kUnknown = -1;

/// What Linux tells of this process: "VmHWM:  1764 kB" and the like, all at one moment.
class Status {
 public:
  Status() {
    std::ifstream file("/proc/self/status");
    text_.assign(std::istreambuf_iterator<char>(file), {});
  }
  double bytes(const std::string& name) const {
    const std::size_t at = text_.find("\n" + name + ":");
    return at == std::string::npos ? kUnknown
                                   : 1024 * std::stod(text_.substr(at + name.size() + 2));
  }
  bool complete() const {
    return bytes("VmHWM") != kUnknown && bytes("VmRSS") != kUnknown && bytes("RssFile") != kUnknown;
  }

 private:
  std::string text_;
};

/// How the peak without the pages of files grows while f runs.
double growth_of_peak(const std::function<void()>& f) {
  Status before;
  before = Status();  // reading it the first time has loaded code
  f();
  const Status after;
  if (!after.complete()) return kUnknown;
  return after.bytes("VmHWM") - after.bytes("RssFile") -
         (before.bytes("VmRSS") - before.bytes("RssFile"));
}

}  // namespace

double peak_memory(const std::function<void()>& f) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe to a process whose memory is measured");
  malloc_trim(0);              // what was freed before would be taken again, and not be seen
  const pid_t child = fork();  // its peak begins with what there is now
  if (child == 0) {
    const double grown = growth_of_peak(f);
    _exit(write(ends[1], &grown, sizeof grown) == sizeof grown ? 0 : 1);
  }
  close(ends[1]);
  double grown = kUnknown;
  const bool told = read(ends[0], &grown, sizeof grown) == sizeof grown;
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  if (child < 0 || !told) throw std::runtime_error("a process whose memory is measured broke off");
  if (grown == kUnknown)
    throw std::runtime_error("/proc/self/status does not tell VmHWM, VmRSS and RssFile");
  return grown;
}

}  // namespace qkoan::bench
