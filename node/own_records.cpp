#include "node/own_records.h"

#include "node/transaction.h"

namespace avow::node {

Result<void, Error> OwnRecords::change(
    std::string_view what,
    const std::function<Result<void, Error>(core::Transaction& transaction, core::Instant now)>&
        work) const {
  const core::Instant now = clock.now();
  auto done = transact(database, what,
                       [&](core::Transaction& transaction) { return work(transaction, now); });
  if (!done) return done;
  return membership.release();
}

}  // namespace avow::node
