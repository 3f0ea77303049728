#include "node/recovery/unsaid_statements.h"

#include "node/transaction.h"

namespace avow::node {
namespace {

using Code = registry::ErrorCode;

/// The fault is this statement's, and no other waits for it.
bool stays(Code code) {
  return code == Code::feed_full || code == Code::malformed || code == Code::too_large;
}

}  // namespace

Result<std::size_t, Error> UnsaidStatements::say(core::Transaction& transaction,
                                                 registry::OwnFeed& feed, Urgency least,
                                                 const registry::HourLimits& most, std::size_t max,
                                                 core::Instant now) {
  std::size_t done = 0;
  Row last;
  for (auto rows = page(transaction, least, last); !rows.empty();
       rows = page(transaction, least, last)) {
    for (auto& row : rows) {
      // Nothing overtakes what is more urgent.
      if (done == max || !feed.has_room(transaction, row.kind, now, most)) return done;
      const auto said = feed.append(transaction, registry::name_of(row.kind), row.body, now);
      if (!said && said.error().code == Code::hourly_limit) return done;
      if (said || said.error().code == Code::no_effect) {
        remove(transaction, row);
        ++done;
      } else if (!stays(said.error().code)) {
        return fail(from_registry(said.error(), "cannot say again what the epoch takes back"));
      }
    }
    last = std::move(rows.back());
  }
  return done;
}

}  // namespace avow::node
