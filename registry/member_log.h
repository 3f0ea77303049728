#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did_webvh.h"
#include "registry/error.h"

namespace avow::registry {

/// Entries of one log, by their own times: a key is rotated on some days, not every minute.
inline constexpr std::int64_t kMaxLogEntriesPerDay = 24;
inline constexpr std::int64_t kMaxLogEntries = 4'096;
inline constexpr std::size_t kMaxLogEntryBytes = std::size_t{256} * 1024;

using KeysById = std::map<std::string, core::Ed25519PublicKey, std::less<>>;

/// The Ed25519 keys under assertionMethod, by absolute method id: they sign statements.
KeysById signing_keys(const did::Document& document);

/// One entry of a member's log, verified by the log's own rules.
struct LogEntry {
  did::WebvhEntry webvh;
  KeysById keys;
  std::string text;  // canonical, stored and relayed verbatim
};
using LogEntryPtr = std::shared_ptr<const LogEntry>;

/// A text that may be a log entry, not yet verified against any predecessor.
struct UnverifiedEntry {
  std::string feed;  // the SCID in its state's id
  std::int64_t version = 1;
  std::string hash;  // what its version id says
  core::Json json;
  std::string text;
};

/// fails too_large (> 256 KiB), malformed (not JSON, no version id "<number>-<hash>", no id did:webvh:<SCID>:…), not_canonical
Result<UnverifiedEntry, Error> parse_log_entry(std::string_view text);

/// The key history of one member as far as it is known here: the first entry, which a slot admitted, and what follows
/// it. Immutable once shared.
///
/// Two different entries of one version are a fork of the log: the entries below it count, nothing from it on does.
/// Of forked versions two entries are kept, which prove the fork; nothing is taken that would stand above one.
class MemberLog {
 public:
  explicit MemberLog(did::WebvhEntry first);

  /// The newest entry that counts.
  const LogEntry& current() const { return *of_version(newest_counted()).front(); }
  std::int64_t newest_counted() const;
  /// The lowest version that has two entries.
  std::optional<std::int64_t> fork() const { return fork_; }
  /// The entry that counts in an epoch; null if it is not known, or at or above a fork.
  const LogEntry* counted(std::int64_t version) const;
  /// The one that was in force at a time: the newest counted with a time no later; null before the first.
  const LogEntry* in_force(core::Instant at) const;

  /// All that is held of a version, 0 to 2.
  const std::vector<LogEntryPtr>& of_version(std::int64_t version) const;
  bool holds(std::int64_t version, std::string_view hash) const;
  /// Does a key of that name in any entry of that version verify? Called for each until one says so.
  /// fails key_not_authorised, bad_signature
  template <class Verifies>
  Result<void, Error> check_key(std::int64_t version, std::string_view key,
                                const Verifies& verifies) const {
    bool is_listed = false;
    for (const auto& entry : of_version(version)) {
      const auto found = entry->keys.find(key);
      if (found == entry->keys.end()) continue;
      if (verifies(found->second)) return {};
      is_listed = true;
    }
    return is_listed ? fail(Error{ErrorCode::bad_signature, "the signature does not verify"})
                     : fail(Error{ErrorCode::key_not_authorised,
                                  "its log entry of that epoch lists no such key for "
                                  "assertionMethod"});
  }

  /// Takes an entry that judge_log_entry accepted against this log.
  void add(LogEntryPtr entry);

 private:
  std::map<std::int64_t, std::vector<LogEntryPtr>> entries_;
  std::optional<std::int64_t> fork_;
};

/// Finds the log of a member, by its SCID; null if that is none.
using LogOf = std::function<const MemberLog*(std::string_view scid)>;

struct EntryAccepted {
  LogEntryPtr entry;
};
struct EntryDuplicate {};
/// The entries from this version on are missing before it.
struct EntryNeeds {
  std::int64_t from;
};
/// All is well with it, but its time lies ahead.
struct EntryAhead {};
using EntryJudgement = std::variant<EntryAccepted, EntryDuplicate, EntryNeeds, EntryAhead, Error>;

/// Decides on an entry by the log's own rules and those of a member: pre-rotation stays on, the witnesses are the
/// charter's (none), the DID stays what it is.
/// The clock can only delay an acceptance.
///
/// codes of a rejection: bad_log_entry; log_forked (at or above a fork that is proven without it)
/// pure  no store, no network
EntryJudgement judge_log_entry(const UnverifiedEntry& entry, const MemberLog& log,
                               core::Instant now, bool allow_localhost);

}  // namespace avow::registry
