#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "registry/slot.h"
#include "registry/statement.h"
#include "registry/testing/consortium.h"
#include "registry/testing/node.h"

namespace avow::registry::testing {

using Engine = std::mt19937_64;
std::size_t below(Engine& engine, std::size_t end);

/// All that is said in a consortium after its founding.
struct History {
  std::vector<std::string> entries = {};
  std::vector<Statement> statements = {};
  std::vector<Slot> slots = {};              // decided, in order
  std::vector<std::string> governance = {};  // that decide them, and emergencies
};

/// Feeds that say every kind of statement, fork, rotate and go on with retired keys: so many steps by all members, of whom
/// each branch keeps the rules of form and time.
History random_history(const Consortium& consortium, const std::string& network, Engine& engine,
                       std::size_t steps);

/// Each once and some again, in any order, in batches and commits of any size; then what is held is looked at.
std::vector<Receipt> give_in_any_order(Node& node, std::vector<std::string> texts, Engine& engine);
/// So all of a history, then what is asked for, as peers give it. Again until a round gives nothing new, with restarts
/// between.
void deliver(Node& node, const History& history, Engine& engine);

/// The view root as ReferenceFold has it.
std::string reference_root_of(const Charter& charter, const History& history);

/// What a view says of these members beyond its root, one line each: documents, nodes, who may issue, what was issued.
std::string told(const View& view, const Consortium& consortium, const History& history);

}  // namespace avow::registry::testing
