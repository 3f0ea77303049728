#pragma once

#include <string>

#include "core/clock.h"
#include "did/did_web_resolver.h"
#include "did/did_webvh_resolver.h"
#include "node/http/budgeted_fetcher.h"
#include "node/http/limited_fetcher.h"
#include "registry/registry_resolver.h"
#include "revocation/fetched_status_source.h"
#include "revocation/status_list_checker.h"
#include "vc/verify.h"

namespace avow::node {

/// DIDs and status lists of others than members, which their hosts tell over HTTPS: what the requests of a node share.
/// Who verifies and who only resolves have fetchers and limits of their own (fetches at once, and ten a second in the long
/// run), so that no flood of the one keeps the other from fetching. Thread-safe; no lock is held while something is fetched.
class Strangers {
 public:
  enum class Purpose { verification, resolution };
  struct Parts {
    core::HttpFetcher& https_for_verification;  // each with lookups of its own
    core::HttpFetcher& https_for_resolution;
    const core::Clock& clock;
    const did::Resolver& resolver;              // of what is known here
    const revocation::StatusSource& own_lists;  // and members'
    registry::RegistryResolver::CurrentView view;
    std::string domain;  // host[:port] of the own organisation
    std::string public_url;
    bool allow_loopback = false;
  };
  explicit Strangers(Parts parts);

 private:
  friend class StrangerResolver;
  friend class StrangerLists;
  const Parts parts_;
  http::LimitedFetcher for_verification_;
  http::LimitedFetcher for_resolution_;
  did::WebDocumentCache documents_;
  did::WebvhLogCache logs_;
  revocation::FetchedListCache lists_;
};

/// For one request: what is known here, then what a host says of its did:web or did:webvh. Nothing is fetched of the own domain, where
/// what the store does not have does not exist, nor of a member's DIDs, of which its feed alone tells. A request may
/// fetch eight times, fifteen seconds in all.
class StrangerResolver final : public did::Resolver {
 public:
  StrangerResolver(Strangers& strangers, Strangers::Purpose purpose);
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override;
  /// Whether a host was asked, so that what is `unavailable` is its fault and not this node's.
  bool has_asked() const { return budget_.has_fetched(); }

 private:
  friend class StrangerLists;
  bool is_own(const did::Did& did) const;
  bool is_members(const std::string& did) const;

  Strangers& strangers_;
  mutable http::BudgetedFetcher budget_;
  const did::DidWebResolver web_;
  const did::DidWebvhResolver webvh_;
};

/// For one request: the lists that are known here, then those that strangers publish, out of the same budget.
class StrangerLists final : public revocation::StatusSource {
 public:
  /// `context` verifies the lists' proofs.
  StrangerLists(const StrangerResolver& resolver, const vc::VerifyContext& context);
  revocation::Result<revocation::KnownList, revocation::Error> find(
      const std::string& issuer, const std::string& list_url, core::Instant now) const override;

 private:
  const StrangerResolver& resolver_;
  const revocation::FetchedStatusSource fetched_;
};

/// For one request: a verifier's context that looks at strangers too.
class StrangerContext {
 public:
  StrangerContext(Strangers& strangers, const vc::VerifyContext& local)
      : resolver_(strangers, Strangers::Purpose::verification),
        of_lists_{resolver_, local.keys, local.signatures, local.status, local.trust},
        lists_(resolver_, of_lists_),
        status_(lists_),
        context_{resolver_, local.keys, local.signatures, status_, local.trust} {}
  StrangerContext(const StrangerContext&) = delete;
  StrangerContext& operator=(const StrangerContext&) = delete;

  const vc::VerifyContext& context() const { return context_; }

 private:
  const StrangerResolver resolver_;
  const vc::VerifyContext of_lists_;
  const StrangerLists lists_;
  const revocation::StatusListChecker status_;
  const vc::VerifyContext context_;
};

}  // namespace avow::node
