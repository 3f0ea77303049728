#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did.h"
#include "did/document.h"

namespace avow::did {

/// What the first entry of a did:webvh v1.0 log says of an organisation.
struct WebvhParameters {
  std::string domain;  // host or host%3Aport as the DID writes it
  /// {id:"#key-1", publicKeyMultibase:"z6Mk…"}; all stand under assertionMethod and authentication.
  std::vector<core::Json> verification_methods;
  /// Pre-rotation: webvh_key_hash() of each key that may follow; never empty for members.
  std::vector<std::string> next_key_hashes;
  bool allow_localhost = false;  // a development opt-in: `localhost` has no second label
};

/// One verified entry of a log.
struct WebvhEntry {
  std::string scid;        // 46 base58btc characters
  Did did;                 // state.id
  std::int64_t version;    // 1, 2, …: the organisation's epoch
  std::string version_id;  // "1-Qm…"
  std::string entry_hash;  // what follows the dash
  core::Instant version_time;
  core::Json json;  // the entry as signed
  std::shared_ptr<const Document> document;
};

/// H(UTF-8 of a multikey): what `nextKeyHashes` holds.
std::string webvh_key_hash(std::string_view multikey);

/// Makes and signs the first entry. The document's alsoKnownAs has the parallel did:web.
/// fails invalid_did (domain), invalid_log
/// source did:webvh v1.0 "Create"
Result<WebvhEntry, Error> create_webvh_entry(const WebvhParameters& parameters,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now);

/// Verifies a first entry by the log's own rules: known members, version id, time (≤ now + 5 min),
/// parameters (unknown names and wrong types refused), SCID, entry hash, state.id, each proof.
/// Entries with a later number, with witnesses or already deactivated are refused too.
/// fails invalid_log with the rule that was broken
/// pure  no network
/// source did:webvh v1.0 "Read (Resolve)"
Result<WebvhEntry, Error> verify_first_webvh_entry(const core::Json& entry, core::Instant now,
                                                   bool allow_localhost);

/// The parallel did:web document of an entry's state (did:webvh v1.0 "Publishing a Parallel did:web DID").
core::Json parallel_did_web(const WebvhEntry& entry);

}  // namespace avow::did
