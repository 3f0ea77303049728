#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/clock.h"
#include "core/http_fetcher.h"
#include "core/lru_cache.h"
#include "did/did_webvh_log.h"
#include "did/host_answers.h"
#include "did/resolver.h"

namespace avow::did {

/// What hosts said lately of their did:webvh, for all resolvers of a process: at most 32 logs of up to 256 KiB, and of
/// 4,096 the newest entry that was ever seen. Thread-safe.
class WebvhLogCache {
 public:
  using Log = std::shared_ptr<const WebvhLog>;

  HostAnswers<Log>& logs() { return logs_; }
  /// Does a log, as far as it holds, go on from the newest entry that was seen?
  /// fails rollback_detected (it does not: entries are gone, or others)
  Result<void, Error> check(const Did& did, const WebvhLog& log);
  /// The same of a log that holds to its end, whose newest entry is remembered.
  Result<void, Error> advance(const Did& did, const WebvhLog& log);

 private:
  HostAnswers<Log> logs_{32};
  std::mutex mutex_;
  core::LruCache<std::string, std::string> newest_{4096};  // version ids
};

/// did:webvh over HTTPS (did:webvh v1.0 "Read (Resolve)"): did.jsonl, and did-witness.json if an entry asks for
/// witnesses. Errors are not remembered, and a log for as long as its ttl says, at most five minutes; one that goes on
/// from the last is verified from there.
///
/// fails     invalid_did, invalid_options, not_found (404, 410), version_not_found; invalid_log, rollback_detected;
///           invalid_did_document, document_too_large (5 MiB), representation_not_supported (a compressed body);
///           blocked_address, tls_failure, too_many_fetches; timed_out; unavailable (no answer, or another status: no
///           redirect is followed); resolution_stale (one of the last two, and the log that is held is too old)
class DidWebvhResolver final : public Resolver {
 public:
  /// All outlive the resolver, which is for one request if `fetcher` is.
  DidWebvhResolver(core::HttpFetcher& fetcher, WebvhLogCache& cache, const core::Clock& clock,
                   Localhost localhost = Localhost::https_only)
      : fetcher_(fetcher), cache_(cache), clock_(clock), localhost_(localhost) {}

  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  Result<WebvhLog, Error> fetch(const Did& did, const WebvhLog* known) const;

  core::HttpFetcher& fetcher_;
  WebvhLogCache& cache_;
  const core::Clock& clock_;
  const Localhost localhost_;
};

}  // namespace avow::did
