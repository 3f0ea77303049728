#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/timestamp.h"
#include "did/did.h"
#include "did/document.h"
#include "did/error.h"

namespace avow::did {

/// A resolved document. `version` changes whenever the document does, so it belongs into every key of a cache.
struct Resolution {
  std::shared_ptr<const Document> document;
  std::string version;  // versionId, or a hash of the document
  std::optional<core::Instant> created = {};
  std::optional<core::Instant> updated = {};  // absent: this is the first version
  bool deactivated = false;                   // as of this version
  std::optional<std::string> next_version =
      {};  // if this is not the newest version, the one after it
  std::optional<core::Instant> next_update = {};
  /// What the method says of this version in its own words, instead of the members above; null if it has none.
  std::shared_ptr<const core::Json> method_metadata = {};

  /// Since when this version counts, if the method has times.
  std::optional<core::Instant> valid_from() const { return updated ? updated : created; }
};

/// Which version is wanted: the current one, unless one of the first three says otherwise (no two of them).
/// source W3C DID Resolution "DID Resolution Options", "DID Parameters", "Versioning"
struct ResolutionOptions {
  std::optional<std::string> version_id = {};
  std::optional<core::Instant> version_time = {};   // the version that was valid then
  std::optional<std::int64_t> version_number = {};  // 1, 2, …: of did:webvh v1.0
  bool refresh = false;  // past any cache of fetched documents; who fetches limits the rate

  bool asks_for_version() const { return version_id || version_time || version_number; }
};

/// Port: DID → document.
/// fails not_found, version_not_found (the DID is known here, but has no such version), invalid_options,
///       method_not_supported, invalid_did, invalid_did_document, deactivated,
///       invalid_log, rollback_detected (a did:webvh log), blocked_address, tls_failure, too_many_fetches, timed_out, resolution_stale (a document that would have to be fetched),
///       unavailable (could not be determined; also an earlier version that this source does not keep)
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<Resolution, Error> resolve(const Did& did,
                                            const ResolutionOptions& options = {}) const = 0;
};

/// Does a version that was written at `valid_from` count at `at`? In whole seconds, as the times in metadata
/// and proofs are.
bool is_valid_at(core::Instant valid_from, core::Instant at);

/// fails invalid_options (two of version id, time and number)
Result<void, Error> check(const ResolutionOptions& options);

enum class EarlierVersions { none, kept_elsewhere };

/// `found` if it is what `options` ask for: the answer of a source that holds one version of a document.
/// fails invalid_options, version_not_found (there never was such a version), unavailable (there may have
///       been, but not here)
Result<Resolution, Error> if_wanted(Resolution found, const ResolutionOptions& options,
                                    EarlierVersions earlier);

}  // namespace avow::did
