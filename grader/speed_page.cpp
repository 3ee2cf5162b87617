#include "speed_page.hpp"

#include "files.hpp"
#include "problem.hpp"
#include "process.hpp"
#include "speed_tables.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kDrawSeconds = 60;
constexpr std::string_view kBlockBegin = "<!-- numbers: ", kBlockNamed = " -->\n",
                           kBlockEnd = "<!-- end -->\n";

/// The page with every block replaced. Throws Problem.
std::string fill_in(const std::string& text, const std::string& page, const Json& results) {
  std::string filled;
  std::size_t position = 0;
  for (std::size_t begin; (begin = text.find(kBlockBegin, position)) != std::string::npos;) {
    const std::size_t name_at = begin + kBlockBegin.size(),
                      line_end = text.find(kBlockNamed, name_at);
    const std::size_t end = text.find(kBlockEnd, name_at);
    if (line_end == std::string::npos || end == std::string::npos || end < line_end)
      throw Problem(page + ": a block of numbers does not end with <!-- end -->");
    const std::string name = text.substr(name_at, line_end - name_at);
    const std::string block = speed_block(name, results);
    if (block.empty()) {
      throw Problem("The results have nothing for the block \"" + name + "\" of " + page +
                    ". All is measured by: " + command_name() +
                    " bench --peers --growth 65536 --json FILE");
    }
    filled += text.substr(position, line_end + kBlockNamed.size() - position) + "\n" + block + "\n";
    position = end;
  }
  return filled + text.substr(position);
}

void write_or_throw(const std::filesystem::path& file, const std::string& content) {
  const std::string error = write_atomically(file, content);
  if (!error.empty()) throw Problem("Cannot write " + file.string() + ": " + error + ".");
}

Async<> gnuplot(Scope scope, std::filesystem::path directory, std::vector<std::string> arguments) {
  Command command;
  command.arguments.push_back("gnuplot");
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.directory = directory.string();
  command.environment = build_environment();
  command.limit = kDrawSeconds;
  const Outcome outcome = co_await run(scope, std::move(command));
  if (!outcome.start_error.empty()) {
    throw Problem("gnuplot draws the pictures of the page, and cannot be started: " +
                  outcome.start_error + "\nIts package: apt-get install gnuplot-nox");
  }
  if (!outcome.succeeded())
    throw Problem("gnuplot could not draw a picture: " + trim(printable(outcome.errors)));
}

/// One picture for pages on white and one for pages on black.
Async<> draw(Scope scope, const Session& session, std::filesystem::path folder, std::string name,
             std::string data, std::vector<std::string> parameters) {
  const std::filesystem::path source = session.setup.build / "plots" / (name + ".dat");
  std::error_code error;
  std::filesystem::create_directories(source.parent_path(), error);
  std::filesystem::create_directories(folder, error);
  write_or_throw(source, data);
  for (const char* theme : {"light", "dark"}) {
    const std::filesystem::path picture = folder / (name + "-" + theme + ".svg");
    std::vector<std::string> arguments = {"-c", name + ".gp", source.string(), picture.string(),
                                          theme};
    arguments.insert(arguments.end(), parameters.begin(), parameters.end());
    co_await gnuplot(scope, session.setup.source / "benchmarks" / "plots", std::move(arguments));
  }
}

std::string page_text(const std::string& page) {
  const std::optional<std::string> text = read_file(page);
  if (!text) throw Problem("--page: there is no page \"" + printable(page) + "\" to be filled in.");
  return *text;
}

}  // namespace

Async<> expect_speed_page(Scope scope, std::string page) {
  page_text(page);
  std::vector<std::string> arguments = {"--version"};
  co_await gnuplot(scope, std::filesystem::current_path(), std::move(arguments));
}

Json read_results(const std::string& file) {
  const std::optional<std::string> text = read_file(file);
  if (!text) throw Problem("--from: the file \"" + printable(file) + "\" cannot be read.");
  const ParsedJson parsed = parse_json(*text);
  const std::string again = " Results are written by: " + command_name() + " bench --json FILE";
  if (!parsed.error.empty())
    throw Problem("--from: " + printable(file) + " is no JSON: " + printable(parsed.error) + "." +
                  again);
  if (parsed.value["schema"].text() != "qkoan/bench/1" || !parsed.value["lessons"].is_array())
    throw Problem("--from: " + printable(file) + " has no results of races (qkoan/bench/1)." +
                  again);
  return parsed.value;
}

Async<> write_speed_page(Scope scope, const Session& session, std::string page, Json results) {
  const std::string filled = fill_in(page_text(page), page, results);
  const std::filesystem::path folder = std::filesystem::absolute(page).parent_path() / "pictures";
  const Json machine = best_machine(results);
  std::vector<std::string> limits;
  for (const char* limit : {"peak", "cache_read", "memory_read"})
    limits.push_back(std::to_string(machine[limit].number() / 1e9));
  std::string data = roofline_data(results);
  if (!data.empty())
    co_await draw(scope, session, folder, "roofline", std::move(data), std::move(limits));
  if (!speed_block("growth", results).empty()) {
    std::vector<std::string> none;
    data = growth_data(results);
    co_await draw(scope, session, folder, "growth", std::move(data), none);
    data = memory_data(results);
    co_await draw(scope, session, folder, "memory", std::move(data), none);
  }
  write_or_throw(page, filled);
  say("Written: " + page + ", and the pictures beside it.\n");
}

}  // namespace qkoan
