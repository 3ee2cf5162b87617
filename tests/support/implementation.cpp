#include "tests/support/implementation.hpp"

#include <cxxabi.h>
#include <dlfcn.h>

#include <algorithm>
#include <stdexcept>

#include "exercises/qkoan.h"
#include "tests/support/mutant_list.hpp"

namespace qkoan {
namespace {

void* library = nullptr;
void* complement = nullptr;
std::string selected_mutant;
const char* running = "";

std::vector<const char*>& known_functions() {
  static std::vector<const char*> names;
  return names;
}

void* open_library(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
  return handle;
}

const QkoanMutant* first_mutant(void* handle) {
  auto* list = reinterpret_cast<const QkoanMutant* (*)()>(dlsym(handle, "qkoan_mutants"));
  return list == nullptr ? nullptr : list();
}

void* find(const char* name) {
  if (!selected_mutant.empty()) {
    for (const QkoanMutant* m = first_mutant(library); m != nullptr; m = m->next) {
      if (selected_mutant == m->name && std::string(name) == m->function) return m->address;
    }
  }
  void* const own = dlsym(library, name);
  return own == nullptr && complement != nullptr ? dlsym(complement, name) : own;
}

/// What was built for other contracts would be called with other parameters.
void require_this_version(void* handle, const std::string& path) {
  const auto version = reinterpret_cast<int (*)()>(dlsym(handle, "qkoan_contracts"));
  if (version == nullptr || version() == QKOAN_CONTRACTS) return;
  throw std::runtime_error(path + " was built for version " + std::to_string(version()) +
                           " of the contracts, and this course has version " +
                           std::to_string(QKOAN_CONTRACTS) + ": build it with these headers");
}

std::string type_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "something";
  int status = 0;
  char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? readable : type->name();
  std::free(readable);
  return name;
}

}  // namespace

void load_implementation(const std::string& path, const std::string& mutant) {
  library = open_library(path);
  require_this_version(library, path);
  selected_mutant = mutant;
  if (mutant.empty()) return;
  for (const QkoanMutant* m = first_mutant(library); m != nullptr; m = m->next) {
    if (mutant == m->name) return;
  }
  throw std::runtime_error(path + " has no planted bug or variant named " + mutant);
}

void load_complement(const std::string& path) { complement = open_library(path); }

std::vector<MutantInfo> list_mutants(const std::string& path) {
  std::vector<MutantInfo> mutants;
  for (const QkoanMutant* m = first_mutant(open_library(path)); m != nullptr; m = m->next) {
    const auto same = [&](const MutantInfo& other) { return other.name == m->name; };
    auto entry = std::find_if(mutants.begin(), mutants.end(), same);
    if (entry == mutants.end()) {
      entry = mutants.insert(mutants.end(), MutantInfo{m->name, m->about, m->is_bug, {}});
    }
    if (entry->about.empty()) entry->about = m->about;
    entry->functions.push_back(m->function);
  }
  std::reverse(mutants.begin(), mutants.end());
  return mutants;
}

std::vector<std::string> missing_functions() {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < known_functions().size(); ++i) {
    const char* const name = known_functions()[i];
    const bool lacks =
        judges_remotely() ? detail::worker_lacks(static_cast<int>(i)) : find(name) == nullptr;
    if (lacks) missing.push_back(name);
  }
  return missing;
}

std::string worker_source(const std::string& contract) {
  std::string source =
      "// Made by the suite. What a student has not defined is null.\n#include \"" + contract +
      "\"\n#include \"tests/support/worker.hpp\"\n\n";
  std::string rows;
  for (const std::string name : known_functions()) {
    source += "#pragma weak " + name + "\n";
    rows += "    qkoan::worker::entry(\"" + name + "\", &::" + name + "),\n";
  }
  // A student may have a main() of their own: the linker puts this one in its place.
  return source +
         "\nextern \"C\" int __wrap_main(int count, char** words) {\n"
         "  qkoan::worker::Entry entries[] = {\n" +
         rows + "  };\n  qkoan::worker::choose(entries, count > 1 ? words[1] : nullptr);\n" +
         "  qkoan::worker::serve(entries);\n}\n";
}

const char* running_function() { return running; }

namespace detail {

Entry::Entry(const char* name) : name_(name), number_(static_cast<int>(known_functions().size())) {
  known_functions().push_back(name);
}

void* Entry::address() const {
  void* address = find(name_);
  if (address == nullptr) throw missing_function(name_);
  return address;
}

Failure missing_function(const char* function) {
  return {"missing",
          std::string("the function `") + function +
              "` is not defined, or not with the name and parameters of the contract",
          function};
}

Failure unsolved_task(const char* function, int task) {
  return {"unsolved", "task " + std::to_string(task) + " is not written yet", function};
}

Failure threw_exception(const char* function, const std::string& type, const std::string* what) {
  return {"threw", "threw " + type + (what ? ": \"" + *what + "\"" : ""), function};
}

Running::Running(const char* name) { running = name; }
Running::~Running() { running = ""; }

void rethrow_as_failure(const char* function) {
  try {
    throw;
  } catch (const Failure&) {
    throw;
  } catch (const Unsolved& unsolved) {
    throw unsolved_task(function, unsolved.task);
  } catch (const std::exception& e) {
    const std::string what = e.what();
    throw threw_exception(function, type_of_current_exception(), &what);
  } catch (...) {
    throw threw_exception(function, type_of_current_exception(), nullptr);
  }
}

}  // namespace detail
}  // namespace qkoan
