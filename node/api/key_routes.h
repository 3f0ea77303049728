#pragma once

#include "node/http/route.h"
#include "node/key_compromise.h"

namespace avow::node::api {

/// On the admin socket.
///
/// POST /v1/keys/compromised/draft  {"key","upTo"?:{"epoch","sequence"}} → {"key","publicKeyMultibase","words":[…]}; nothing is signed
/// POST /v1/keys/compromised        {"key","upTo"?,"reason"} → {"key","upTo","said":{"epoch","sequence"}}
void add_key_routes(http::RouteTable& routes, KeyCompromise& keys);

}  // namespace avow::node::api
