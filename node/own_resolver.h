#pragma once

#include "did/did_webvh.h"
#include "did/resolver.h"

namespace avow::node {

/// Knows one DID, the own organisation's did:webvh: needed when there is no consortium whose registry would know it.
class OwnOrganisationResolver final : public did::Resolver {
 public:
  explicit OwnOrganisationResolver(const did::WebvhEntry& entry) : entry_(entry) {}
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& options = {}) const override {
    if (did != entry_.did)
      return core::fail(did::Error{did::ErrorCode::not_found, "not the own organisation"});
    return did::if_wanted({entry_.document, entry_.version_id, entry_.version_time}, options,
                          did::EarlierVersions::none);
  }

 private:
  const did::WebvhEntry& entry_;
};

}  // namespace avow::node
