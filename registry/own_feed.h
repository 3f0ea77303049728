#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/database.h"
#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "registry/error.h"
#include "registry/feed.h"
#include "registry/head.h"
#include "registry/replica.h"
#include "registry/restatement.h"
#include "registry/signing_guard.h"
#include "registry/statement.h"

namespace avow::registry {

/// The feed that this node writes. Each position is signed once (signing_guard.h).
class OwnFeed {
 public:
  /// `key_id` is the absolute id of the method that `key` belongs to, `scid` the organisation's, `epoch` the version of
  /// its log that has that key. All references must outlive this.
  OwnFeed(Replica& replica, GuardFile& guard, const core::Ed25519SigningKey& key, std::string scid,
          std::string key_id, std::int64_t epoch = 1);

  /// Compares the guard file with the database, at start. Until it succeeded, nothing is signed and
  /// nothing of ours leaves.
  /// fails restored_backup (the guard is ahead, names another statement, or one that this database
  ///       only has from others), foreign_statement, guard_file
  Result<void, Error> check(core::Connection& connection);

  /// Does the guard file not know what is signed by the database alone (SigningGuard::loss)? Asked at start.
  /// fails guard_file
  Result<std::optional<GuardLoss>, Error> guard_loss(core::Connection& connection) const;
  /// Makes the guard file if it was lost. After check(), when enough others know what was signed.
  /// fails guard_file, and as check() did
  Result<void, Error> renew_guard() { return guard_.renew(); }

  /// Do these hold a statement or head that our keys signed and this node did not, or does not remember? It need not have
  /// been accepted: one whose time lies ahead of our clock tells as much.
  /// gives foreign_statement if so
  std::optional<Error> find_made_elsewhere(core::Connection& connection,
                                           const Objects& objects) const;

  /// The opening of the epoch, unless it is open. It continues the last statement that this node signed, so that what
  /// others signed with an earlier key is abandoned; the network id if there is none. What others signed, or we have
  /// forgotten, is abandoned only as far as it was agreed to: nobody but a person can tell a thief's statements from our
  /// own that a backup has forgotten, and revocations among them would lapse.
  /// gives whether it was made now
  /// fails what append fails with; restored_backup: it would abandon what nobody agreed to
  Result<bool, Error> open_epoch(core::Transaction& transaction, core::Instant now);
  /// Before check().
  void may_abandon(Agreement agreement) { agreed_ = std::move(agreement); }

  /// Signs the next statement and stores it as if it had been received, queued for all peers. Its time
  /// is `now`, or its predecessor's if the clock went back.
  /// fails no_charter, not_a_member, feed_not_open, feed_frozen, restored_backup (also: never checked),
  ///       foreign_statement, already_signed, hourly_limit, malformed, feed_full and no_effect (what members would
  ///       make nothing of is not signed)
  Result<Statement, Error> append(core::Transaction& transaction, std::string_view kind,
                                  core::Json body, core::Instant now);

  /// Is there room in this hour for one more statement of that kind, if no more than `most` of it is to be used?
  bool has_room(core::Connection& connection, StatementKind kind, core::Instant now,
                const HourLimits& most) const;

  /// Brings the guard file up to what is committed and lets that leave. The sender calls it before it
  /// reads the outbox; thread-safe.
  /// fails guard_file
  Result<void, Error> release();

  /// Signs that the last released statement is still the last, stores it and queues it for all peers.
  /// fails what append fails with; not_released: call release() and try again
  Result<Head, Error> sign_head(core::Transaction& transaction, std::chrono::seconds ttl,
                                core::Instant now);

 private:
  struct Place;
  Place place_after(FeedReader& store, const std::optional<ChainTip>& tip) const;
  Result<Statement, Error> append_after(core::Transaction& transaction,
                                        const std::optional<ChainTip>& tip, std::string_view kind,
                                        core::Json body, core::Instant now);
  Result<void, Error> may_append(FeedReader& store) const;
  Result<void, Error> check_abandons_as_agreed(FeedReader& store) const;
  bool may_lose(const GuardMark& mark) const;
  Result<std::optional<GuardMark>, Error> compare(FeedReader& store) const;
  bool is_ours(FeedReader& store, const ChainTip& tip) const;
  std::optional<std::int64_t> made_elsewhere_from(FeedReader& store,
                                                  const std::optional<ChainTip>& tip) const;
  const FeedFold& fold_up_to(FeedReader& store, const ChainTip& tip);

  Replica& replica_;
  SigningGuard guard_;
  const core::Ed25519SigningKey& key_;
  const std::string scid_;
  const std::string key_id_;
  const std::int64_t epoch_;
  std::optional<Agreement> agreed_;
  // The feed with this transaction's statements; writer's thread.
  std::optional<FeedFold> uncommitted_;
};

}  // namespace avow::registry
