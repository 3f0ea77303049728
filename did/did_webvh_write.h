#pragma once

#include <optional>
#include <string>
#include <vector>

#include "did/did_webvh.h"

namespace avow::did {

/// What the first entry of a did:webvh v1.0 log says of an organisation.
struct WebvhCreation {
  std::string domain;  // host or host%3Aport as the DID writes it
  /// {id:"#key-1", publicKeyMultibase:"z6Mk…"}; all stand under assertionMethod and authentication.
  std::vector<core::Json> verification_methods;
  /// Pre-rotation: webvh_key_hash() of each key that may follow; never empty for members.
  std::vector<std::string> next_key_hashes = {};
  WebvhWitnesses witnesses = {};
  bool allow_localhost = false;
};

/// Makes and signs the first entry. The document's alsoKnownAs has the parallel did:web.
/// fails invalid_did (domain), invalid_log
/// source did:webvh v1.0 "Create"
Result<WebvhEntry, Error> create_webvh_entry(const WebvhCreation& creation,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now);

/// What a next entry changes; what is absent stays as it is.
struct WebvhChange {
  std::optional<core::Json> document = {};  // the whole one
  std::optional<std::vector<core::Ed25519PublicKey>> update_keys = {};
  std::optional<std::vector<std::string>> next_key_hashes = {};
  std::optional<WebvhWitnesses> witnesses = {};  // of the entries after this one
  std::optional<std::vector<std::string>> watchers = {};
  std::optional<std::int64_t> ttl_seconds = {};
  bool never_move_again = false;  // portable: false
  bool deactivate = false;
};

/// Makes and signs the entry after `previous`. With pre-rotation on, the change names update_keys that were promised
/// (and next_key_hashes: the same as before unless it says otherwise), and `update_key` is one of them; else
/// `update_key` is one of those before. Its time is `now`, or a second after `previous`.
/// fails invalid_log, not_yet_valid (`previous` is too far ahead)
/// source did:webvh v1.0 "Update (Rotate)"
Result<WebvhEntry, Error> append_webvh_entry(const WebvhEntry& previous, const WebvhChange& change,
                                             const core::Ed25519SigningKey& update_key,
                                             core::Instant now, const WebvhOptions& options = {});

/// The document of `entry` under another domain (host or host%3Aport) and the same path, with the DID before it in
/// alsoKnownAs: what a portable log moves with.
/// fails invalid_did
Result<core::Json, Error> moved_document(const WebvhEntry& entry, std::string_view domain,
                                         const WebvhOptions& options = {});

/// The entries that end a log: one, or two if pre-rotation is on (the first turns it off), for then `update_key` is a
/// promised one. Nothing can follow: no update key is left.
/// fails invalid_log, not_yet_valid
/// source did:webvh v1.0 "Deactivate (Revoke)"
Result<std::vector<WebvhEntry>, Error> deactivate_webvh(const WebvhEntry& previous,
                                                        const core::Ed25519SigningKey& update_key,
                                                        core::Instant now,
                                                        const WebvhOptions& options = {});

}  // namespace avow::did
