#pragma once

#include <string>
#include <vector>

#include "node/agents/agent_stop_book.h"
#include "node/issued_batches.h"
#include "node/trust/local_rules.h"
#include "registry/replica.h"
#include "revocation/freshness.h"
#include "vc/trust_policy.h"

namespace avow::node {

/// Asks the replica: is the issuer a member, may it issue these types, how old is what we know of it? And this node's own
/// rules, which can only refuse.
class RegistryTrustPolicy final : public vc::TrustPolicy {
 public:
  RegistryTrustPolicy(const registry::Replica& replica, const LocalRuleBook& own,
                      const AgentStopBook& own_stops, const IssuedBatches& own_issued,
                      revocation::Tier tier = revocation::Tier::normal)
      : replica_(replica), own_(own), own_stops_(own_stops), own_issued_(own_issued), tier_(tier) {}
  vc::Check check_issuer(const std::string& issuer, const std::vector<std::string>& types,
                         core::Instant now) const override;
  /// Adds to issuer_not_authorised what is missing for a yes, or which statement ended it: {"missing"} (authority.h).
  void explain(vc::Check& issuer, core::Instant now) const override;
  vc::Check check_freshness(const std::string& issuer, core::Instant now) const override;
  /// Of the feed of the member who speaks for the key. That something was issued before is shown by what is stapled
  /// (registry::IssuedProof), or by what this node has issued itself.
  std::optional<vc::Check> check_key(const vc::GoodSignature& signature) const override;
  /// Of the feeds of the issuer and of the member under whose location the subject is, and of what this node's own
  /// organisation has stopped, said or not.
  vc::Check check_subjects(const std::string& issuer, const std::vector<std::string>& subjects,
                           core::Instant now) const override;
  vc::Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                               const std::vector<std::string>& subjects) const override;

 private:
  const registry::Replica& replica_;
  const LocalRuleBook& own_;
  const AgentStopBook& own_stops_;
  const IssuedBatches& own_issued_;
  const revocation::Tier tier_;
};

/// {"feed","epoch","sequence","ageMs","limitMs","by"}: what a freshness answer rests on.
core::Json age_evidence(const std::string& scid, const registry::FeedAge& age,
                        core::Milliseconds limit);

}  // namespace avow::node
