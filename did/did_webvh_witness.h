#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "did/did_webvh.h"

namespace avow::did {

/// What one witness says: it has seen the entry of this version id, and so all before it in the same log. Read, its
/// signature not verified.
struct WebvhWitnessProof {
  std::string version_id;
  std::string witness;  // the Multikey that the proof names
  core::Json proof;
};

/// A witness's proof over {"versionId": …}.
core::Json create_webvh_witness_proof(std::string_view version_id,
                                      const core::Ed25519SigningKey& witness, core::Instant now);

/// Reads one proof over {"versionId": version_id}: its form, and whose it says it is.
/// fails invalid_log
Result<WebvhWitnessProof, Error> read_webvh_witness_proof(std::string_view version_id,
                                                          const core::Json& proof);
/// Verifies its signature with a key that the caller took from a WebvhWitnesses.
/// fails invalid_log (also a proof by another key)
Result<void, Error> verify_webvh_witness_proof(const WebvhWitnessProof& proof,
                                               const core::Ed25519PublicKey& witness);

/// Reads did-witness.json, at most 5 MiB; proofs that are none are left out.
/// fails invalid_log (no JSON of that shape)
/// source did:webvh v1.0 "The Witness Proofs File"
Result<std::vector<WebvhWitnessProof>, Error> parse_webvh_witness_file(std::string_view text);

/// did-witness.json of a log of that many versions: of each witness the newest of `proofs`, which covers the entries
/// before it; proofs of versions that the log has not yet are left out, lest one takes the place of one that counts.
/// source did:webvh v1.0 "The Witness Proofs File"
std::string webvh_witness_file(std::span<const WebvhWitnessProof> proofs, std::int64_t versions);

using WebvhEntries = std::vector<std::shared_ptr<const WebvhEntry>>;

/// Signatures that one log and its witnesses' file may cost: each of 4,096 entries by its author, and as many by witnesses.
/// Their 10 MiB hold some 25,000. About a second.
inline constexpr std::size_t kMaxWebvhVerifications = 8'192;

struct WebvhApproval {
  std::size_t approved = 0;  // that many of the entries, from the first on, have their threshold
  std::size_t verifications = 0;  // signatures that were looked at
  std::string missing = {};       // of the entry after them, for people
};

/// Looks for the approval of each of `entries`, which follow each other in one log up to its newest verified entry.
/// An entry has it when its threshold of its witnesses have proofs of it or of a later one of `entries`, whether or
/// not they are still witnesses there. Proofs of other entries and by others say nothing; bad ones are passed over, 64
/// of them at most. The newest are looked at first, and none that is not needed, nor more than `max_verifications`.
/// source did:webvh v1.0 "Verifying Witness Proofs During Resolution"
WebvhApproval find_webvh_approval(std::span<const std::shared_ptr<const WebvhEntry>> entries,
                                  std::span<const WebvhWitnessProof> proofs,
                                  std::size_t max_verifications = kMaxWebvhVerifications);

}  // namespace avow::did
