#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/http_fetcher.h"
#include "core/json.h"
#include "core/lru_cache.h"
#include "core/timestamp.h"
#include "revocation/error.h"
#include "revocation/status_list_credential.h"
#include "revocation/status_source.h"

namespace avow::revocation {

struct FetchedStatusOptions {
  /// How long a fetched list answers; 0: it is fetched for every question. Never past its validUntil.
  core::Milliseconds max_age = std::chrono::seconds(60);
  bool allow_http = false;  // for tests on loopback
};

/// Lists of issuers outside the consortium, fetched from where they are published and verified. A few are remembered,
/// expanded; those over 1 MiB are not. Thread-safe if the fetcher and the verifier are.
class FetchedStatusSource final : public StatusSource {
 public:
  /// Checks that the credential was signed by its `issuer`.
  /// fails status_verification_error; status_retrieval_error if the key cannot be had
  using ProofVerifier =
      std::function<Result<void, Error>(const core::Json& credential, core::Instant now)>;

  FetchedStatusSource(core::HttpFetcher& fetcher, ProofVerifier verify_proof,
                      FetchedStatusOptions options = {});

  /// fails https_required, status_retrieval_error (no answer, another status than 200), malformed_value_error (not JSON), and
  ///       what the verifier and read_status_list_credential fail with
  Result<KnownList, Error> find(const std::string& issuer, const std::string& list_url,
                                core::Instant now) const override;

 private:
  struct Fetched {
    std::shared_ptr<const StatusList> list;
    core::Instant at;
  };
  Result<std::shared_ptr<const StatusList>, Error> fetch(const std::string& list_url,
                                                         core::Instant now) const;

  core::HttpFetcher& fetcher_;
  const ProofVerifier verify_proof_;
  const FetchedStatusOptions options_;
  mutable core::LruCache<std::string, Fetched> remembered_;  // by URL
};

}  // namespace avow::revocation
