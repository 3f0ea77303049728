#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "registry/error.h"
#include "registry/voting.h"

namespace avow::registry {

inline constexpr std::size_t kMaxVoteBytes = 4096;

/// One governor's signed vote on one slot. What the phases mean is said in voting.h.
struct Vote {
  std::string network;
  std::int64_t slot = 2;
  std::string previous;  // hash of the slot before
  std::int64_t round = 1;
  VotePhase phase = VotePhase::prepare;
  std::string value;      // hash of the slot that it is about; "" in a close that names no lock
  std::int64_t lock = 0;  // round of the lock that it names, 0 if none
  std::string governor;   // SCID
  std::int64_t epoch = 1;
  std::string key;

  core::Json json;
  std::string text;  // canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ JCS without proof)
};

/// {"type":"AvowVote","network","slot","previous","round","phase","value","lock","governor","epoch","key","proof"}; the
/// rules of form of parse_statement apply, and those of is_well_formed.
/// fails too_large, malformed, not_canonical
Result<Vote, Error> parse_vote(std::string_view text);

/// Signs; the members `json`, `text` and `hash` of `vote` are not read.
Result<Vote, Error> sign_vote(const Vote& vote, const core::Ed25519SigningKey& key);

bool has_good_signature(const Vote& vote, const core::Ed25519PublicKey& key);

}  // namespace avow::registry
