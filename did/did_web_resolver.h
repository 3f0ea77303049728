#pragma once

#include "core/clock.h"
#include "core/http_fetcher.h"
#include "did/host_answers.h"
#include "did/resolver.h"

namespace avow::did {

/// What hosts said lately of their did:web: documents of up to 16 KiB.
class WebDocumentCache : public HostAnswers<Resolution> {
 public:
  WebDocumentCache() : HostAnswers(256) {}
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
