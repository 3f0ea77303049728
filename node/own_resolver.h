#pragma once

#include "did/did_web.h"
#include "did/document_store.h"
#include "did/resolver.h"
#include "node/membership.h"
#include "registry/registry_resolver.h"

namespace avow::node {

/// Knows one DID, the own organisation's did:webvh: needed when there is no consortium whose registry would know it.
class OwnOrganisationResolver final : public did::Resolver {
 public:
  explicit OwnOrganisationResolver(const registry::MemberLog& log) : log_(log) {}
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override {
    if (did != log_.current().webvh.did)
      return core::fail(did::Error{did::ErrorCode::not_found, "not the own organisation"});
    return registry::resolve_in_log(log_, did, options);
  }

 private:
  const registry::MemberLog& log_;
};

/// The documents of the own people and agents. While the node may have forgotten what became of them (it signs nothing
/// then), the feed that others have given back is believed, and where that is silent nobody.
class OwnDocumentsResolver final : public did::Resolver {
 public:
  OwnDocumentsResolver(const did::DocumentStore& documents, const did::Resolver& registry,
                       const Membership& membership, const std::string& domain)
      : documents_(documents),
        registry_(registry),
        membership_(membership),
        organisation_(did::did_web(domain, {})) {}
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override {
    auto own = documents_.resolve(did, options);
    if (!own || (organisation_ && did == *organisation_)) return own;
    const auto may_sign = membership_.check_may_sign();
    if (may_sign) return own;
    if (auto known = registry_.resolve(did, options)) return known;
    return core::fail(did::Error{did::ErrorCode::unavailable,
                                 "what is stored of it here may be old: " + may_sign.error().why});
  }

 private:
  const did::DocumentStore& documents_;
  const did::Resolver& registry_;
  const Membership& membership_;
  const did::Result<did::Did, did::Error> organisation_;  // its own follows from its log
};

}  // namespace avow::node
