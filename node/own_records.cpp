#include "node/own_records.h"

#include "node/transaction.h"

namespace avow::node {

using Work = std::function<Result<void, Error>(core::Transaction& transaction, core::Instant now)>;

Result<std::optional<Error>, Error> OwnRecords::stop(std::string_view what,
                                                     const Work& work) const {
  const core::Instant now = clock.now();
  const auto done = transact(
      database, what, [&](core::Transaction& transaction) { return work(transaction, now); });
  if (!done) return fail(done.error());
  const auto released = membership.release();
  return released ? std::nullopt : std::optional(released.error());
}

Result<void, Error> OwnRecords::change(std::string_view what, const Work& work) const {
  const auto kept_back = stop(what, work);
  if (!kept_back) return fail(kept_back.error());
  if (*kept_back) return fail(**kept_back);
  return {};
}

}  // namespace avow::node
