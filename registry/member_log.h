#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did_webvh.h"
#include "did/did_webvh_witness.h"
#include "registry/charter_witnesses.h"
#include "registry/error.h"

namespace avow::registry {

/// Entries of one log, by their own times: a key is rotated on some days, not every minute.
inline constexpr std::int64_t kMaxLogEntriesPerDay = 24;
inline constexpr std::int64_t kMaxLogEntries = 4'096;
inline constexpr std::size_t kMaxLogEntryBytes = std::size_t{256} * 1024;
/// From the first entry to one of them: 2,048 of 2 KiB, which are a rotation every week for 39 years.
inline constexpr std::size_t kMaxLogBytes = std::size_t{4} << 20;

using KeysById = std::map<std::string, core::Ed25519PublicKey, std::less<>>;

/// The Ed25519 keys under assertionMethod, by absolute method id: they sign statements.
KeysById signing_keys(const did::Document& document);

/// One entry of a member's log, verified by the log's own rules.
struct LogEntry {
  did::WebvhEntry
      webvh;  // of one after the first, without `json`: parsed it takes many times the room of its text
  KeysById keys;
  std::string text;                // canonical, stored and relayed verbatim
  std::size_t log_bytes = 0;       // of its text and of those that it follows
  std::string previous_hash = {};  // entry hash of the one that it follows; empty for the first
};
using LogEntryPtr = std::shared_ptr<const LogEntry>;

/// Does a key of that name in any of these entries verify? Called for each until one says so.
/// fails key_not_authorised, bad_signature
template <class Verifies>
Result<void, Error> check_key_of(std::span<const LogEntryPtr> entries, std::string_view key,
                                 const Verifies& verifies) {
  bool is_listed = false;
  for (const auto& entry : entries) {
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

/// A text that may be a log entry, not yet verified against any predecessor.
struct UnverifiedEntry {
  std::string feed;  // the SCID in its state's id
  std::int64_t version = 1;
  std::string hash;  // what its version id says
  core::Json json;
  std::string text;
};

/// "<version>-<hash>", as did:webvh's version ids are.
struct VersionId {
  std::int64_t version = 1;
  std::string hash;
};
/// fails malformed
Result<VersionId, Error> parse_version_id(std::string_view text);

/// fails too_large (> 256 KiB), malformed (not JSON, no version id "<number>-<hash>", no id did:webvh:<SCID>:…), not_canonical
Result<UnverifiedEntry, Error> parse_log_entry(std::string_view text);

/// Which entry of a log governance has named: version → entry hash (`settle`, slot.h).
using Settlements = std::map<std::int64_t, std::string>;

/// The key history of one member as far as it is known here: the first entry, which a slot admitted, and what follows
/// it. Immutable once shared.
///
/// Two different entries of one version are a fork of the log: the entries below it count, nothing from it on does.
/// Of the forked version two entries are kept, which prove the fork. What follows either is taken for its keys alone: who
/// knows of the fork must be able to read what others decided before they did. Of each of the two, two entries a version.
/// Where governance has named an entry and it is held, it alone counts, and others of its version are set aside with what
/// follows them; until it is held, all is as if none were named. Votes alone are read by the keys of all (of_any_side): else
/// it would depend on when the named one came which slots are decided.
class MemberLog {
 public:
  explicit MemberLog(did::WebvhEntry first, Settlements settled = {});

  /// The newest entry that counts.
  const LogEntry& current() const { return *of_version(newest_counted()).front(); }
  std::int64_t newest_counted() const;
  /// The highest version of which anything is held: above a fork too.
  std::int64_t newest_held() const { return entries_.rbegin()->first; }
  /// The lowest version of which an entry may be missing: the next, or the one that is forked.
  std::int64_t first_wanted() const { return newest_counted() + 1; }
  /// The lowest version that has two entries.
  std::optional<std::int64_t> fork() const { return fork_; }
  /// The entry that counts in an epoch; null if it is not known, or at or above a fork.
  const LogEntry* counted(std::int64_t version) const;
  /// The one that was in force at a time: the newest counted with a time no later; null before the first.
  const LogEntry* in_force(core::Instant at) const;

  /// All of a version whose keys speak: the named one, or what is held.
  const std::vector<LogEntryPtr>& of_version(std::int64_t version) const;
  /// Those and what is set aside, whose keys vote.
  std::vector<LogEntryPtr> of_any_side(std::int64_t version) const;
  /// The lowest version of which other entries are held than one that counts: forked, or settled.
  std::optional<std::int64_t> first_disputed() const;
  bool holds(std::int64_t version, std::string_view hash) const;
  bool is_named(std::int64_t version, std::string_view hash) const;
  /// Is that the entry of its version that counts, as soon as it is held? Not above a fork that is not settled.
  bool settles(std::int64_t version, std::string_view hash) const;
  /// Is an entry of that version named, and not held?
  bool lacks_named(std::int64_t version) const;
  /// The lowest version before that one of which lacks_named() is true.
  std::optional<std::int64_t> lacks_named_before(std::int64_t version) const;
  /// Is another entry of that version, which nobody has named, of no use, because what is held proves what it could?
  bool is_closed(std::int64_t version) const;
  /// Does an entry stand beside a named one of a higher version? Below a new fork the two are equals again.
  bool has_set_aside_above(std::int64_t version) const {
    return set_aside_.upper_bound(version) != set_aside_.end();
  }
  /// May one more that follows an entry at or above the fork, or one set aside, be kept? To be asked before add().
  bool has_room_for(const LogEntry& entry) const;
  /// The entry of a version that another, held or to be held, follows; null if there is none.
  const LogEntry* ancestor(const LogEntry& of, std::int64_t version) const;
  /// check_key_of those whose keys speak.
  template <class Verifies>
  Result<void, Error> check_key(std::int64_t version, std::string_view key,
                                const Verifies& verifies) const {
    return check_key_of(of_version(version), key, verifies);
  }

  /// Takes an entry that judge_log_entry accepted against this log. What stands above one that settles a fork, or makes
  /// one below what was settled, is as it was: then the log is to be made anew.
  void add(LogEntryPtr entry);

 private:
  using Versions = std::map<std::int64_t, std::vector<LogEntryPtr>>;
  static const std::vector<LogEntryPtr>& find(const Versions& versions, std::int64_t version);
  const LogEntry* held(std::int64_t version, std::string_view hash) const;
  bool follows_aside(const LogEntry& entry) const;
  const LogEntry* side_of(const LogEntry& entry) const;

  Settlements settled_;
  Versions entries_;
  Versions set_aside_;  // beside a named one, and what follows those
  std::optional<std::int64_t> fork_;
};

/// Finds the log of a member, by its SCID; null if that is none.
using LogOf = std::function<const MemberLog*(std::string_view scid)>;

struct EntryAccepted {
  LogEntryPtr entry;
};
struct EntryDuplicate {};
/// Entries from this version on are missing before it.
struct EntryNeeds {
  std::int64_t from;
};
/// All is well with it, but its time lies ahead.
struct EntryAhead {
  core::Instant from;  // when it may be taken
};
/// All is well with it, but it has not the proofs of enough of its witnesses.
struct EntryUnwitnessed {
  LogEntryPtr entry;
  std::string missing;  // for people
};
/// It names witnesses for the entries after it that no slot known here has named, or only one before those in force.
struct EntryNamesOthers {};
using EntryJudgement = std::variant<EntryAccepted, EntryDuplicate, EntryNeeds, EntryAhead,
                                    EntryUnwitnessed, EntryNamesOthers, Error>;

/// What members ask of entries beyond the log's own rules.
struct LogRules {
  const WitnessLists& witness_lists;  // at least one
  bool allow_localhost = false;
  bool takes_more = false;  // of a forked or settled version than what proves that
  /// What follows an entry that is set aside too, for its keys alone. Never where the answer is to sign it as a witness.
  bool takes_aside = false;
};

/// Decides on an entry by the log's own rules and those of a member: pre-rotation stays on, the witnesses are ones that
/// the charter has named (so the log's own rules say whose proofs it needs: those before it, or, where there were none,
/// its own), its threshold of them has signed this very entry or governance has named it, the DID stays what it is.
/// Neither the clock nor what is not known yet decides more than a delay: all but a rejection may become an acceptance.
///
/// proofs  read, of whichever entries; those that are not good or not of its witnesses say nothing
/// codes of a rejection: bad_log_entry; log_forked (of a forked version, or beside a named entry and another)
/// pure  no store, no network
EntryJudgement judge_log_entry(const UnverifiedEntry& entry, const MemberLog& log,
                               std::span<const did::WebvhWitnessProof> proofs,
                               const LogRules& rules, core::Instant now);

/// What an entry lacks of its threshold: for people; nothing if it has it.
std::optional<std::string> missing_witnesses(const LogEntryPtr& entry,
                                             std::span<const did::WebvhWitnessProof> proofs);

}  // namespace avow::registry
