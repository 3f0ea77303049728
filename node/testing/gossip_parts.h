#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/gossip/gossip.h"
#include "node/testing/rooms.h"

namespace avow::node::testing {

/// Gossip over these rooms, whose peers answer through `network`. Both outlive it.
inline gossip::Gossip::Parts gossip_parts(Rooms& rooms, core::HttpFetcher& network,
                                          std::vector<std::string> peers) {
  return {*rooms.database, rooms.replica, *rooms.membership, rooms.audit, network,
          rooms.clock,     rooms.random,  rooms.log,         "",          std::move(peers)};
}

}  // namespace avow::node::testing
