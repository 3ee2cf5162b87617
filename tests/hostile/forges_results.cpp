// lesson: alibi
// earns: none
// shows: results
// Tries: to write results itself, and to spoil those of others.
// A mark: every task.
#include <filesystem>
#include <fstream>
#include <vector>

#include "alibi.hpp"
#include "parts/marks.hpp"

namespace fs = std::filesystem;

void alibi_slopes(int, int, MutableRow) {
  std::error_code error;
  fs::create_directories("@RESULTS@/ff", error);
  std::ofstream("@RESULTS@/ff/qkoan-hostile.json") << "{\"forged\": true}\n";
  std::vector<fs::path> records;
  for (const fs::path folder : {"@RESULTS@"}) {  // nowhere else: it writes to all it finds
    fs::recursive_directory_iterator entries(folder, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
      if (entries->path().extension() == ".json") records.push_back(entries->path());
    }
  }
  for (const fs::path& record : records) std::ofstream(record, std::ios::app) << "HOSTILE-RESULT 1";
}
