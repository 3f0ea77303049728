#pragma once

#include "core/database.h"
#include "node/gossip/gossip.h"
#include "node/gossip/known_peers.h"
#include "node/gossip/signed_requests.h"
#include "node/http/route.h"
#include "node/log_witness.h"
#include "registry/replica.h"

namespace avow::node::api {

struct GossipServices {
  gossip::Gossip& gossip;
  registry::Replica& replica;
  core::Database& database;
  Membership& membership;
  LogWitness* witness = nullptr;                 // null: this node is none
  const gossip::KnownPeers* known = nullptr;     // null: nobody is told apart
  gossip::SignedRequests* signatures = nullptr;  // null: none is looked at
};

/// POST /gossip/v1/push, GET /gossip/v1/since, POST /gossip/v1/fetch, GET /gossip/v1/head/{feed}:
/// registry/gossip/messages.h; POST /gossip/v1/witness: {"log_entry"} → {"witness_proof"}, both canonical texts in a string;
/// POST /gossip/v1/holding: {"feed","challenge"} → what this witness holds of that member (node/hearing.h); 503 from one that
/// may have forgotten (awaiting_peers, restored_backup).
/// What gives what members publish is for who may read it (KnownPeers::may_read; 403 peer_unknown); what takes what is
/// signed is for anybody, of those who may not read for one at a time (503 busy). Who is not may sign the request (SignedRequests; 400 and 401 as there).
void add_gossip_routes(http::RouteTable& routes, const GossipServices& services);

}  // namespace avow::node::api
