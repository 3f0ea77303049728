#pragma once

#include <string>

#include "revocation/status_source.h"
#include "vc/status_checker.h"

namespace avow::revocation {

/// Answers vc's question from the lists of a StatusSource. What is unknown or cannot be reached is
/// undetermined, never passed; what contradicts the rules is failed.
///
/// codes revoked, suspended; status_issuer (the list is another's: the W3C algorithm does not ask this, we do);
///       STATUS_VERIFICATION_ERROR (purpose differs), unsupported_status (statusSize other than 1), RANGE_ERROR
///       (index ≥ length); STATUS_RETRIEVAL_ERROR, registry_stale (undetermined); other codes of the source
///       (failed)
/// source Bitstring Status List v1.0 "Validate Algorithm"
class StatusListChecker final : public vc::StatusChecker {
 public:
  explicit StatusListChecker(const StatusSource& source) : source_(source) {}
  vc::Check check_status(const std::string& issuer, const vc::StatusEntry& entry,
                         core::Instant now) const override;

 private:
  const StatusSource& source_;
};

}  // namespace avow::revocation
