#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did.h"
#include "did/did_web.h"
#include "did/document.h"

namespace avow::did {

/// Who must have seen an entry before it counts: `threshold` of these keys, or nobody if there are none.
/// source did:webvh v1.0 "DID Witnesses"
struct WebvhWitnesses {
  std::int64_t threshold = 0;  // 1..keys.size(); 0 if there are none
  std::vector<core::Ed25519PublicKey> keys = {};

  bool empty() const { return keys.empty(); }
  friend bool operator==(const WebvhWitnesses&, const WebvhWitnesses&) = default;
};

/// The parameters of a log that are in force after one of its entries.
/// source did:webvh v1.0 "DID Log Entry Parameters"
struct WebvhParameters {
  std::vector<core::Ed25519PublicKey> update_keys = {};  // none: nothing can follow
  std::vector<std::string> next_key_hashes = {};         // some: pre-rotation is on
  WebvhWitnesses witnesses = {};                         // of the entries after this one
  std::vector<std::string> watchers = {};
  bool portable = false;
  bool deactivated = false;
  std::int64_t ttl_seconds = 3600;

  friend bool operator==(const WebvhParameters&, const WebvhParameters&) = default;
};

/// One verified entry of a log, and all that the next one is judged by.
struct WebvhEntry {
  std::string scid;        // 46 base58btc characters
  Did did;                 // state.id
  std::int64_t version;    // 1, 2, …: the organisation's epoch
  std::string version_id;  // "1-Qm…"
  std::string entry_hash;  // what follows the dash
  core::Instant version_time;
  core::Json json;  // the entry as signed
  std::shared_ptr<const Document> document;
  WebvhParameters parameters;
  /// Whose approval this very entry needs (did_webvh_witness.h). Verifying it did not look for any.
  WebvhWitnesses witnesses;
};

/// Strict unless told otherwise.
struct WebvhOptions {
  bool allow_localhost = false;  // a development opt-in: `localhost` has no second label
  /// A tolerance: witnesses named by their bare Multikey, as two published implementations write them.
  bool bare_witness_keys = false;
};

/// As far ahead the time of an entry may lie.
inline constexpr std::chrono::minutes kMaxWebvhAhead{5};

/// Verifies a first entry by the log's own rules: known members, version id, parameters (unknown names and wrong types
/// refused), SCID, entry hash, state.id, each proof; the time last.
/// fails invalid_log with the rule that was broken; not_yet_valid: all is well, but for a time more than 5 minutes ahead
/// note  witness proofs stand elsewhere: see WebvhEntry::witnesses
/// pure  no network
/// source did:webvh v1.0 "Read (Resolve)"
Result<WebvhEntry, Error> verify_first_webvh_entry(core::Json entry, core::Instant now,
                                                   const WebvhOptions& options = {});

/// Verifies that `entry` may follow `previous`: the same, with the hash chain, growing numbers and times, the key that
/// may sign it, pre-rotation, moves (portable, and alsoKnownAs has the DID before) and nothing after a deactivation.
/// Two entries may follow one; which of them counts is not decided here.
Result<WebvhEntry, Error> verify_next_webvh_entry(const WebvhEntry& previous, core::Json entry,
                                                  core::Instant now,
                                                  const WebvhOptions& options = {});

/// Where the log of a did:webvh stands.
/// fails invalid_did
Result<WebLocation, Error> webvh_location(const Did& did);

/// H(UTF-8 of a multikey): what `nextKeyHashes` holds.
std::string webvh_key_hash(std::string_view multikey);

/// The document as it is resolved: with the services that every did:webvh has, which no entry holds.
/// fails invalid_did_document, document_too_large
/// source did:webvh v1.0 "whois LinkedVP Service", "relativeRef Service"
Result<Document, Error> with_implicit_services(const WebvhEntry& entry);
/// The same of a document whose entry is not at hand; one that has them already stays as it is.
Result<Document, Error> with_implicit_services(const Document& document);

/// The parallel did:web document of an entry's state (did:webvh v1.0 "Publishing a Parallel did:web DID").
/// fails invalid_did_document (two names in it become one)
Result<core::Json, Error> parallel_did_web(const WebvhEntry& entry);

}  // namespace avow::did
