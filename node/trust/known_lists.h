#pragma once

#include <string>

#include "registry/replica.h"
#include "revocation/freshness.h"
#include "revocation/status_list_issuer.h"
#include "revocation/status_source.h"

namespace avow::node {

/// The status lists that can be asked about without the network: the own organisation's as they stand, members' as their
/// feeds say, if what is known of the feed is fresh.
class KnownLists final : public revocation::StatusSource {
 public:
  KnownLists(const revocation::StatusListIssuer& own, const registry::Replica& replica,
             revocation::Tier tier = revocation::Tier::normal)
      : own_(own), replica_(replica), tier_(tier) {}
  revocation::Result<revocation::KnownList, revocation::Error> find(
      const std::string& issuer, const std::string& list_url, core::Instant now) const override;

 private:
  const revocation::StatusListIssuer& own_;
  const registry::Replica& replica_;
  const revocation::Tier tier_;
};

}  // namespace avow::node
