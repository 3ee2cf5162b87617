#include "class/iso_time.hpp"

#include <chrono>
#include <cstdio>
#include <regex>

namespace qkoan {

namespace {

/// Minutes east of Greenwich; nothing if no place has that time.
std::optional<int> zone_minutes(const std::string& zone) {
  if (zone == "Z" || zone == "z") return 0;
  const int hours = std::stoi(zone.substr(1, 2));
  const int minutes = std::stoi(zone.substr(zone.size() - 2));
  if (hours > 14 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (60 * hours + minutes);
}

}  // namespace

std::optional<Instant> read_time(std::string_view text) {
  static const std::regex kTime(
      R"((\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)? ?([Zz]|[+-]\d\d:?\d\d))");
  std::cmatch match;
  if (text.size() > 64 || !std::regex_match(text.data(), text.data() + text.size(), match, kTime))
    return std::nullopt;
  const auto number = [&](int group) {
    return match[group].matched ? std::stoi(match[group].str()) : 0;
  };
  using namespace std::chrono;
  const year_month_day date{year(number(1)), month(static_cast<unsigned>(number(2))),
                            day(static_cast<unsigned>(number(3)))};
  const std::optional<int> zone = zone_minutes(match[7].str());
  if (!date.ok() || number(4) > 23 || number(5) > 59 || number(6) > 60 || !zone)
    return std::nullopt;
  const Instant days = sys_days(date).time_since_epoch().count();
  return ((days * 24 + number(4)) * 60 + number(5) - *zone) * 60 + number(6);
}

std::string in_utc(Instant time) {
  using namespace std::chrono;
  const sys_seconds instant{seconds(time)};
  const sys_days midnight = floor<days>(instant);
  const year_month_day date(midnight);
  const hh_mm_ss clock(instant - midnight);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace qkoan
