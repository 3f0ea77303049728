#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "node/error.h"
#include "registry/own_feed.h"
#include "registry/statement.h"

namespace avow::node {

/// What is said again after a recovery uses so much of an hour; the rest is left to what is said meanwhile.
inline constexpr registry::HourLimits kSaidAgainPerHour{registry::kMaxUrgentPerHour / 10 * 9,
                                                        registry::kMaxOthersPerHour / 10 * 9,
                                                        registry::kMaxOtherBytesPerHour / 10 * 9};

/// What a recovery says again, until it is said: an hour may not hold all of it. Faults of SQLite are thrown and end
/// where the Database runs the caller.
class UnsaidStatements {
 public:
  /// The order in which they are said.
  enum class Urgency {
    stop,
    list,  // and its bits
    batch,
  };
  struct Counts {
    std::int64_t stops = 0;  // lists and their bits included
    std::int64_t batches = 0;
  };

  static std::span<const core::Migration> migrations();

  /// What waits already is not added twice.
  static void add(core::Transaction& transaction, Urgency urgency, registry::StatementKind kind,
                  const core::Json& body);
  /// What a person has decided otherwise since: it is not said any more.
  static void drop(core::Transaction& transaction, registry::StatementKind kind,
                   const core::Json& body);
  static Counts count(core::Connection& connection);
  /// Says the first of them, `max` at most, of that urgency or a higher one, until `most` of the hour is used. What the
  /// feed does not take stays; what would have no effect needs no saying.
  /// gives how many it is rid of
  /// fails what OwnFeed::append fails with, unless the fault is the statement's own
  static Result<std::size_t, Error> say(core::Transaction& transaction, registry::OwnFeed& feed,
                                        Urgency least, const registry::HourLimits& most,
                                        std::size_t max, core::Instant now);

 private:
  struct Row {
    Urgency urgency = Urgency::stop;
    std::int64_t number = 0;
    registry::StatementKind kind;
    core::Json body;
  };
  /// The first after `last`.
  static std::vector<Row> page(core::Connection& connection, Urgency least, const Row& last);
  static void remove(core::Transaction& transaction, const Row& row);
};

}  // namespace avow::node
