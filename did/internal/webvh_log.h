#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/error.h"

namespace avow::did::internal {

/// What stands where the SCID will be while it is computed (did:webvh v1.0 "Generate SCID").
inline constexpr std::string_view kScidPlaceholder = "{SCID}";

/// H(x) = base58btc(12 20 ‖ SHA-256(x)), the log's one hash.
std::string webvh_hash(std::string_view text);

/// H of an entry without its proof and with `version_id` in place of its own.
std::string entry_hash(const core::Json& entry, std::string_view version_id);

/// The JSON with one text replaced by another wherever it stands, in names too.
/// fails invalid_log if two names become equal or the result grows over 256 KiB
Result<core::Json, Error> with_text_replaced(const core::Json& json, std::string_view from,
                                             std::string_view to);

/// The parameters of a first entry that matter for its verification.
struct FirstParameters {
  std::string scid;
  std::vector<std::string> update_keys;
  bool deactivated = false;
};

/// Reads `parameters` of a first entry: known names, right types, keys that are keys.
/// source did:webvh v1.0 "DID Log Entry Parameters"
/// fails invalid_log
Result<FirstParameters, Error> read_first_parameters(const core::Json& parameters);

/// Checks that there is a proof, and that every proof is right and made by one of `update_keys`.
/// source did:webvh v1.0 "Data Integrity Proof Generation and First Log Entry"
/// fails invalid_log
Result<void, Error> check_entry_proofs(const core::Json& entry,
                                       const std::vector<std::string>& update_keys,
                                       core::Instant now);

}  // namespace avow::did::internal
