#pragma once

#include <functional>

#include "core/clock.h"
#include "node/http/route.h"
#include "registry/replica.h"

namespace avow::node::api {

/// What the queries need; all outlive the routes.
struct TrqpServices {
  const registry::Replica& replica;
  const core::Clock& clock;
  /// The answer with the node's proof, or as it is while the node may sign nothing.
  std::function<core::Json(core::Json answer)> sign;
};

/// POST /authorization, POST /recognition: ToIP Trust Registry Query Protocol v2.0, answered from the replica alone.
/// Bodies and what is added to them: node/trust/trqp.h.
///
/// 200 whether the answer is yes or no. 404 not_found: the authority is not this network. 400: the body is no request, or
/// its time is still to come (time_in_future).
void add_trqp_routes(http::RouteTable& routes, const TrqpServices& services);

}  // namespace avow::node::api
