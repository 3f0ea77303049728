#pragma once

#include <string>

#include "core/clock.h"
#include "did/resolver.h"
#include "node/http/route.h"
#include "node/strangers.h"

namespace avow::node::api {

struct DidServices {
  const did::Resolver& resolver;
  const did::Resolver& own_documents;
  std::string domain;  // host[:port] of the own organisation
  std::string log;     // the organisation's did.jsonl
  const core::Clock& clock;
  Strangers* strangers = nullptr;  // null: nothing is fetched
  std::string witness_file = {};   // its did-witness.json; empty: there is none
};

/// GET /1.0/identifiers/{did-or-did-url}: DID Resolution's HTTP binding, raw or percent-encoded.
void add_resolution_routes(http::RouteTable& routes, const DidServices& services);

/// GET /.well-known/did.json, /{path}/did.json (did:web), /.well-known/did.jsonl and did-witness.json (did:webvh): the
/// own organisation's documents.
void add_did_file_routes(http::RouteTable& routes, const DidServices& services);

}  // namespace avow::node::api
