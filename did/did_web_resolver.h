#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "core/clock.h"
#include "core/http_fetcher.h"
#include "core/lru_cache.h"
#include "did/resolver.h"

namespace avow::did {

/// What hosts said lately, for all resolvers of a process: at most 256 documents of up to 16 KiB. Thread-safe.
class WebDocumentCache {
 public:
  static constexpr core::Milliseconds kMaxAge = std::chrono::minutes(5);
  /// How often a document may be fetched anew because somebody does not believe the one that is held.
  static constexpr core::Milliseconds kRefreshInterval = std::chrono::seconds(10);

  /// When a host is asked, and in which turn: a clock may be set back, turns only grow.
  struct Asked {
    core::Instant at;
    std::uint64_t turn;
  };

  /// The document if it may be used at `now`, and `refresh` is not asked for or not due. Whoever gets a turn instead
  /// fetches; until kRefreshInterval has passed, other refreshes get what came of that.
  /// fails as that refresh did; unavailable while it is under way
  Result<std::variant<Resolution, Asked>, Error> get(const Did& did, bool refresh,
                                                     core::Instant now);
  /// What the host said when it was asked; nothing: no document, or none that can be held. Whatever it said before is
  /// forgotten; what it was asked in an earlier turn and said later is not believed.
  void put(const Did& did, std::optional<Resolution> said, Asked asked);
  /// The host was to be asked and has given no answer until `now`. too_many_fetches: nor was it asked, and timed_out in
  /// less than a fetch usually has: nor was it waited for, so no refresh has been.
  /// gives resolution_stale if a document is held that is too old to be used, else `why`
  Error not_confirmed(const Did& did, Error why, Asked asked, core::Instant now);

 private:
  struct Held {
    std::shared_ptr<const Resolution>
        resolution;  // null: a mark against slower answers of earlier turns
    Asked fetched;
    Asked tried;                        // to fetch it, also in vain
    std::optional<Error> failure = {};  // of that try
  };
  static bool may_be_used(const Held& held, core::Instant now);

  std::mutex mutex_;  // look and mark are one step
  std::uint64_t turns_ = 0;
  core::LruCache<std::string, Held> held_{256};
};

/// did:web over HTTPS (did:web Method Specification "Read (Resolve)"). Errors are not remembered. Any word of the host
/// itself takes effect at once, also that there is no document; while it cannot be asked, a held one lives on.
///
/// document  its id is the DID; at most 64 KiB of JSON, of media type application/json, application/did or
///           application/…+json, or of none
/// version   a hash of the document. A host says only what holds now: an earlier version, or a time,
///           is unavailable
/// fails     invalid_did, invalid_options; not_found (404, 410); invalid_did_document, document_too_large,
///           representation_not_supported (another media type, a compressed body, no JSON); blocked_address,
///           tls_failure, too_many_fetches; timed_out; unavailable (no answer, or another status: no redirect is
///           followed); resolution_stale (one of the last two, and the document that is held is too old)
class DidWebResolver final : public Resolver {
 public:
  enum class Localhost { https_only, http_too };  // the latter for tests: where https fails

  /// All outlive the resolver, which is for one request if `fetcher` is.
  DidWebResolver(core::HttpFetcher& fetcher, WebDocumentCache& cache, const core::Clock& clock,
                 Localhost localhost = Localhost::https_only)
      : fetcher_(fetcher), cache_(cache), clock_(clock), localhost_(localhost) {}

  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  Result<core::HttpResponse, Error> fetch(const Did& did) const;

  core::HttpFetcher& fetcher_;
  WebDocumentCache& cache_;
  const core::Clock& clock_;
  const Localhost localhost_;
};

}  // namespace avow::did
