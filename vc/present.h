#pragma once

#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "vc/error.h"

namespace avow::vc {

inline constexpr core::Milliseconds kMaxPresentationLifetime = std::chrono::seconds(60);

/// Who presents.
struct Holder {
  std::string did;
  std::string verification_method;  // absolute, under authentication
  const core::Ed25519SigningKey& key;
};

struct PresentOptions {
  std::string challenge;
  std::string domain;
  core::Instant now;
  core::Milliseconds lifetime = kMaxPresentationLifetime;
};

/// Makes and signs a presentation of these credentials for one verifier and one challenge.
/// fails too_many_credentials, nested_presentation, credential_malformed, media_type, lifetime_too_long,
///       holder_malformed
Result<core::Json, Error> present(const std::vector<core::Json>& credentials, const Holder& holder,
                                  const PresentOptions& options);

}  // namespace avow::vc
