#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interop-tests/harness/node.h"

namespace avow::interop {

/// `avow <words> --yes --json` of a person at that organisation.
Finished says(const Node& node, std::vector<std::string> words);
/// The last slot that is decided there; 0 if the node knows none.
std::int64_t slot_at(const Node& node);
bool is_proposed_at(const Node& node);

/// The first of these governors says `words`, which propose; all vote for it, each at its own node, until it is decided.
/// gives the last slot then. Throws if it never is
std::int64_t decide(const std::vector<Node*>& governors, const std::vector<std::string>& words);

}  // namespace avow::interop
