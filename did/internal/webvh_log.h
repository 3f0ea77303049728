#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data_integrity.h"
#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/error.h"

namespace avow::did::internal {

/// What stands where the SCID will be while it is computed (did:webvh v1.0 "Generate SCID").
inline constexpr std::string_view kScidPlaceholder = "{SCID}";

/// H(x) = base58btc(12 20 ‖ SHA-256(x)), the log's one hash.
std::string webvh_hash(std::string_view text);

/// An entry as RFC 8785 has it without its proof: what is hashed and signed.
struct UnsignedEntry {
  std::string before_id;
  std::string id;  // the versionId
  std::string after_id;

  std::string text() const { return before_id + id + after_id; }
};
/// `entry` has the members of an entry; its versionId and versionTime hold nothing that JSON escapes.
UnsignedEntry unsigned_entry(const core::Json& entry);

/// H of an entry with `version_id` in place of its own.
std::string entry_hash(const UnsignedEntry& entry, std::string_view version_id);

/// The JSON of `text` with one text replaced by another wherever it stands, in names too.
/// fails invalid_log if two names become equal or the result grows over 256 KiB
Result<core::Json, Error> with_text_replaced(std::string_view text, std::string_view from,
                                             std::string_view to);

/// The proof that a log's controller or witness makes: eddsa-jcs-2022 by a did:key, for assertionMethod.
core::Json create_log_proof(const core::Json& document, const core::Ed25519SigningKey& key,
                            core::Instant created);

/// The members of such a proof, its signature not verified, and the Multikey whose both halves the did:key names.
/// source did:webvh v1.0 "Data Integrity Proofs"
/// fails invalid_log
struct LogProof {
  core::Proof proof;
  std::string multikey;
};
Result<LogProof, Error> read_log_proof(const core::Json& proof);

/// Checks that there is a proof, and that every proof is right and made by one of `authorised`.
/// fails invalid_log
Result<void, Error> check_entry_proofs(const core::Json* proof, const UnsignedEntry& entry,
                                       const std::vector<core::Ed25519PublicKey>& authorised);

}  // namespace avow::did::internal
