#include "docs_command.hpp"

#include <filesystem>

#include "text.hpp"

namespace qkoan {

Async<int> docs_command(Session& session, Arguments arguments) {
  const Scope scope;
  const std::string fullest = session.setup.for_students() ? "student" : "instructor";
  const std::string edition = arguments.edition.empty() ? fullest : arguments.edition;
  if (session.setup.for_students() && edition != fullest)
    refuse_for_students(session.setup, "solutions and pages for instructors");
  co_await session.builder.prepare_site(scope, edition, arguments.pdf);
  const std::filesystem::path folder = session.setup.build / "site" / edition;
  say("The site for " + edition + "s: " + session.setup.shown(folder / "html" / "index.html") +
      "\n");
  if (arguments.pdf)
    say("All lessons as a PDF: " + session.setup.shown(folder / "qkoan.pdf") + "\n");
  co_return 0;
}

}  // namespace qkoan
