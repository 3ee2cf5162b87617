#include "speed_tables.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

#include "problem.hpp"
#include "races.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

using Cells = std::vector<std::string>;

std::string number(double x, const char* pattern = "%.3g") {
  char text[64];
  std::snprintf(text, sizeof text, pattern, x);
  return text;
}

/// A table in Markdown, its first columns with words; empty if it has no rows.
std::string table(const Cells& header, const std::vector<Cells>& rows, std::size_t left = 1) {
  if (rows.empty()) return "";
  std::string text = "| " + join(header, " | ") + " |\n|";
  for (std::size_t n = 0; n < header.size(); ++n) text += n < left ? "---|" : "---:|";
  text += "\n";
  for (const Cells& row : rows) text += "| " + join(row, " | ") + " |\n";
  return text;
}

/// All races or growths of all lessons.
std::vector<Json> all(const Json& results, const char* kind) {
  std::vector<Json> found;
  for (const Json& lesson : results["lessons"].items())
    for (const Json& one : lesson[kind].items()) found.push_back(one);
  return found;
}

const Json& own(const Json& race) {
  static const Json none;
  return race["contenders"].items().empty() ? none : race["contenders"].items().front();
}

std::string work_of(const Json& race) {
  const std::string sizes = sizes_of(race);
  const std::string about = race["about"].text();
  return about.empty() ? sizes : sizes + " (" + about + ")";
}

std::string limit_of(const Json& contender) {
  const Json& share = contender["share_of_peak"];
  return share.is_null() ? number(contender["cycles_per_element"]["median"].number()) + " cycles"
                         : number(100 * share["median"].number(), "%.1f %%");
}

/// "2.10 (2.08–2.13)"
std::string cell(const Json& ratio, bool conclusive) {
  const std::string range = number(ratio["low"].number()) + "–" + number(ratio["high"].number());
  return conclusive ? number(ratio["median"].number()) + " (" + range + ")" : "noisy: " + range;
}

/// Who takes part in races, besides us, in the order of their first race.
Cells others(const std::vector<Json>& races) {
  Cells names;
  for (const Json& race : races) {
    for (const Json& one : race["contenders"].items()) {
      const std::string name = one["name"].text();
      const bool known = std::find(names.begin(), names.end(), name) != names.end();
      if (&one != &own(race) && one["threads"].is_null() && !known) names.push_back(name);
    }
  }
  return names;
}

std::vector<Json> kernel_races(const Json& results) {
  std::vector<Json> races = all(results, "races");
  std::erase_if(races, [](const Json& race) { return !race["compares"].is_null(); });
  return races;
}

std::string machine_block(const Json& results) {
  const Json machine = best_machine(results);
  if (machine.is_null()) return "";
  const auto giga = [&](const char* name) { return number(machine[name].number() / 1e9); };
  std::string text = table({"machine", printable(machine["processor"].text())},
                           {{"measured on", results["date"].text()},
                            {"compiler", machine["compiler"].text()},
                            {"floats in a vector", std::to_string(machine["lanes"].whole())},
                            {"clock while vectors are worked on", giga("clock") + " GHz"},
                            {"multiply-adds on registers, one thread", giga("peak") + " GFLOP/s"},
                            {"reading the first-level cache, the second",
                             giga("cache_read") + ", " + giga("cache2_read") + " GB/s"},
                            {"reading memory, writing it",
                             giga("memory_read") + ", " + giga("memory_write") + " GB/s"}});
  std::map<std::string, std::string> libraries;
  for (const Json& library : all(results, "libraries"))
    libraries[library["name"].text()] = library["about"].text();
  for (const auto& [name, about] : libraries)
    text += "| " + name + " | " + printable(about) + " |\n";
  return text;
}

std::string kernels_block(const Json& results) {
  const std::vector<Json> races = kernel_races(results);
  const Cells names = others(races);
  Cells header = {"kernel", "sizes", "time", "share of peak, or cycles for an element"};
  header.insert(header.end(), names.begin(), names.end());
  std::vector<Cells> rows;
  for (const Json& race : races) {
    Cells row = {"`" + race["function"].text() + "`", work_of(race),
                 fine_duration(own(race)["seconds"]["median"].number()), limit_of(own(race))};
    for (const std::string& name : names) {
      row.emplace_back();
      for (const Json& one : race["contenders"].items())
        if (one["name"].text() == name) row.back() = cell(one["ratio"], one["conclusive"].flag());
    }
    rows.push_back(std::move(row));
  }
  return table(header, rows, 2);
}

std::string threads_block(const Json& results) {
  std::vector<Cells> rows;
  for (const Json& race : kernel_races(results)) {
    for (const Json& one : race["contenders"].items()) {
      if (one["threads"].is_null()) continue;
      Json speed = Json::object();  // the ratio of times, the other way round
      speed.member("low") = 1 / one["ratio"]["high"].number(1);
      speed.member("median") = 1 / one["ratio"]["median"].number(1);
      speed.member("high") = 1 / one["ratio"]["low"].number(1);
      rows.push_back({"`" + race["function"].text() + "`", work_of(race),
                      fine_duration(own(race)["seconds"]["median"].number()),
                      fine_duration(one["seconds"]["median"].number()),
                      cell(speed, one["conclusive"].flag())});
    }
  }
  return table({"kernel", "sizes", "one thread", "two threads", "times as fast"}, rows, 2);
}

