#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "node/error.h"
#include "registry/body.h"
#include "registry/own_feed.h"
#include "registry/restatement.h"
#include "registry/statement.h"

namespace avow::node {

/// What is said again after a recovery uses so much of an hour; the rest is left to what is said meanwhile.
inline constexpr registry::HourLimits kSaidAgainPerHour{registry::kMaxUrgentPerHour / 10 * 9,
                                                        registry::kMaxOthersPerHour / 10 * 9,
                                                        registry::kMaxOtherBytesPerHour / 10 * 9};

/// One thing that waits to be said again and that no own record has, so that a person may still strike it out: the end of
/// an accreditation, a key given up, a batch of what was issued.
struct Waiting {
  registry::Lapsing::What what = registry::Lapsing::What::accreditation_ended;
  std::string name;  // as in registry::Strikes
  /// Of a batch: the statement that said it. What its body names as that is a thief's to choose.
  std::optional<registry::SaidAt> said = {};
};
/// By its name, or by the statement that said a batch.
bool take_out(const registry::Strikes& strikes, const Waiting& waiting);

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

  /// What waits already is not added twice. `said`: by which statement first, of what can be struck out by that.
  static void add(core::Transaction& transaction, Urgency urgency, registry::StatementKind kind,
                  const core::Json& body, const std::optional<registry::SaidAt>& said = {});
  /// The same of the ends of one subject's accreditations, any number of types: as few statements as hold them.
  static void add_ends(core::Transaction& transaction, const std::string& subject,
                       const std::vector<std::string>& types);
  /// What a person has decided otherwise since: it is not said any more.
  static void drop_ends(core::Transaction& transaction, const std::string& subject,
                        const std::vector<std::string>& types);
  /// In the order in which it will be said. What stands in the own records as well (bits, stopped agents) has acted here
  /// since the opening, and is no part of it.
  static std::vector<Waiting> waiting(core::Connection& connection);
  /// What a person knows for a thief's: it is never said.
  static void strike_out(core::Transaction& transaction, const registry::Strikes& strikes);
  static Counts count(core::Connection& connection);
  /// What the feed had no room for is tried again in the same hour: an opening that takes statements back has made room.
  static void try_kept_again(core::Transaction& transaction);
  struct Said {
    std::size_t done = 0;  // is rid of
    std::size_t kept = 0;  // had no room, by a fault of their own
  };
  /// Says the first of them, `max` at most, of that urgency or a higher one, until `most` of the hour is used. What the
  /// feed does not take stays, and is tried again in the next hour; what would have no effect needs no saying.
  /// fails what OwnFeed::append fails with, unless the fault is the statement's own
  static Result<Said, Error> say(core::Transaction& transaction, registry::OwnFeed& feed,
                                 Urgency least, const registry::HourLimits& most, std::size_t max,
                                 core::Instant now);

 private:
  struct Row {
    Urgency urgency = Urgency::stop;
    std::int64_t number = 0;
    registry::StatementKind kind;
    core::Json body;
    std::optional<registry::SaidAt> said = {};
  };
  static std::vector<Waiting> things_in(const Row& row);
  static std::vector<Row> rows_of(core::Query& query);
  static constexpr std::int64_t kAnyHour = -1;
  /// The first after `last`, but for those that were kept in that hour.
  static std::vector<Row> page(core::Connection& connection, Urgency least,
                               std::int64_t not_kept_in, const Row& last);
  static std::vector<Row> ends_of(core::Connection& connection, const std::string& subject);
  static void remove(core::Transaction& transaction, const Row& row);
  static void put_body(core::Transaction& transaction, const Row& row, const core::Json& body);
  static void keep(core::Transaction& transaction, const Row& row, std::int64_t hour);
  /// Into two that end half of the types each.
  /// gives false: it ends no more than one
  static bool halve(core::Transaction& transaction, const Row& row);
  /// Leaves of an accreditation's ends those that `is_out` does not name.
  template <class IsOut>
  static void thin_out(core::Transaction& transaction, const Row& row, const IsOut& is_out);
};

}  // namespace avow::node
