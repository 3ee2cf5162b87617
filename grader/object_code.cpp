#include "object_code.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "process.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr int kManyMoves =
    2;  // for one operation; a kernel that works on registers has fewer than 1

struct Instruction {
  unsigned long address = 0;
  std::string name;
  std::string operands;
};

using Functions = std::map<std::string, std::vector<Instruction>>;

/// "0000000000001139 <dot>:" begins a function; "    1139:\tvmulss %xmm1,%xmm0,%xmm0" belongs to it.
Functions read(const std::vector<std::string>& listing) {
  Functions functions;
  std::vector<Instruction>* current = nullptr;
  for (const std::string& line : listing) {
    const std::size_t open = line.find('<');
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) {
      if (open != std::string::npos && line.ends_with(">:"))
        current = &functions[line.substr(open + 1, line.size() - open - 3)];
      continue;
    }
    if (current == nullptr) continue;
    const std::string text = trim(line.substr(tab + 1));
    const std::size_t space = text.find(' ');
    current->push_back({std::strtoul(line.c_str(), nullptr, 16), text.substr(0, space),
                        space == std::string::npos ? "" : trim(text.substr(space))});
  }
  return functions;
}

/// The name in "1139 <dot>", without what "+0x12" or "@plt" adds; empty if it is in the middle of one.
std::string callee(const std::string& operands) {
  const std::size_t open = operands.find('<'), close = operands.find('>');
  if (open == std::string::npos || close == std::string::npos) return "";
  std::string name = operands.substr(open + 1, close - open - 1);
  if (name.ends_with("@plt")) name.resize(name.size() - 4);
  return name.find('+') == std::string::npos ? name : "";
}

bool begins_with_any(std::string_view name, std::initializer_list<std::string_view> parts) {
  if (name.starts_with('v')) name.remove_prefix(1);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.starts_with(part); });
}

bool multiplies(const std::string& name) { return begins_with_any(name, {"mul", "fm", "fnm"}); }

bool is_arithmetic(const std::string& name) {
  return multiplies(name) || begins_with_any(name, {"add", "sub", "div", "max", "min"});
}

int floats_in(const std::string& operands) {
  if (operands.find("%zmm") != std::string::npos) return 16;
  if (operands.find("%ymm") != std::string::npos) return 8;
  return 4;
}

bool moves_a_vector(const Instruction& i) {
  return i.operands.find("mm") != std::string::npos && i.operands.find('(') != std::string::npos;
}

InnerLoop describe(const std::string& function, const std::vector<Instruction>& code,
                   std::size_t first, std::size_t last) {
  InnerLoop loop;
  loop.function = function;
  for (std::size_t n = first; n <= last; ++n) {
    const Instruction& i = code[n];
    loop.moves += moves_a_vector(i);
    if (!is_arithmetic(i.name)) continue;
    if (i.name.ends_with("ps")) {
      ++loop.vectors;
      loop.products += multiplies(i.name);
      loop.widest = std::max(loop.widest, floats_in(i.operands));
    } else if (i.name.ends_with("ss")) {
      ++loop.numbers;
    }
  }
  return loop;
}

/// Loops end with a jump back; those without another such jump in them are innermost.
std::vector<InnerLoop> inner_loops(const std::string& function,
                                   const std::vector<Instruction>& code) {
  std::vector<InnerLoop> loops;
  std::size_t free = 0;  // behind the last jump back
  for (std::size_t n = 0; n < code.size(); ++n) {
    if (!code[n].name.starts_with('j')) continue;
    const unsigned long target = std::strtoul(code[n].operands.c_str(), nullptr, 16);
    if (target >= code[n].address) continue;
    const auto at_target = [&](const Instruction& i) { return i.address == target; };
    const auto begin = std::find_if(code.begin(), code.begin() + static_cast<long>(n), at_target);
    const std::size_t first = static_cast<std::size_t>(begin - code.begin());
    if (first >= free && first < n) loops.push_back(describe(function, code, first, n));
    free = n + 1;
  }
  return loops;
}

}  // namespace

InnerLoop busiest_loop(const std::vector<std::string>& listing, const std::string& function) {
  const Functions functions = read(listing);
  std::vector<std::string> todo{function};
  std::set<std::string> seen;
  InnerLoop busiest;
  const auto rank = [](const InnerLoop& l) {
    return std::tuple(l.products * l.widest, l.vectors * l.widest, l.numbers);
  };
  while (!todo.empty()) {
    const std::string name = todo.back();
    todo.pop_back();
    const auto found = functions.find(name);
    if (found == functions.end() || !seen.insert(name).second) continue;
    for (const InnerLoop& loop : inner_loops(name, found->second)) {
      if (rank(loop) > rank(busiest)) busiest = loop;
    }
    for (const Instruction& i : found->second) {
      if (i.name.starts_with("call") || i.name == "jmp") todo.push_back(callee(i.operands));
    }
  }
  return busiest;
}

std::vector<std::string> advice(const InnerLoop& loop, int lanes) {
  std::vector<std::string> sentences;
  if (loop.vectors == 0 && loop.numbers > 0) {
    sentences.push_back(
        "Its busiest loop works on one number at a time: nothing is a vector there.");
  }
  if (loop.vectors > 0 && loop.widest < lanes) {
    sentences.push_back("Its vectors have " + std::to_string(loop.widest) +
                        " numbers, and this machine's have " + std::to_string(lanes) + ".");
  }
  if (loop.vectors > 0 && loop.moves >= kManyMoves * loop.vectors) {
    sentences.push_back(
        "Its busiest loop goes to memory " + plural(loop.moves, "time") + " for " +
        plural(loop.vectors, "operation") +
        " on vectors. Keep sums in registers (`#pragma GCC unroll 8` over loops of constant length "
        "makes registers of an array), and use what is loaded more than once.");
  }
  return sentences;
}

Async<std::vector<std::string>> disassemble(Scope scope, std::filesystem::path library) {
  std::vector<std::string> arguments{"objdump", "--disassemble", "--no-show-raw-insn",
                                     library.string()};
  Listing listing = co_await list(scope, std::move(arguments));
  if (!listing.outcome.succeeded()) listing.lines.clear();
  co_return std::move(listing.lines);
}

}  // namespace qkoan
