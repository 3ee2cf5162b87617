#include "compile.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "files.hpp"
#include "json.hpp"
#include "precompiled.hpp"
#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

constexpr double kCompileLimitSeconds = 60;

/// Words of a command line as a POSIX shell sees them.
std::vector<std::string> shell_words(std::string_view command) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      *word += command[++i];
    } else {
      *word += c;
    }
  }
  if (word) words.push_back(*word);
  return words;
}

/// How one file is compiled, according to the build.
struct Recipe {
  std::string directory;
  std::vector<std::string> command;  ///< compiler and flags; no input, no output
};

/// Drops what belongs to the one file: input, output, dependency files.
std::vector<std::string> general_flags(const std::vector<std::string>& words,
                                       const fs::path& directory, const fs::path& file) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-o" || word == "-MF" || word == "-MT" || word == "-MQ") {
      ++i;
    } else if (word != "-c" && word != "-MD" && word != "-MMD" &&
               (directory / word).lexically_normal() != file) {
      result.push_back(word);
    }
  }
  return result;
}

Recipe find_recipe(const Setup& setup, const std::string& lesson) {
  const fs::path database = setup.build / "compile_commands.json";
  const fs::path wanted = setup.exercise(lesson).lexically_normal();
  const std::string again = "\nConfigure again: cmake --preset default";
  const ParsedJson entries = parse_json(read_file(database).value_or("[]"));
  if (!entries.error.empty()) {
    throw Problem(database.string() + " is damaged: " + entries.error + again);
  }
  for (const Json& entry : entries.value.items()) {
    const fs::path directory = entry["directory"].text();
    const fs::path file = (directory / entry["file"].text()).lexically_normal();
    if (file != wanted) continue;
    const auto words = entry["arguments"].is_array() ? entry["arguments"].texts()
                                                     : shell_words(entry["command"].text());
    return {directory.string(), general_flags(words, directory, file)};
  }
  throw Problem(database.string() + " has no entry for " + setup.shown(wanted) + "." + again);
}

/// Keeps our own options from being overruled: nothing in colour, nothing too long, tabs count one.
void add_message_options(std::vector<std::string>& command) {
  command.insert(command.end(), {"-fdiagnostics-color=never", "-fmax-errors=5", "-ftabstop=1"});
}

void sanitize(std::vector<std::string>& command) {
  std::erase_if(command, [](const std::string& word) {
    return word.starts_with("-O") || word.starts_with("-D_FORTIFY_SOURCE") || word == "-DNDEBUG";
  });
  command.insert(command.end(),
                 {"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined",
                  "-fno-omit-frame-pointer", "-D_GLIBCXX_ASSERTIONS"});
  const bool clang = command.front().find("clang") != std::string::npos;
  if (clang) command.emplace_back("-shared-libasan");
}

/// The name stays unique until the object is complete: another run may be compiling the same file.
fs::path unfinished(const fs::path& library) {
  static int count = 0;
  return library.string() + "." + std::to_string(getpid()) + "." + std::to_string(++count);
}

/// Removes a file when its maker is stopped.
class Leftover {
 public:
  explicit Leftover(fs::path file) : file_(std::move(file)) {}
  ~Leftover() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;

 private:
  fs::path file_;
};

/// Something failed, and no error was recognised: the compiler's last word.
Diagnostic unrecognised(const Outcome& outcome) {
  Diagnostic diagnostic;
  if (outcome.timed_out) {
    diagnostic.text = "the compiler gave no answer within " + duration(kCompileLimitSeconds);
    return diagnostic;
  }
  for (const std::string& line : split_lines(outcome.errors)) {
    if (!trim(line).empty() && !only_says_that_it_failed(line)) diagnostic.text = trim(line);
  }
  if (diagnostic.text.empty()) diagnostic.text = "the compiler failed without a word";
  return diagnostic;
}

