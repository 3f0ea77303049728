#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did_webvh.h"
#include "registry/error.h"
#include "revocation/freshness.h"

namespace avow::registry {

inline constexpr std::size_t kMaxCharterBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxActions = 256;
inline constexpr std::int64_t kRulesVersion = 1;

using KeysById = std::map<std::string, core::Ed25519PublicKey, std::less<>>;

/// An organisation that a slot admitted.
struct Member {
  std::string scid;
  std::string did;       // did:webvh
  std::string location;  // what follows the SCID in its DID: "acme.example", "acme.example:eu"
  did::WebvhEntry entry;
  KeysById keys;  // Ed25519 keys under assertionMethod, by absolute method id

  /// The keys that sign in that epoch; null if its log entry is not known.
  const KeysById* keys_in(std::int64_t epoch) const { return epoch == 1 ? &keys : nullptr; }
};

/// A member may issue these credential types and accredit others for them, `depth` links far.
struct Grant {
  std::string member;  // SCID
  std::vector<std::string> types;
  std::int64_t depth = 0;  // 0..8
};

struct Governor {
  std::string scid;
  std::int64_t version = 1;  // of its log: this version's keys or later ones vote
};

/// Slot 1, read and checked. Immutable; shared by everybody who asks.
struct Charter {
  std::string network;  // "u" + hash of the slot without its proofs
  std::vector<Governor> governors;
  std::int64_t quorum = 0;
  revocation::FreshnessTiers freshness;
  std::int64_t rules = kRulesVersion;
  std::map<std::string, Member, std::less<>> members;  // by SCID
  std::vector<Grant> grants;

  core::Json json;   // with the proofs
  std::string text;  // canonical

  /// By SCID or did:webvh DID; null if there is none.
  const Member* find(std::string_view scid_or_did) const;
};

/// floor(2n/3) + 1
std::int64_t quorum_of(std::size_t governors);

struct CharterDraft {
  std::vector<did::WebvhEntry> founders;
  std::vector<std::string> governors = {};  // SCIDs; empty: every founder
  revocation::FreshnessTiers freshness = {};
  std::vector<Grant> grants = {};
};

/// The slot without proofs:
/// {"network":"","slot":1,"previous":"","actions":[
///   {"action":"charter","governors":[{"scid","version":1}],"quorum","witnesses":[],"rules":1,
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

/// read_charter, and every founder has signed with a key of its first log entry.
/// fails also charter_unsigned (the detail names those missing), bad_signature, key_not_authorised
Result<Charter, Error> verify_charter(std::string_view text, core::Instant now,
                                      bool allow_localhost);

}  // namespace avow::registry
