#pragma once

#include "did/did_webvh.h"
#include "did/resolver.h"

namespace avow::node {

/// Knows one DID, the own organisation's did:webvh: needed when there is no consortium whose registry would know it.
class OwnOrganisationResolver final : public did::Resolver {
 public:
  explicit OwnOrganisationResolver(const did::WebvhEntry& entry) : entry_(entry) {}
  did::Result<did::Resolution, did::Error> resolve(const did::Did& did) const override {
    if (did != entry_.did)
      return core::fail(did::Error{did::ErrorCode::not_found, "not the own organisation"});
    return did::Resolution{entry_.document, entry_.version_id, entry_.version_time,
                           entry_.version_time};
  }

 private:
  const did::WebvhEntry& entry_;
};

}  // namespace avow::node
