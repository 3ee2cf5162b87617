#include "tests/support/reporter.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/support/failure.hpp"
#include "tests/support/implementation.hpp"
#include "tests/support/memory.hpp"

namespace qkoan {
namespace {

using Json = nlohmann::ordered_json;

std::string hex(double x) {
  char text[64];
  std::snprintf(text, sizeof text, "%a", x);
  return text;
}

template <class Numbers>
Json hex_list(const Numbers& numbers) {
  Json list = Json::array();
  for (const double x : numbers) list.push_back(hex(x));
  return list;
}

Json to_json(const OutputShown& o) {
  return {{"name", o.name},
          {"element", o.element},
          {"rows", o.rows},
          {"cols", o.cols},
          {"row", o.row},
          {"col", o.col},
          {"expected", o.expected},
          {"expected_float", o.expected_float},
          {"got", o.got},
          {"got_hex", o.got_hex},
          {"absolute", o.absolute},
          {"relative", o.relative},
          {"ulps", o.ulps},
          {"bound", o.bound},
          {"times_bound", o.times_bound},
          {"wrong", o.wrong},
          {"total", o.total},
          {"map", o.map}};
}

Json to_json(const Failure& f) {
  Json json{{"kind", f.kind}, {"message", f.message}, {"function", f.function}};
  json["case"] = Json::array();
  for (const auto& [name, value] : f.parameters) {
    json["case"].push_back({{"name", name}, {"value", value}});
  }
  json["inputs"] = Json::array();
  for (const InputShown& i : f.inputs) {
    json["inputs"].push_back(
        {{"name", i.name}, {"rows", i.rows}, {"cols", i.cols}, {"values", i.values}});
  }
  if (f.output) json["output"] = to_json(*f.output);
  if (!f.bound_from.empty()) json["bound_from"] = f.bound_from;
  json["trace"] = {{"got", hex_list(f.trace.got)},
                   {"expected", hex_list(f.trace.expected)},
                   {"tolerance", hex_list(f.trace.tolerance)}};
  return json;
}

const char* describe(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV: touched memory that is not its own";
    case SIGBUS:
      return "SIGBUS: touched memory that is not there";
    case SIGFPE:
      return "SIGFPE: a whole number was divided by zero";
    case SIGILL:
      return "SIGILL: ran into an instruction that does not exist";
    case SIGABRT:
      return "SIGABRT: gave up by itself (abort, a failed assertion)";
  }
  return "a signal";
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGABRT:
      return "SIGABRT";
  }
  return "?";
}

}  // namespace

std::string to_json(const std::vector<TaskInfo>& tasks) {
  Json list = Json::array();
  for (const TaskInfo& task : tasks) {
    Json checks = Json::array();
    for (const auto& [name, description, property] : task.checks) {
      checks.push_back({{"check", name}, {"description", description}, {"property", property}});
    }
    list.push_back({{"task", task.name}, {"checks", checks}, {"needs", task.needs}});
  }
  return Json{{"tasks", list}}.dump(2);
}

std::string to_json(const std::vector<MutantInfo>& mutants) {
  Json list = Json::array();
  for (const MutantInfo& m : mutants) {
    list.push_back({{"name", m.name},
                    {"kind", m.is_bug ? "bug" : "variant"},
                    {"about", m.about},
                    {"functions", m.functions}});
  }
  return Json{{"mutants", list}}.dump(2);
}

Reporter& reporter() {
  static Reporter one;
  return one;
}

void Reporter::write(const std::string& line) const {
  if (descriptor_ < 0) return;
  const std::string text = line + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
    if (n <= 0) return;  // nobody listens any more
    done += static_cast<std::size_t>(n);
  }
}

void Reporter::start(const std::string& implementation) {
  write(Json{{"event", "start"},
             {"seed", std::to_string(seed_)},
             {"implementation", implementation},
             {"functions_missing", missing_functions()}}
            .dump());
}

void Reporter::task_begins(const std::string& task) {
  task_ = task;
  check_.clear();
  task_has_failed_ = false;
  checks_ = cases_ = 0;
  worst_ = ulps_ = 0;
  write(Json{{"event", "task"}, {"task", task_}}.dump());
}

void Reporter::check_begins(const std::string& check) {
  check_ = check;
  check_has_failed_ = false;
  cases_before_check_ = cases_;
  write(Json{{"event", "check"}, {"task", task_}, {"check", check_}}.dump());
}

void Reporter::check_ends() {
  ++checks_;
  if (!properties_) return;
  write(Json{{"event", "property"},
             {"task", task_},
             {"check", check_},
             {"cases", cases_ - cases_before_check_},
             {"holds", !check_has_failed_}}
            .dump());
}

void Reporter::failed(const Failure& failure) {
  if (properties_ ? check_has_failed_ : task_has_failed_) return;
  check_has_failed_ = task_has_failed_ = any_task_has_failed_ = true;
  const Json event{
      {"event", "failed"}, {"task", task_}, {"check", check_}, {"failure", to_json(failure)}};
  write(event.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Reporter::task_passed() {
  if (checks_ == 0) return;  // nothing was judged, so nothing is said
  write(Json{{"event", "passed"},
             {"task", task_},
             {"checks", checks_},
             {"cases", cases_},
             {"worst", worst_},
             {"ulps", ulps_}}
            .dump());
}

void Reporter::task_not_run(const std::string& task, const std::string& because) {
  write(Json{{"event", "not_run"}, {"task", task}, {"because", because}}.dump());
}

void Reporter::alive() const { write(Json{{"event", "alive"}}.dump()); }

void Reporter::end() { write(Json{{"event", "end"}}.dump()); }

void Reporter::case_begins(const std::vector<std::pair<std::string, std::string>>& parameters) {
  char* end = case_;
  *end = 0;  // a worked example has no parameters, and must not show those of the case before
  const auto add = [&](const char* pattern, auto... arguments) {
    const std::ptrdiff_t room = case_ + sizeof case_ - end;
    const int length = std::snprintf(end, static_cast<std::size_t>(room), pattern, arguments...);
    end += std::min<std::ptrdiff_t>(length, room - 1);
  };
  for (const auto& [name, value] : parameters) {
    char* const before = end;
    add("%s{\"name\":\"%s\",\"value\":\"%s\"}", end == case_ ? "" : ",", name.c_str(),
        value.c_str());
    if (end == case_ + sizeof case_ - 1) *(end = before) = 0;  // did not fit
  }
}

void Reporter::fault(int signal, const void* address) {
  // Only snprintf and write: the heap may be broken.
  char place[256] = "", line[2048];
  const Location at = address == nullptr ? Location{nullptr, 0, 0} : locate(address);
  if (at.buffer != nullptr) {
    std::snprintf(place, sizeof place, ",\"buffer\":\"%s\",\"index\":%ld,\"size\":%ld", at.buffer,
                  at.index, at.size);
  }
  const int length = std::snprintf(
      line, sizeof line,
      "{\"event\":\"fault\",\"task\":\"%s\",\"check\":\"%s\",\"failure\":{\"kind\":\"crashed\","
      "\"message\":\"%s\",\"signal\":\"%s\",\"function\":\"%s\",\"case\":[%s]%s}}\n",
      task_.c_str(), check_.c_str(), describe(signal), name_of(signal), running_function(), case_,
      place);
  if (descriptor_ >= 0 && ::write(descriptor_, line, static_cast<std::size_t>(length)) < 0) return;
}

}  // namespace qkoan
