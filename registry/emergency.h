#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "registry/charter.h"
#include "registry/error.h"

namespace avow::registry {

inline constexpr std::size_t kMaxEmergencyBytes = 4096;
inline constexpr core::Milliseconds kMaxEmergency = std::chrono::hours(72);
/// A governor signs one for a member in so long.
inline constexpr core::Milliseconds kEmergencyPause = std::chrono::hours(7 * 24);
/// Kept of one signer about one member: by so many of its keys those with the latest `from` of each. Later epochs' keys
/// come first, so what a stolen key of an earlier one signs takes no room from a later one's; and those that have no say
/// now have as much room beside those that have.
inline constexpr std::size_t kMaxEmergencyKeys = 4;
inline constexpr std::size_t kMaxEmergenciesEach = 16;

/// One governor's word that a member is suspended for a while, without waiting for a slot.
struct Emergency {
  std::string network;
  std::string scid;  // who is suspended
  core::Instant from;
  core::Instant until;
  std::string governor;  // SCID
  std::int64_t epoch = 1;
  std::string key;

  core::Json json;
  std::string text;  // canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ JCS without proof)
};

/// {"type":"AvowEmergency","network","scid","from","until","governor","epoch","key","proof"}; the rules of form of
/// parse_statement apply; from < until ≤ from + 72 h.
/// fails too_large, malformed, not_canonical
Result<Emergency, Error> parse_emergency(std::string_view text);

/// Signs; the members `json`, `text` and `hash` are not read.
Result<Emergency, Error> sign_emergency(const Emergency& emergency,
                                        const core::Ed25519SigningKey& key);

/// What is judged again whenever the charter or a log changes, without its text.
struct EmergencyRecord {
  std::string hash;
  std::string scid;
  core::Instant from;
  core::Instant until;
  std::string governor;  // SCID
  std::int64_t epoch = 1;
  std::string key;
  std::string public_key;  // multikey: the one by which the signature is good
};

/// May it be kept? From those who govern now, with any key of a known entry of that epoch; whether that entry counts is
/// asked whenever what is kept is counted.
/// gives the record to keep
/// fails wrong_network, unknown_feed (who signed, or who is suspended, is no member), not_a_governor (or with keys before
///       the version that the charter names), epoch_unknown, key_not_authorised, bad_signature
Result<EmergencyRecord, Error> check_emergency(const Emergency& emergency, const Charter& charter,
                                               const LogOf& log_of);

/// Has its signer a say, under this charter: with a key of the version that the charter names for that governor or a later
/// one, of the entry that counts, about a member?
bool has_say(const EmergencyRecord& emergency, const Charter& charter, const LogOf& log_of);

/// Hashes of those, all by one signer about one member, for which there is no room. A function of the set: whoever holds
/// the same and calls the same ones to have a say keeps the same.
std::vector<std::string> without_room(std::vector<EmergencyRecord> emergencies,
                                      const Charter& charter, const LogOf& log_of);

/// How many governors must sign the same interval: max(2, floor((n-1)/3) + 1), of one governor 1. So many hold one who
/// signs nothing that he should not.
std::size_t emergency_quorum(std::size_t governors);

/// from ≤ t < until.
struct EmergencyInterval {
  std::string scid;
  core::Instant from;
  core::Instant until;
  std::vector<std::string> by =
      {};  // SCIDs of all who signed what is united in it; sorted, and not in the root

  friend auto operator<=>(const EmergencyInterval&, const EmergencyInterval&) = default;
};
/// What these emergencies suspend: each interval that enough of the charter's governors signed who have a say; those of one
/// member united. Sorted.
std::vector<EmergencyInterval> suspended_by(const std::vector<EmergencyRecord>& emergencies,
                                            const Charter& charter, const LogOf& log_of);

}  // namespace avow::registry
