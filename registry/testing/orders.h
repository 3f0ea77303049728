#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace avow::registry::testing {

/// Orders to give them in, numbered: all of three texts; of more each third, from a random one on, and all with
/// AVOW_RUNS=full; under a sanitizer, where each costs ten times as much, each twentieth.
std::map<std::uint32_t, std::vector<std::string>> orders_of(std::vector<std::string> texts);

}  // namespace avow::registry::testing
