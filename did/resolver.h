#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/timestamp.h"
#include "did/did.h"
#include "did/document.h"
#include "did/error.h"

namespace avow::did {

/// A resolved document. `version` changes whenever the document does, so it belongs into every key of a cache.
struct Resolution {
  std::shared_ptr<const Document> document;
  std::string version;  // versionId, or a hash of the document
  std::optional<core::Instant> created = {};
  std::optional<core::Instant> updated = {};
  bool deactivated = false;
};

/// Port: DID → document.
/// fails not_found, method_not_supported, invalid_did, invalid_did_document, deactivated, unavailable
class Resolver {
 public:
  virtual ~Resolver() = default;
  virtual Result<Resolution, Error> resolve(const Did& did) const = 0;
};

}  // namespace avow::did
