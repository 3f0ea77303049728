#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/http_fetcher.h"
#include "core/lru_cache.h"
#include "core/timestamp.h"
#include "revocation/error.h"
#include "revocation/status_list_credential.h"
#include "revocation/status_source.h"
#include "vc/verify.h"

namespace avow::revocation {

/// Lists that were fetched and verified lately, for all requests of a process: at most 64 of up to 256 KiB expanded,
/// each with its credential if that can be found unchanged and was sent in as much. Thread-safe.
class FetchedListCache {
 public:
  static constexpr std::size_t kMaxListBytes = std::size_t{256} << 10;

  struct Held {
    std::shared_ptr<const StatusList> list;
    std::shared_ptr<const core::Json> credential;  // null: it cannot be found unchanged
    std::string etag;
    core::Instant fetched;  // or found unchanged
  };
  struct Looked {
    std::optional<Held> held;
    std::uint64_t
        turn;  // in which the list is fetched if it must be: the order of what hosts are asked
  };
  Looked get(const std::string& url);
  /// What was fetched in that turn; nothing: a list that may not be held. Whatever was fetched before is forgotten; what
  /// was asked for in an earlier turn and came later is not held.
  void put(const std::string& url, std::optional<Held> fetched, std::uint64_t turn);

 private:
  std::mutex mutex_;  // look and mark are one step
  std::uint64_t turns_ = 0;
  core::LruCache<std::string, Looked> held_{64};  // each with the turn of its fetch
};

/// Lists of issuers outside the consortium, fetched from where they are published and verified. A list that is held
/// answers for `max_age`, for the list's own ttl if that is shorter, and never past its validUntil; then it is fetched
/// anew, or found unchanged by its ETag, if its proof and its dates are good at that time too. Failures are not
/// remembered, and no held list stands in for one.
class FetchedStatusSource final : public StatusSource {
 public:
  static constexpr core::Milliseconds kMaxAge = std::chrono::seconds(60);

  /// context  what the list's own proof is verified with, in the w3c profile; its status checker is not asked
  /// All outlive the source, which is for one request if `fetcher` is.
  FetchedStatusSource(core::HttpFetcher& fetcher, FetchedListCache& cache,
                      const vc::VerifyContext& context, core::Milliseconds max_age = kMaxAge);

  /// fails status_retrieval_error (no answer, another status than 200, or the list's key cannot be had);
  ///       https_required; status_list_too_large (more than 4 MiB as sent); malformed_value_error (not JSON, not a
  ///       credential); status_issuer (not the list of `issuer`, found before any key is looked for);
  ///       status_verification_error (its proof); and what read_status_list_credential fails with
  Result<KnownList, Error> find(const std::string& issuer, const std::string& list_url,
                                core::Instant now) const override;

 private:
  using Held = FetchedListCache::Held;
  bool may_answer(const Held& held, core::Instant now) const;
  Result<Held, Error> fetch(const std::string& issuer, const std::string& list_url,
                            const std::optional<Held>& held, core::Instant now) const;
  Result<StatusList, Error> verify(const core::Json& credential, const std::string& issuer,
                                   const std::string& list_url, core::Instant now) const;

  core::HttpFetcher& fetcher_;
  FetchedListCache& cache_;
  const vc::VerifyContext& context_;
  const core::Milliseconds max_age_;
};

}  // namespace avow::revocation
