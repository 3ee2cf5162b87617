#ifndef QKOAN_GRADER_SPEED_TABLES_HPP
#define QKOAN_GRADER_SPEED_TABLES_HPP
/// @file
/// Results of races, as tables in Markdown and as data for pictures.

#include <string>

#include "json.hpp"

namespace qkoan {

/// The block of that name: machine, kernels, threads, biases, growth or memory; empty if the results have
/// nothing of it. Throws Problem if there is no such block.
std::string speed_block(const std::string& name, const Json& results);

/// The machine, with the best that was measured of each limit: a disturbance can only hide one.
Json best_machine(const Json& results);

/// For each kernel its name, then arithmetic intensity and GFLOP/s of our solution at each size.
std::string roofline_data(const Json& results);

/// Nanoseconds for a score, for each size and bias.
std::string growth_data(const Json& results);

/// Bytes for a query, for each size: what the kernel takes, inputs and outputs, a row of all scores.
std::string memory_data(const Json& results);

}  // namespace qkoan

#endif
