// lesson: scaled_scores
// earns: none
// copies: 8
// Tries: to speak to the judge itself, in place of the program around it, and to say what that never
// would: answers before questions, faults in the judge's inputs, calls of functions that nobody gave.
// A mark: task 1, if the judge changes its question, loses count, or believes what it reads.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "scaled_scores.hpp"

namespace {
struct Response {  // as tests/support/wire.hpp has it
  std::int32_t kind;
  std::uint32_t sequence;
  std::int32_t task, callback, signal;
  std::uint64_t address;
  std::int32_t has_what;
  char type[512], what[512];
  alignas(16) unsigned char result[16], arguments[256];
};
enum Kind { kReturned, kMissing, kUnsolved, kThrew, kAsks, kDied };
constexpr std::uint64_t kRequestAddress = 0x2000'0000'0000, kInputs = 17 * 4096;

void say(volatile Response& response, std::uint32_t sequence, std::int32_t kind) {
  response.kind = kind;
  response.sequence = sequence;
  if (write(6, &sequence, sizeof sequence) < 0) _exit(0);
}

/// Something else in each copy.
void answer(volatile Response& response, std::uint32_t sequence, unsigned choice) {
  response.signal = 11;
  response.address = kRequestAddress + kInputs + choice % 4096;
  response.callback = choice % 2 ? -1 : 1 << 30;
  response.task = -7;
  response.has_what = -1;
  for (volatile char& c : response.type) c = 'T';  // without an end
  for (volatile char& c : response.what) c = '\x1b';
  const std::int32_t kinds[] = {kDied, kAsks, kThrew, kUnsolved, kMissing, kReturned, -1, 99};
  say(response, sequence, kinds[choice % 8]);
  if (choice == 5) say(response, sequence + 1, kReturned);  // nobody asked yet
}

__attribute__((constructor)) void take_over() {
  void* const region = mmap(nullptr, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, 4, 0);
  if (region == MAP_FAILED) return;
  auto& response = *static_cast<volatile Response*>(region);
  for (volatile unsigned char& has : response.arguments) has = 1;  // every function is there
  say(response, 0, kReturned);
  for (std::uint32_t sequence; read(5, &sequence, sizeof sequence) == sizeof sequence;) {
    answer(response, sequence, std::atoi("@COPY@"));
  }
  _exit(0);
}
}  // namespace

float dot(Row, Row) { return 0; }
