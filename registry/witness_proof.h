#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "did/did_webvh_witness.h"
#include "registry/error.h"
#include "registry/member_log.h"

namespace avow::registry {

inline constexpr std::size_t kMaxWitnessProofBytes = std::size_t{4} * 1024;

/// What a witness says of one entry of a member's log, as it travels: {"feed","proof","versionId"}. The proof is
/// did:webvh's own, over {"versionId"}; `feed` only says where to look for the entry.
struct WitnessProof {
  std::string feed;          // SCID
  std::int64_t version = 1;  // of the entry
  std::string entry_hash;
  did::WebvhWitnessProof proof;  // its signature not verified
  std::string text;              // canonical
  std::string hash;              // "u" + SHA-256 of the text
};

/// fails too_large, malformed, not_canonical
Result<WitnessProof, Error> parse_witness_proof(std::string_view text);
/// A proof of an entry of the log of `feed`, to be sent.
std::string witness_proof_text(std::string_view feed, const did::WebvhWitnessProof& proof);

}  // namespace avow::registry
