#pragma once

#include "node/http/route.h"
#include "node/issued_batches.h"
#include "node/key_compromise.h"

namespace avow::node::api {

/// GET /v1/issued/{leaf}: where a batch of the own feed holds what has that leaf (registry::IssuedBatch), as
/// {"epoch","sequence","index","path":["u…"]}, for whoever presents it to give along after its key was stolen. Only who
/// has the document knows its leaf. 404 if it is not published (yet).
void add_issued_route(http::RouteTable& routes, const IssuedBatches& issued);

/// On the admin socket.
///
/// POST /v1/keys/compromised/draft  {"key","upTo"?:{"epoch","sequence"}} → {"key","publicKeyMultibase","words":[…]}; nothing is signed
/// POST /v1/keys/compromised        {"key","upTo"?,"reason"} → {"key","upTo","said":{"epoch","sequence"}}
void add_key_routes(http::RouteTable& routes, KeyCompromise& keys);

}  // namespace avow::node::api
