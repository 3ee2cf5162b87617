#include "quiz.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "files.hpp"
#include "problem.hpp"
#include "seal.hpp"
#include "text.hpp"

namespace qkoan {

namespace fs = std::filesystem;

namespace {

std::string required(const Json& object, const char* name, const std::string& place) {
  if (object[name].is_text()) return object[name].text();
  throw Problem(place + ": \"" + name + "\" is missing, or is no text.");
}

void read_choices(const Json& entry, Question& question, const std::string& place) {
  question.choices = entry["choices"].texts();
  const int count = static_cast<int>(question.choices.size());
  if (count < 2 || count > 26) throw Problem(place + R"(: "choices" must be 2 to 26 texts.)");
  if (!question.sealed.empty()) return;
  question.answer = entry["answer"].whole(-1);
  if (!entry["answer"].is_whole() || question.answer < 0 || question.answer >= count) {
    throw Problem(place + R"(: "answer" must be the place of the right choice, counted from 0.)");
  }
}

/// How many decimals a number shows.
int decimals_of(const std::string& number) {
  const std::size_t point = number.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(number.size() - point - 1);
}

Question read_question(const Json& entry, const std::string& place) {
  Question question;
  question.id = required(entry, "id", place);
  question.ask = required(entry, "ask", place);
  question.sealed = entry["sealed"].text();
  if (question.sealed.empty()) question.because = required(entry, "because", place);
  if (entry["choices"].is_array()) {
    read_choices(entry, question, place);
  } else if (!question.sealed.empty()) {
    question.decimals = entry["decimals"].whole();
  } else {
    question.number = required(entry, "number", place);
    if (!number_in(question.number)) throw Problem(place + ": \"number\" is no number.");
    question.decimals = decimals_of(question.number);
  }
  return question;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
}

std::optional<double> plain_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "2^-8" or a plain number.
std::optional<double> power(const std::string& text) {
  const std::size_t hat = text.find('^');
  if (hat == std::string::npos) return plain_number(text);
  const auto base = plain_number(text.substr(0, hat)),
             exponent = plain_number(text.substr(hat + 1));
  if (!base || !exponent) return std::nullopt;
  return std::pow(*base, *exponent);
}

/// The numbers that a typed one may be when it is rounded, in units of the last decimal that is asked
/// for; two if it lies in the middle between them.
std::vector<std::string> roundings(double typed, int decimals) {
  const double units = typed * std::pow(10.0, decimals);
  std::vector<std::string> result;
  if (!(std::fabs(units) < 0x1p53)) return result;  // also if it is infinite or NaN
  for (const double whole : {std::floor(units), std::ceil(units)}) {
    const std::string text = std::to_string(static_cast<long>(whole));
    const bool known = !result.empty() && result.front() == text;
    if (!known && std::fabs(units - whole) <= 0.5 * (1 + 1e-9)) result.push_back(text);
  }
  return result;
}

/// What opens the seal of a question.
std::string secret_of(const Question& question) {
  if (!question.choices.empty()) return std::to_string(question.answer);
  return roundings(*number_in(question.number), question.decimals).front();
}

/// Whether one of these answers is right.
bool opens(Question& question, const std::vector<std::string>& answers) {
  if (question.sealed.empty())
    return std::find(answers.begin(), answers.end(), secret_of(question)) != answers.end();
  for (const std::string& answer : answers) {
    const auto because = unseal(question.sealed, answer, Secret::kGuessable);
    if (!because) continue;
    question.because = *because;
    return true;
  }
  return false;
}

}  // namespace

std::string Question::right_answer() const {
  if (!sealed.empty()) return "";
  if (choices.empty()) return number;
  return std::string(1, static_cast<char>('a' + answer)) + ") " +
         choices[static_cast<std::size_t>(answer)];
}

std::vector<Question> read_quiz(const Setup& setup, const Lesson& lesson) {
  const fs::path file = lesson.folder / "quiz.json";
  const std::string shown = setup.shown(file);
  const std::optional<std::string> content = read_file(file);
  if (!content) return {};
  const ParsedJson json = parse_json(*content);
  if (!json.error.empty()) throw Problem(shown + " is not valid JSON: " + printable(json.error));
  std::vector<Question> questions;
  for (const Json& entry : json.value["questions"].items()) {
    const std::string number = std::to_string(questions.size() + 1);
    questions.push_back(read_question(entry, shown + ", question " + number));
  }
  return questions;
}

std::optional<double> number_in(std::string_view typed) {
  std::string text = trim(typed);
  replace_all(text, "−", "-");
  replace_all(text, ",", ".");
  replace_all(text, " ", "");
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return power(text);
  const auto above = power(text.substr(0, slash)), below = power(text.substr(slash + 1));
  if (!above || !below || *below == 0) return std::nullopt;
  return *above / *below;
}

std::optional<bool> is_right(Question& question, std::string_view typed) {
  if (question.choices.empty()) {
    const std::optional<double> number = number_in(typed);
    if (!number) return std::nullopt;
    return opens(question, roundings(*number, question.decimals));
  }
  std::string letter = trim(typed);
  if (letter.ends_with(')')) letter.pop_back();
  if (letter.size() != 1) return std::nullopt;
  const int choice = (letter[0] | 0x20) - 'a';  // A is a
  if (choice < 0 || choice >= static_cast<int>(question.choices.size())) return std::nullopt;
  return opens(question, {std::to_string(choice)});
}

Json sealed_quiz(const Setup& setup, const Lesson& lesson) {
  Json questions = Json::array();
  for (const Question& question : read_quiz(setup, lesson)) {
    Json entry = Json::object({{"id", question.id}, {"ask", question.ask}});
    if (question.choices.empty()) {
      entry.member("decimals") = question.decimals;
    } else {
      entry.member("choices") = question.choices;
    }
    entry.member("sealed") = seal(question.because, secret_of(question), Secret::kGuessable);
    questions.push(std::move(entry));
  }
  return Json::object({{"questions", std::move(questions)}});
}

}  // namespace qkoan
