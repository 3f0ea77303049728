#pragma once

#include "core/clock.h"
#include "core/database.h"
#include "node/data_directory.h"
#include "node/governance.h"
#include "node/http/route.h"
#include "registry/replica.h"

namespace avow::node::api {

/// What the routes need; all outlive them.
struct GovernanceServices {
  Governance& governance;
  const registry::Replica& replica;
  core::Database& database;
  const Organisation& organisation;
  const core::Clock& clock;
};

/// How the network is governed, on the admin socket.
///
/// GET /v1/members              {"members":[{"did","scid","standing","since"?,"until"?,"slot"?,"governs","admittedBy",
///                               "epoch"?,"sequence"?,"hash"?}…]}: standing is member, suspended or evicted; the last three
///                               name the last statement that counts
/// GET /v1/governance           {"network","slot","hash","quorum","governors":[{"did","scid","version","self"}…],"forkedSlot"?,"rulesUnknown"?:{"code","rules","why","fix"},"witnesses"?:{"threshold","of":[{"id"}…]},
///                               "emergencies":[{"did","from","until"}…],"calls":[{"did","from","until","by":[DID…]}…],"open":{"slot","round","proposals":[{"hash","words":[…],
///                               "prepares":[DID…],"commits":[DID…]}…],"closes":[DID…]},"next"?:{"step","round","phase"?,"value"?,
///                               "lock"?,"closing"?},"refusal"?:{"code","what","why","fix"}}; `calls` are emergencies as governors signed them, counting or not; `next`, of a governor: what it
///                               may sign, and what that says; `closing` is the value of a close instead of it;
///                               `refusal`, of a governor: why this node signs none
/// GET /v1/governance/slots     {"slots":[{"slot","hash","words":[…],"by":[DID…]}…]}
/// POST /v1/governance/draft    {"actions":[…]}, as slot.h has them, or {"change":"admit","entry"},
///                               {"change":"suspend"|"reinstate","member","from"?}, {"change":"evict","member"},
///                               {"change":"grant","member","types","depth","from"?,"until"?}; a member by
///                               DID or SCID → {"slot","hash","actions","words":[…]}; nothing is signed
/// POST /v1/governance/propose  {"actions","hash"} of a draft → {"slot","hash","vote"}
/// POST /v1/governance/vote     {"slot","round","phase","value"} of `next` → {…,"vote"}; phase "close" at any time
/// POST /v1/governance/emergency  {"member","from"?,"until"} or {"member","from"?,"seconds"} → {"did","from","until","needed","emergency"}
void add_governance_routes(http::RouteTable& routes, const GovernanceServices& services);

}  // namespace avow::node::api
