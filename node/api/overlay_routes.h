#pragma once

#include "core/clock.h"
#include "core/database.h"
#include "node/audit/audit_log.h"
#include "node/http/route.h"
#include "node/trust/local_rules.h"

namespace avow::node::api {

/// What the routes need; all outlive them.
struct OverlayServices {
  LocalRuleBook& local_rules;
  core::Database& database;
  const AuditLog& audit;
  const core::Clock& clock;
};

/// This node's own rules, on the admin socket. They need no consortium, and nobody else hears of them.
///
/// GET /v1/trust/overlay     {"denials":[{"did"?,"type"?,"reason","since"}…],"maxAgeSeconds"?}; each of the others answers so too
/// POST /v1/trust/deny       {"did"?,"type"?,"reason"?}, a DID or a type at least
/// POST /v1/trust/allow      {"did"?,"type"?}: takes just that denial back
/// POST /v1/trust/max-age    {"seconds"?}: how old what is known of an issuer may be; without it the charter's tier alone counts
void add_overlay_routes(http::RouteTable& routes, const OverlayServices& services);

}  // namespace avow::node::api
