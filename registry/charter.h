#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did_webvh.h"
#include "registry/charter_witnesses.h"
#include "registry/error.h"
#include "registry/member_log.h"
#include "revocation/freshness.h"

namespace avow::registry {

inline constexpr std::size_t kMaxCharterBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxActions = 256;
inline constexpr std::int64_t kRulesVersion = 1;

/// An organisation that a slot admitted.
struct Member {
  std::string scid;
  std::string did;        // did:webvh
  std::string location;   // what follows the SCID in its DID: "acme.example", "acme.example:eu"
  did::WebvhEntry entry;  // the first of its log
  KeysById keys;          // of that entry; later ones stand in its log (member_log.h)
  std::int64_t slot = 1;  // that admitted it
};

/// A member may issue these credential types and accredit others for them, `depth` links far: from ≤ t < until.
struct Grant {
  std::string member;  // SCID
  std::vector<std::string> types;
  std::int64_t depth = 0;                   // 0..8
  std::optional<core::Instant> from = {};   // absent: always, as slot 1 grants
  std::optional<core::Instant> until = {};  // absent: open
  std::int64_t slot = 1;                    // that granted it

  bool in_force(core::Instant at) const {
    return (!from || *from <= at) && (!until || at < *until);
  }
};

/// from ≤ t < until.
struct Suspension {
  core::Instant from;
  std::optional<core::Instant> until;  // absent: open
  std::int64_t slot = 1;               // that suspended

  bool in_force(core::Instant at) const { return from <= at && (!until || at < *until); }
};

/// The last statement of an evicted member that counts, with its ancestors. Nothing counts at sequence -1, hash "".
struct EvictCut {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;
  std::int64_t slot = 1;  // that evicted
};

/// What slots said of a member since it was admitted.
struct MemberStanding {
  std::vector<Suspension> suspensions = {};  // by time, apart
  std::optional<EvictCut> evicted = {};      // final
};

struct Governor {
  std::string scid;
  std::int64_t version = 1;  // of its log: this version's keys or later ones vote
};

/// What is in force after a slot: slot 1 as the founders signed it, and what each slot since has changed (slot.h).
/// Immutable; shared by everybody who asks.
struct Charter {
  std::string network;                   // "u" + hash of slot 1 without its proofs
  std::vector<std::string> slot_hashes;  // of slot 1 and each folded since
  std::vector<Governor> governors;
  std::int64_t quorum = 0;
  WitnessLists witness_lists = WitnessLists(1);  // of slot 1 and of each since that named others
  revocation::FreshnessTiers freshness;
  std::int64_t rules = kRulesVersion;
  std::map<std::string, Member, std::less<>> members;  // by SCID
  std::vector<Grant> grants;
  std::map<std::string, MemberStanding, std::less<>>
      standings;  // by SCID; none of a member of whom nothing was said
  std::map<std::pair<std::string, std::int64_t>, std::string>
      settled;  // (SCID, version) → hash of the log entry

  std::optional<std::int64_t>
      forked_slot;  // two values of it are decided: nothing is after the one before

  core::Json json;   // slot 1 with the proofs
  std::string text;  // canonical

  /// The last slot that was folded.
  std::int64_t slot() const { return static_cast<std::int64_t>(slot_hashes.size()); }
  const std::string& slot_hash() const { return slot_hashes.back(); }
  const did::WebvhWitnesses& witnesses() const { return witness_lists.back(); }
  /// In words, if the last slot has a later rules version than this software knows. What that slot says is not known
  /// here: all else is what was before it, and every question to the network is undetermined.
  std::optional<std::string> unknown_rules() const;
  /// By SCID or did:webvh DID; null if there is none. Evicted members are found.
  const Member* find(std::string_view scid_or_did) const;
  const MemberStanding& standing_of(std::string_view scid) const;
  bool is_evicted(std::string_view scid) const { return standing_of(scid).evicted.has_value(); }
  /// Was the member evicted, and does this position of its feed lie after the cut?
  bool is_beyond_cut(std::string_view scid, std::int64_t epoch, std::int64_t sequence) const;
  /// What slots have named of its log.
  Settlements settlements_of(std::string_view scid) const;
  /// Null if it does not govern.
  const Governor* governor(std::string_view scid) const;
};

/// floor(2n/3) + 1
std::int64_t quorum_of(std::size_t governors);

struct CharterDraft {
  std::vector<did::WebvhEntry> founders;
  std::vector<std::string> governors = {};  // SCIDs; empty: every founder
  /// Those that the founders' first entries name (read_charter refuses others).
  did::WebvhWitnesses witnesses = {};
  revocation::FreshnessTiers freshness = {};
  std::vector<Grant> grants = {};
};

/// The slot without proofs:
/// {"network":"","slot":1,"previous":"","actions":[
///   {"action":"charter","governors":[{"scid","version":1}],"quorum","witnesses":[{"id"}…],"rules":1,
///    "freshness":{"low","normal","high"}},
///   {"action":"admit","scid","entry":{…}}…, {"action":"grant","member","types":[…],"depth"}…]}
core::Json draft_charter(const CharterDraft& draft);

/// Adds the proof of one founder, or replaces it. `method` is the absolute id of its key.
core::Json sign_charter(core::Json slot, const std::string& method,
                        const core::Ed25519SigningKey& key);

/// Everything but the signatures: what a founder checks before signing.
///
/// now   the founders' first log entries must not lie more than 5 minutes ahead of it
/// fails too_large, malformed, bad_charter; the detail names the action and what is wrong with it
Result<Charter, Error> read_charter(std::string_view text, core::Instant now, bool allow_localhost);

/// What is asked of founders only before a charter is written or signed, so that charters signed earlier stay in force:
/// that each has pre-rotation on.
/// fails bad_charter
Result<void, Error> check_founders(const Charter& charter);

/// read_charter, and every founder has signed with a key of its first log entry.
/// fails also charter_unsigned (the detail names those missing), bad_signature, key_not_authorised
Result<Charter, Error> verify_charter(std::string_view text, core::Instant now,
                                      bool allow_localhost);

}  // namespace avow::registry
