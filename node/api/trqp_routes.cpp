#include "node/api/trqp_routes.h"

#include "node/api/request_body.h"
#include "node/trust/trqp.h"
#include "registry/feed.h"

namespace avow::node::api {
namespace {

constexpr std::size_t kMaxTrqpBody = std::size_t{32} * 1024;

http::Response answer_query(const http::Request& http_request, const TrqpServices& services,
                            TrqpQuery query) {
  const auto body = parse_body(http_request, kMaxTrqpBody);
  if (!body) return body_fault_response(body.error());
  const auto request = read_trqp_request(*body);
  if (!request) return field_fault(request.error());
  const auto view = services.replica.view();
  if (view == nullptr || request->authority_id != authority_id(view->charter()))
    return http::problem(404, "not_found", "this node does not speak for that authority");
  const core::Instant now = services.clock.now();
  // Until then more may be said, so the answer would not be true.
  if (request->time && *request->time > now + registry::kMaxAhead) {
    return http::problem(400, "time_in_future", "context.time is still to come",
                         {{"/context/time", "is after the time of this node"}});
  }
  const AuthorityQuestion question{request->entity_id, request->action, request->resource,
                                   request->time.value_or(now), now};
  const auto& freshness = view->charter().freshness;
  const auto ask = query == TrqpQuery::authorization ? authorization : recognition;
  const AuthorityRuling ruling = ask(*view, question, freshness.limit(revocation::Tier::normal));
  return http::json_response(
      200, services.sign(
               trqp_answer(query, *request, ruling, now, freshness.limit(revocation::Tier::high))));
}

}  // namespace

void add_trqp_routes(http::RouteTable& routes, const TrqpServices& services) {
  for (const auto query : {TrqpQuery::authorization, TrqpQuery::recognition}) {
    routes.add({"POST", query == TrqpQuery::authorization ? "/authorization" : "/recognition",
                [services, query](const http::Request& request) {
                  return answer_query(request, services, query);
                },
                kMaxTrqpBody});
  }
}

}  // namespace avow::node::api
