#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/database.h"
#include "core/ed25519.h"
#include "core/json.h"
#include "node/audit/audit_log.h"
#include "node/error.h"
#include "node/membership.h"
#include "registry/error.h"
#include "registry/replica.h"
#include "registry/signing_guard.h"

namespace avow::node {

/// This node as a witness of members' logs. It signs an entry that it has checked by the log's own rules as the next of
/// what it knows, and with one key one entry only of each version of a log (registry/signing_guard.h; the file stands beside
/// the key). A database that has forgotten what this key signed never signs with it again: neither when the guard file is
/// missing or knows of more, nor when members have a proof that is not remembered here. Another key is the way on: a proof
/// leaves in the answer to who asked, so no hearing of peers brings back what was signed.
class LogWitness {
 public:
  /// Of one organisation within an hour, beyond what was signed before or counts already: its log takes 24 entries a day.
  static constexpr std::int64_t kMaxPerHour = 12;

  struct Parts {
    core::Database& database;
    const registry::Replica& replica;
    const Membership& membership;
    const AuditLog& audit;
    const core::Ed25519SigningKey& key;
    registry::GuardFile& guard;
    const core::Clock& clock;
    bool allow_localhost = false;
  };
  explicit LogWitness(const Parts& parts) : parts_(parts), guard_(parts.guard) {}

  static std::span<const core::Migration> migrations();
  /// Where the guard file of a key is kept.
  static std::filesystem::path guard_of(const std::filesystem::path& key_file) {
    return key_file.string() + ".guard";
  }

  /// A refusal is an answer, and no fault of this machine:
  /// too_large, malformed, not_canonical, bad_log_entry (it is none, or breaks the rules) · no_charter · unknown_feed (no
  /// member has this log) · not_a_witness (this key is none of its witnesses) · already_signed (another entry of that
  /// version was witnessed here, or counts) · entries_missing · not_yet_valid (its time lies ahead) · log_forked ·
  /// hourly_limit · restored_backup (the database may have forgotten what was signed: nothing is) · guard_file
  using Answer = registry::Result<std::string, registry::Error>;
  using Word = registry::Result<core::Json, registry::Error>;
  /// The proof of an entry, as witness_proof_text() has it; the same one when asked again.
  /// fails storage; what Membership::check_may_sign() fails with: no peer was heard yet, or the own feed is a restored one
  Result<Answer, Error> witness(std::string_view entry_text);
  /// What this witness holds of a member, for who asks with that challenge (hearing.h). Not said once: it is signed also
  /// while nothing else is, but not by who may have forgotten. A refusal is no_charter, restored_backup or guard_file.
  /// fails storage; awaiting_peers (this node waits itself, without its guard files)
  Result<Word, Error> holding(const std::string& feed, const std::string& challenge);
  /// Does the database remember all that may have been signed here? To be told at start.
  /// fails restored_backup, storage
  Result<void, Error> check();

 private:
  enum class Judged { next, counted };
  registry::Result<Judged, registry::Error> judge(const registry::UnverifiedEntry& entry,
                                                  core::Instant now) const;
  registry::Result<void, registry::Error> remember();
  registry::Result<void, registry::Error> compare_with_guard();
  registry::Result<void, registry::Error> compare_with_members();

  const Parts parts_;
  std::mutex mutex_;  // one at a time: the guard file only goes forward
  registry::SigningGuard guard_;
  std::int64_t newest_proof_ = 0;  // of those that members have, the last that was compared
};

}  // namespace avow::node
