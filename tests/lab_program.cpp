/// @file
/// A lab as a program, which its WebAssembly is compared with. Each line of the input has the positions
/// of the sliders. For each it writes the length of the description and the description, how many
/// numbers there are and the numbers, as bytes.

#include <cstdio>
#include <iostream>
#include <sstream>

#include "docs/lab.hpp"

namespace {

void write(const void* bytes, std::size_t size) { std::fwrite(bytes, 1, size, stdout); }

void write_size(std::size_t size) {
  const int number = static_cast<int>(size);
  write(&number, sizeof number);
}

}  // namespace

int main() {
  qkoan::Lab lab;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::vector<int> positions;
    for (int position; words >> position;) positions.push_back(position);
    const std::string& text = lab.update(positions);
    write_size(text.size());
    write(text.data(), text.size());
    write_size(lab.numbers().size());
    write(lab.numbers().data(), lab.numbers().size() * sizeof(float));
  }
}
