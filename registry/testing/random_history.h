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
template <class T>
const T& one_of(const std::vector<T>& all, Engine& engine) {
  return all.at(below(engine, all.size()));
}

/// All that is said in a consortium after its founding.
struct History {
  std::vector<std::string> entries = {};
  std::vector<Statement> statements = {};
  /// Each follows one of these, and is earlier: evidence of a fork, if another stands at its place, and nothing else.
  std::vector<Statement> too_early = {};
  std::vector<Slot> slots = {};              // decided, in order
  std::vector<std::string> governance = {};  // that decide them, and emergencies
};

/// Once in so many times.
struct Odds {
  std::size_t rotation = 40;  // of all steps
  std::size_t log_fork = 12;  // of all rotations
};
/// Feeds that say every kind of statement, fork, rotate and go on with retired keys: so many steps by all members, of whom
/// each branch keeps the rules of form and time, but for what is too early.
History random_history(const Consortium& consortium, const std::string& network, Engine& engine,
                       std::size_t steps, const Odds& odds = {});

/// Each once and some again, in any order, in batches and commits of any size; then what is held is looked at.
std::vector<Receipt> give_in_any_order(Node& node, std::vector<std::string> texts, Engine& engine);
/// As peers give them: what was held in memory comes again, and so does all whenever the node asks for it.
void give_until_settled(Node& node, const std::vector<std::string>& texts, Engine& engine);
/// So all of a history once, then what is asked for; after a start, or when peers' change logs are to be read again, all
/// that is not stored. Until a round gives nothing new.
void deliver(Node& node, const History& history, Engine& engine);

/// Delivers all of a history to two nodes, each in its own way. Is the view root that of the ReferenceFold, and is it the
/// same, with all that the view says besides, at both, and after a start that folds from nothing?
/// gives what differs, or nothing
std::string difference(const Consortium& consortium, const Charter& charter, const History& history,
                       Engine& engine, bool is_known_to_reference = true);

}  // namespace avow::registry::testing
