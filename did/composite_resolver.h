#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/lru_cache.h"
#include "did/resolver.h"

namespace avow::did {

/// Asks the resolvers of a DID's method one after the other until one knows it. Any answer but
/// not_found ends the search, so a source that cannot answer is never passed over in silence.
/// fails invalid_did (also the did:web and did:webvh rules), method_not_supported (no route has the
///       method), and what the resolvers fail with
class CompositeResolver final : public Resolver {
 public:
  struct Route {
    std::string method;
    const Resolver* resolver;  // outlives the composite
  };

  explicit CompositeResolver(std::vector<Route> routes, std::size_t cache_capacity = 10'000)
      : routes_(std::move(routes)), cache_(cache_capacity) {}

  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override;

 private:
  Result<Resolution, Error> ask(const Did& did, const ResolutionOptions& options) const;

  const std::vector<Route> routes_;
  /// Of did:key and did:jwk alone: their documents never change.
  mutable core::LruCache<std::string, Resolution> cache_;
};

}  // namespace avow::did
