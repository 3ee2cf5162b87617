#include "class/class_progress.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "style.hpp"
#include "text.hpp"

namespace qkoan {

namespace {

constexpr double kFramesPerSecond = 10;
constexpr int kProgressColumns = 24;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// "1 min 20 s", "3 h 5 min".
std::string time_left(double seconds) {
  const long whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

ClassProgress::ClassProgress(long total, const char* done)
    : total_(total), what_(done), begun_(seconds_now()), terminal_(is_terminal(STDERR_FILENO)) {}

ClassProgress::~ClassProgress() {
  if (terminal_ && drawn_ > 0) std::fputs("\r\x1b[K", stderr);
}

void ClassProgress::step() {
  ++done_;
  if (!terminal_) {
    if (done_ * 10 / total_ == (done_ - 1) * 10 / total_) return;
    std::fprintf(stderr, "  %ld of %ld %s\n", done_, total_, what_);
    return;
  }
  const double now = seconds_now();
  if (now - drawn_ < 1 / kFramesPerSecond) return;
  drawn_ = now;
  draw();
}

void ClassProgress::draw() const {
  const double seconds = seconds_now() - begun_;
  const double rate = static_cast<double>(done_) / seconds;
  std::string bar;
  for (long i = 0; i < kProgressColumns; ++i)
    bar += i < done_ * kProgressColumns / total_ ? "█" : "░";
  const std::string text = std::to_string(done_) + " of " + plural(total_, "text") + " " + what_ +
                           "  " + std::to_string(static_cast<long>(60 * rate)) + " per minute  " +
                           time_left(static_cast<double>(total_ - done_) / rate) + " left";
  const Style style = Style::of(STDERR_FILENO);
  std::fprintf(stderr, "\r\x1b[K%s %s", style.green(bar).c_str(),
               clip(text, terminal_width(STDERR_FILENO, 80) - kProgressColumns - 2).c_str());
  std::fflush(stderr);
}

}  // namespace qkoan
