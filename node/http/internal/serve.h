#pragma once

#include "node/http/internal/connection.h"
#include "node/http/listener.h"

namespace avow::node::http {

/// Reads, judges, routes and answers the requests of one connection until either side ends it.
/// Never throws.
void serve(Connection& connection, const RouteTable& routes, const ListenerConfig& config) noexcept;

}  // namespace avow::node::http
