#include "node/api/public_routes.h"

#include <algorithm>
#include <memory>

#include "node/api/request_body.h"
#include "node/api/turns.h"
#include "vc/avow_context.h"
#include "vc/namespace.h"

namespace avow::node::api {

void add_status_list_routes(http::RouteTable& routes, revocation::StatusListPublisher& publisher,
                            const Membership& membership, const core::Clock& clock) {
  routes.add({"GET", "/status/{list}",
              [&publisher, &membership, &clock](const http::Request& request) -> http::Response {
                if (auto may = membership.check_may_sign(); !may)
                  return error_response(may.error());
                const core::Instant now = clock.now();
                const auto list = publisher.publish(path_parameter(request, "list"), now);
                if (!list) return http::problem(404, "not_found", "there is no such status list");
                const auto age =
                    std::chrono::duration_cast<std::chrono::seconds>((*list)->valid_until - now) /
                    2;
                const http::NamedValues headers{
                    {"ETag", (*list)->etag},
                    {"Cache-Control",
                     "max-age=" + std::to_string(std::max<std::int64_t>(age.count(), 0))}};
                const std::string* known = request.header("if-none-match");
                if (known != nullptr && *known == (*list)->etag) return {304, "", headers, ""};
                return {200, "application/vc", headers, (*list)->text};
              }});
}

void add_context_route(http::RouteTable& routes) {
  constexpr std::string_view kScheme = "https://";
  const std::string path(vc::kAvowContext.substr(vc::kAvowContext.find('/', kScheme.size())));
  routes.add({"GET", path, [text = vc::avow_context()](const http::Request&) -> http::Response {
                return {200,
                        "application/ld+json",
                        {{"Cache-Control", "public, max-age=86400, immutable"}},
                        text};
              }});
}

void add_issued_route(http::RouteTable& routes, const IssuedBatches& issued) {
  // Each reads and hashes a whole batch, for anybody: half the readers are left to others.
  const auto turns = std::make_shared<Turns>(2);
  routes.add({"GET", "/v1/issued/{leaf}", [&issued, turns](const http::Request& request) {
                const auto leaf = core::sha256_from_multibase(path_parameter(request, "leaf"));
                if (!leaf)
                  return http::problem(400, "bad_multibase",
                                       "a leaf is \"u\" and 32 bytes in base64url");
                const auto proof = turns->take([&] { return issued.find(*leaf); });
                if (!proof)
                  return http::problem(404, "not_found",
                                       "nothing that this node has published has that leaf");
                return http::json_response(200, registry::to_json(*proof));
              }});
}

void add_health_routes(http::RouteTable& routes,
                       const std::function<std::vector<Readiness>()>& readiness) {
  routes.add(
      {"GET", "/healthz", [](const http::Request&) { return http::text_response(200, "ok\n"); }});
  routes.add({"GET", "/readyz", [readiness](const http::Request&) {
                core::Json checks = core::Json::object();
                bool ready = true;
                for (const Readiness& part : readiness()) {
                  checks.set(part.name, part.ok ? core::Json("ok") : core::Json(part.detail));
                  ready = ready && part.ok;
                }
                return http::json_response(
                    ready ? 200 : 503,
                    core::Json::object({{"ready", ready}, {"checks", std::move(checks)}}));
              }});
}

}  // namespace avow::node::api
