#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/database.h"
#include "core/sha256.h"
#include "core/timestamp.h"
#include "registry/issued_roots.h"

namespace avow::node {

/// When what was issued is published: five minutes after it at the latest; of many at once, ten seconds after the
/// first. So the feed bears at most 360 batches an hour, and one more for each kMaxOwnBatch that are issued.
inline constexpr std::chrono::minutes kPublishIssuedWithin{5};
inline constexpr std::chrono::seconds kPublishManyAfter{10};
inline constexpr std::int64_t kManyIssued = 1'024;
/// Fewer than a batch may have: whoever asks for a path costs us a hash of all leaves of its batch.
inline constexpr std::int64_t kMaxOwnBatch = 4'096;
static_assert(kMaxOwnBatch <= registry::kMaxIssuedBatch);

/// What this organisation has issued, in the order of it, and the batches in which its feed has published it. Faults of
/// SQLite are thrown in what takes a connection and end where the Database runs the caller.
class IssuedBatches {
 public:
  static std::span<const core::Migration> migrations();
  explicit IssuedBatches(core::Database& database) : database_(database) {}

  /// `leaf`: as registry::IssuedBatch has it.
  static void add(core::Transaction& transaction, const core::Sha256& leaf, core::Instant now);
  /// Is it time to publish what is not published yet?
  static bool is_due(core::Connection& connection, core::Instant now);
  /// The oldest of it, kMaxOwnBatch at most, in order.
  static std::vector<core::Sha256> unpublished(core::Connection& connection);
  /// The oldest `count` stand in the batch that this statement publishes.
  static void published(core::Transaction& transaction, std::size_t count,
                        const registry::SaidAt& statement);
  /// How many stand in batches up to a position, and how many in later ones or none.
  struct Counts {
    std::int64_t up_to = 0;
    std::int64_t beyond = 0;
  };
  static Counts count(core::Connection& connection, const registry::SaidAt& up_to);

  /// Where it stands. Nothing if it was not issued here, is not published yet, or the database cannot be read.
  std::optional<registry::IssuedProof> find(const core::Sha256& leaf) const;

 private:
  core::Database& database_;
};

}  // namespace avow::node