Command compiler_call(const Setup& setup, const CompileRequest& request, const fs::path& output) {
  Recipe recipe = find_recipe(setup, request.lesson);
  Command command;
  command.arguments = std::move(recipe.command);
  command.directory = recipe.directory;
  command.environment = build_environment();
  command.limit = kCompileLimitSeconds;
  command.tidy = true;
  if (request.sanitized) {
    sanitize(command.arguments);
  } else {
    // Nobody debugs this object, and without debug information it is there a tenth sooner.
    command.arguments.emplace_back("-g0");
    const std::string text = read_file(request.source).value_or("");
    for (std::string& word : use_precompiled(setup.build / "pch/qkoan.hpp", text))
      command.arguments.push_back(std::move(word));
  }
  add_message_options(command.arguments);
  command.arguments.insert(command.arguments.end(), {"-fPIC", "-shared"});
  command.arguments.insert(command.arguments.end(), setup.linker_flags.begin(),
                           setup.linker_flags.end());
  command.arguments.insert(command.arguments.end(), {request.source, "-o", output});
  return command;
}

}  // namespace

Async<Compilation> compile(Scope scope, const Setup& setup, CompileRequest request) {
  Compilation result;
  std::string name = request.lesson;
  if (!request.purpose.empty()) name += "." + request.purpose;
  if (request.sanitized) name += ".sanitized";
  result.library = setup.build / "exercises" / (name + ".so");
  std::error_code ignored;
  fs::create_directories(result.library.parent_path(), ignored);
  const fs::path output = unfinished(result.library);
  const Leftover leftover(output);
  Command command = compiler_call(setup, request, output);
  const std::string compiler = command.arguments.front();
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.start_error.empty()) {
    throw Problem("The compiler " + compiler + " cannot be started: " + outcome.start_error);
  }
  const fs::path library = std::move(result.library);
  result = read_compilation(outcome, request.source);
  result.library = library;
  if (result.succeeded) fs::rename(output, result.library);
  co_return result;
}

Compilation read_compilation(const Outcome& outcome, const fs::path& source) {
  Compilation result;
  result.seconds = outcome.seconds;
  result.diagnostics = read_diagnostics(outcome.errors, source);
  result.succeeded = outcome.succeeded();
  if (result.succeeded) return result;
  const bool explained = std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                                     [](const Diagnostic& one) { return one.error; });
  if (!explained) result.diagnostics.insert(result.diagnostics.begin(), unrecognised(outcome));
  return result;
}

namespace {

/// Where a file of the compiler's own lies; empty if it has none of that name.
Async<std::string> ask_compiler(Scope scope, const Setup& setup, std::string question) {
  Command command;
  command.arguments = {setup.compiler, std::move(question)};
  command.environment = build_environment();
  command.limit = 10;
  const Outcome outcome = co_await run(scope, std::move(command));
  std::string file = trim(outcome.output);
  if (!outcome.succeeded() || !fs::path(file).is_absolute()) file.clear();
  co_return file;
}

}  // namespace

Async<SanitizerRuntime> find_sanitizers(Scope scope, const Setup& setup) {
  SanitizerRuntime runtime;
  const bool clang = setup.compiler.find("clang") != std::string::npos;
  const std::vector<std::string> names =
      clang ? std::vector<std::string>{"libclang_rt.asan-x86_64.so"}
            : std::vector<std::string>{"libasan.so", "libubsan.so"};
  std::vector<std::string> libraries;
  for (const std::string& name : names) {
    libraries.push_back(co_await ask_compiler(scope, setup, "-print-file-name=" + name));
    if (!libraries.back().empty()) continue;
    runtime.unavailable = setup.compiler + " has no " + name + " here";
    co_return runtime;
  }
  std::string options = "color=never:exitcode=86";
  if (clang) {  // g++'s runtime reads debug information by itself
    const std::string addr2line = co_await ask_compiler(scope, setup, "-print-prog-name=addr2line");
    if (!addr2line.empty()) options += ":external_symbolizer_path=" + addr2line;
  }
  const std::string address = "ASAN_OPTIONS=" + options +
                              ":detect_leaks=0:verify_asan_link_order=0:handle_segv=2:"
                              "handle_sigbus=2:handle_sigfpe=2:handle_sigill=2:handle_abort=2:"
                              "allocator_may_return_null=1";
  const std::vector<std::string> both = {"LD_PRELOAD=" + join(libraries, ":"),
                                         "UBSAN_OPTIONS=" + options + ":print_stacktrace=1"};
  runtime.environment = runtime.environment_without_stack = both;
  runtime.environment.insert(runtime.environment.end(), {address, "BOOST_TEST_USE_ALT_STACK=no"});
  runtime.environment_without_stack.push_back(address + ":fast_unwind_on_fatal=1");
  co_return runtime;
}

}  // namespace qkoan