/// "+1.2 % (0.9 to 1.5)"
std::string overhead(const Json& contender) {
  const auto percent = [&](const char* name) {
    return number(100 * (contender["ratio"][name].number() - 1), "%+.1f");
  };
  const std::string range = percent("low") + " to " + percent("high");
  return contender["conclusive"].flag() ? percent("median") + " % (" + range + ")"
                                        : "noisy: " + range;
}

std::string biases_block(const Json& results) {
  Cells header;
  std::vector<Cells> rows;
  for (const Json& race : all(results, "races")) {
    if (race["compares"].is_null()) continue;
    header = {"sizes"};
    Cells row = {sizes_of(race)};
    for (const Json& one : race["contenders"].items()) {
      const bool base = row.size() == 1;
      header.push_back(one["name"].text() + (base ? ", of peak" : ""));
      row.push_back(base ? limit_of(one) : overhead(one));
    }
    rows.push_back(std::move(row));
  }
  return table(header, rows);
}

double nanoseconds(const Json& growth, const Json& one) {
  return 1e9 * one["seconds"]["median"].number() / growth["scores"].number(1);
}

/// What the case that takes most takes.
double most_memory(const Json& growth) {
  double most = 0;
  for (const Json& one : growth["cases"].items()) most = std::max(most, one["memory"].number());
  return most;
}

double all_scores(const Json& growth) {
  const double n = growth["tokens"].number();
  return 4 * n * n;
}

std::string growth_block(const Json& results) {
  Cells header;
  std::vector<Cells> rows;
  for (const Json& growth : all(results, "growth")) {
    header = {"tokens", "rounds"};
    Cells row = {std::to_string(growth["tokens"].whole()),
                 std::to_string(growth["rounds"].whole())};
    for (const Json& one : growth["cases"].items()) {
      header.push_back(one["name"].text());
      row.push_back(number(nanoseconds(growth, one)));
    }
    rows.push_back(std::move(row));
  }
  return table(header, rows);
}

/// "36 KiB", "17.2 GiB"
std::string size(double bytes) {
  const char* const units[] = {" bytes", " KiB", " MiB", " GiB"};
  int n = 0;
  for (; bytes >= 1024 && n < 3; ++n) bytes /= 1024;
  return number(bytes, bytes >= 1000 ? "%.0f" : "%.3g") + units[n];
}

std::string memory_block(const Json& results) {
  std::vector<Cells> rows;
  for (const Json& growth : all(results, "growth")) {
    const double memory = most_memory(growth), allowed = growth["allowed"].number();
    rows.push_back({std::to_string(growth["tokens"].whole()), size(memory),
                    number(memory / growth["tokens"].number(1), "%.0f"),
                    size(growth["bytes"].number()), size(allowed), size(all_scores(growth)),
                    memory <= allowed ? "yes" : "no"});
  }
  return table({"tokens", "taken by a call", "bytes for a query", "Q, K, V and O",
                "the contract allows", "all scores", "kept"},
               rows);
}

/// A row of data for gnuplot.
std::string data_row(const std::vector<double>& values) {
  std::string row;
  for (const double value : values) row += number(value, "%.6g") + " ";
  return row + "\n";
}

}  // namespace

std::string speed_block(const std::string& name, const Json& results) {
  using Block = std::string (*)(const Json&);
  static const std::map<std::string, Block> blocks = {
      {"machine", machine_block}, {"kernels", kernels_block}, {"threads", threads_block},
      {"biases", biases_block},   {"growth", growth_block},   {"memory", memory_block}};
  const auto block = blocks.find(name);
  if (block != blocks.end()) return block->second(results);
  Cells names;
  for (const auto& [known, function] : blocks) names.push_back(known);
  throw Problem("Nothing is measured for a block \"" + printable(name) +
                "\" of the page. Blocks are: " + join(names));
}

Json best_machine(const Json& results) {
  Json best;
  for (const Json& lesson : results["lessons"].items()) {
    if (best.is_null()) best = lesson["machine"];
    for (const char* limit :
         {"clock", "peak", "cache_read", "cache2_read", "memory_read", "memory_write"})
      best.member(limit) = std::max(best[limit].number(), lesson["machine"][limit].number());
  }
  return best;
}

std::string roofline_data(const Json& results) {
  std::map<std::string, std::string> kernels;
  for (const Json& race : kernel_races(results)) {
    const double arithmetic = race["arithmetic"].number(), bytes = race["bytes"].number();
    const double seconds = own(race)["seconds"]["median"].number();
    if (arithmetic > 0 && bytes > 0 && seconds > 0)
      kernels[race["function"].text()] +=
          data_row({arithmetic / bytes, arithmetic / seconds / 1e9});
  }
  std::string data;
  for (const auto& [name, points] : kernels)
    data += (data.empty() ? "" : "\n\n") + name + "\n" + points;
  return data;
}

std::string growth_data(const Json& results) {
  std::string header, data;
  for (const Json& growth : all(results, "growth")) {
    header = "tokens";
    std::vector<double> row = {growth["tokens"].number()};
    for (const Json& one : growth["cases"].items()) {
      header += " \"" + one["name"].text() + "\"";
      row.push_back(nanoseconds(growth, one));
    }
    data += data_row(row);
  }
  return header + "\n" + data;
}

std::string memory_data(const Json& results) {
  std::string data = "tokens \"fused kernel\" \"Q, K, V and O\" \"all scores\"\n";
  for (const Json& growth : all(results, "growth")) {
    const double n = growth["tokens"].number(1);
    data += data_row({n, std::max(1.0, most_memory(growth) / n), growth["bytes"].number() / n,
                      all_scores(growth) / n});
  }
  return data;
}

}  // namespace qkoan
