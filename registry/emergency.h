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
/// Kept of one signer about one member: of the latest epochs in which it signed any, those with the latest `from` of each.
/// What a stolen key of an earlier epoch signs takes no room from a later one's.
inline constexpr std::size_t kMaxEmergencyEpochs = 4;
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

/// May it be kept? Of any member, whether it governs or not: who has a say is asked when what is kept is counted, by the
/// charter in force then, so that it does not matter what was known when it came.
/// fails wrong_network, unknown_feed (who signed, or who is suspended, is no member), epoch_unknown, key_not_authorised,
///       bad_signature
Result<void, Error> check_emergency(const Emergency& emergency, const Charter& charter,
                                    const LogOf& log_of);

/// Has its signer a say, under this charter: with a key of the version that the charter names for that governor or a later
/// one, of an entry that counts, about a member?
bool has_say(const Emergency& emergency, const Charter& charter, const LogOf& log_of);

/// How many governors must sign the same interval: max(2, floor((n-1)/3) + 1), of one governor 1. So many hold one who
/// signs nothing that he should not.
std::size_t emergency_quorum(std::size_t governors);

/// from ≤ t < until.
struct EmergencyInterval {
  std::string scid;
  core::Instant from;
  core::Instant until;

  friend auto operator<=>(const EmergencyInterval&, const EmergencyInterval&) = default;
};
/// What these emergencies suspend: each interval that enough of the charter's governors signed who have a say; those of one
/// member united. Sorted.
std::vector<EmergencyInterval> suspended_by(const std::vector<Emergency>& emergencies,
                                            const Charter& charter, const LogOf& log_of);

}  // namespace avow::registry
