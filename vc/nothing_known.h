#pragma once

#include "vc/status_checker.h"
#include "vc/trust_policy.h"

namespace avow::vc {

/// For programs that verify with neither status lists nor a registry: whatever is asked is undetermined, so a
/// credential with a status is never accepted, nor any under the consortium profile.
class NothingKnown final : public StatusChecker, public TrustPolicy {
 public:
  Check check_status(const std::string& issuer, const StatusEntry& entry,
                     core::Instant now) const override;
  Check check_issuer(const std::string& issuer, const std::vector<std::string>& types,
                     core::Instant now) const override;
  Check check_freshness(const std::string& issuer, core::Instant now) const override;
  std::optional<Check> check_key(const GoodSignature& signature) const override;  // nothing
  Check check_subjects(const std::string& issuer, const std::vector<std::string>& subjects,
                       core::Instant now) const override;
  Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                           const std::vector<std::string>& subjects) const override;  // passed
};

}  // namespace avow::vc
