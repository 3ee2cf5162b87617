#include "docs_command.hpp"

#include <filesystem>

#include "text.hpp"

namespace qkoan {

namespace {

/// Solutions and pages for instructors are only in editions that have them.
std::string fullest_edition(const Setup& setup) {
  return std::filesystem::exists(setup.source / "solutions") ? "instructor" : "student";
}

}  // namespace

Async<int> docs_command(Session& session, Arguments arguments) {
  const Scope scope;
  const std::string edition =
      arguments.edition.empty() ? fullest_edition(session.setup) : arguments.edition;
  co_await session.builder.prepare_site(scope, edition, arguments.pdf);
  const std::filesystem::path folder = session.setup.build / "site" / edition;
  say("The site for " + edition + "s: " + session.setup.shown(folder / "html" / "index.html") +
      "\n");
  if (arguments.pdf)
    say("All lessons as a PDF: " + session.setup.shown(folder / "qkoan.pdf") + "\n");
  co_return 0;
}

}  // namespace qkoan
