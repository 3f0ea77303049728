#pragma once

#include <string>

#include "node/membership.h"
#include "registry/replica.h"
#include "revocation/freshness.h"
#include "revocation/status_list_issuer.h"
#include "revocation/status_source.h"

namespace avow::node {

/// The status lists that can be asked about without the network: the own organisation's as they stand, members' as
/// their feeds say, if what is known of the feed is fresh. While the node may sign nothing, its own lists are stale
/// too: a restored database does not know what was revoked since.
class KnownLists final : public revocation::StatusSource {
 public:
  KnownLists(const revocation::StatusListIssuer& own, const Membership& membership,
             const registry::Replica& replica, revocation::Tier tier = revocation::Tier::normal)
      : own_(own), membership_(membership), replica_(replica), tier_(tier) {}
  revocation::Result<revocation::KnownList, revocation::Error> find(
      const std::string& issuer, const std::string& list_url, core::Instant now) const override;

 private:
  const revocation::StatusListIssuer& own_;
  const Membership& membership_;
  const registry::Replica& replica_;
  const revocation::Tier tier_;
};

}  // namespace avow::node
