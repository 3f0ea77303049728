#pragma once

#include <functional>
#include <vector>

#include "core/clock.h"
#include "node/http/route.h"
#include "node/issued_batches.h"
#include "node/membership.h"
#include "revocation/status_list_publisher.h"

namespace avow::node::api {

/// GET /status/{list}: our status lists as signed credentials, with ETag and If-None-Match.
/// While `membership` may sign nothing there are none: a restored database does not know what was revoked since.
void add_status_list_routes(http::RouteTable& routes, revocation::StatusListPublisher& publisher,
                            const Membership& membership, const core::Clock& clock);

/// GET /ns/v1, the path of our JSON-LD context's URL: the context itself, for processors that read credentials as RDF and
/// are told to load it from here. It never changes.
void add_context_route(http::RouteTable& routes);

/// GET /v1/issued/{leaf}: where a batch of the own feed holds what has that leaf (registry::IssuedBatch), as
/// {"epoch","sequence","index","path":["u…"]}, for whoever presents it to give along after its key was stolen. Only who
/// has the document knows its leaf. 404 if it is not published (yet).
void add_issued_route(http::RouteTable& routes, const IssuedBatches& issued);

/// One reason why a node is not ready; `ok` with an empty detail otherwise.
struct Readiness {
  std::string name;
  bool ok = false;
  std::string detail = {};
};

/// GET /healthz: the process answers. GET /readyz: 200 if every part is ready, else 503 with what is not.
void add_health_routes(http::RouteTable& routes,
                       const std::function<std::vector<Readiness>()>& readiness);

}  // namespace avow::node::api
