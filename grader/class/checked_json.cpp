#include "class/checked_json.hpp"

#include <algorithm>
#include <cmath>

#include "problem.hpp"
#include "text.hpp"

namespace qkoan {

CheckedJson CheckedJson::at(const std::string& name) const {
  return {value_[name], file_, path_ + "." + printable(name)};
}

void CheckedJson::complain(const std::string& what) const {
  throw Problem(file_ + ", at " + path_ + ": " + what);
}

void CheckedJson::unknown(const std::string& kind, const std::string& name,
                          const std::vector<std::string>& names) const {
  const std::vector<std::string> near = nearest(name, names);
  complain("there is no " + kind + " \"" + clip(printable(name), 60) + "\"." +
           (near.empty() ? "" : " Did you mean " + join(near, " or ") + "?") +
           "\nThere are: " + join(names));
}

void CheckedJson::only(const std::vector<std::string>& names) const {
  if (!value_.is_object())
    complain(
        (value_.is_null() ? "nothing stands here" : clip(value_.dump(), 40) + " is no object") +
        std::string(". Write {...} with: ") + join(names));
  for (const auto& [name, value] : value_.members()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) unknown("member", name, names);
  }
}

std::string CheckedJson::text() const {
  if (value_.is_null()) complain("is missing. Write a text.");
  if (!value_.is_text() || value_.text().empty())
    complain(clip(value_.dump(), 40) + " is no text, or an empty one.");
  return value_.text();
}

long CheckedJson::whole(long least, long most) const {
  const bool fits = value_.is_whole() && value_.number() >= static_cast<double>(least) &&
                    value_.number() <= static_cast<double>(most);
  if (!fits)
    complain((value_.is_null() ? "is missing." : clip(value_.dump(), 40) + " does not fit.") +
             " Write a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
             ".");
  return static_cast<long>(value_.number());
}

long CheckedJson::hundredths(long most) const {
  const double exact = value_.number(-1) * 100;
  const double rounded = std::round(exact);
  // A decimal such as 0.29 is not a double; its nearest hundredth is meant.
  const bool fits = value_.is_number() && rounded >= 0 &&
                    rounded <= 100.0 * static_cast<double>(most) &&
                    std::abs(exact - rounded) < 1e-6;
  if (!fits)
    complain(clip(value_.dump(), 40) + " does not fit. Write a number from 0 to " +
             std::to_string(most) + " with at most two digits after its point.");
  return static_cast<long>(rounded);
}

std::string CheckedJson::one_of(const std::vector<std::string>& texts) const {
  const std::string is = text();
  if (std::find(texts.begin(), texts.end(), is) == texts.end())
    complain("\"" + clip(printable(is), 40) + "\" does not fit. Write \"" +
             join(texts, "\" or \"") + "\".");
  return is;
}

}  // namespace qkoan
