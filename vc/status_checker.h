#pragma once

#include <cstdint>
#include <string>

#include "core/timestamp.h"
#include "vc/verdict.h"

namespace avow::vc {

/// One `credentialStatus` of type BitstringStatusListEntry, parsed.
struct StatusEntry {
  std::string purpose;      // "revocation", "suspension"
  std::string list_url;     // statusListCredential
  std::uint64_t index = 0;  // statusListIndex
  std::int64_t size = 1;    // statusSize
};

/// Port: reads one status entry of a credential whose proof has passed.
/// gives a Check named "status". Codes: revoked, suspended, status_issuer (the list is not the credential's
///       issuer's), STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, STATUS_LIST_LENGTH_ERROR, RANGE_ERROR,
///       registry_stale
class StatusChecker {
 public:
  virtual ~StatusChecker() = default;
  virtual Check check_status(const std::string& issuer, const StatusEntry& entry,
                             core::Instant now) const = 0;
};

}  // namespace avow::vc
