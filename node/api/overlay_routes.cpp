#include "node/api/overlay_routes.h"

#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/transaction.h"
#include "revocation/freshness.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxOverlayBody = std::size_t{8} * 1024;

core::Json overlay_json(const LocalRules& rules) {
  core::Json denials = core::Json::array();
  for (const auto& [key, denial] : rules.denials) denials.push_back(to_json(denial));
  core::Json json = core::Json::object({{"denials", std::move(denials)}});
  if (rules.max_age) json.set("maxAgeSeconds", std::int64_t{rules.max_age->count() / 1000});
  return json;
}

/// One change with its audit row; the answer is the rules as they are then.
http::Response change(const http::Request& request, const OverlayServices& services,
                      const std::string& action, const std::string& subject, core::Json detail,
                      const std::function<Result<void, Error>(core::Transaction&)>& work) {
  const auto done =
      transact(services.database, "the rule could not be stored",
               [&](core::Transaction& transaction) -> Result<void, Error> {
                 if (auto changed = work(transaction); !changed) return fail(changed.error());
                 services.audit.append(transaction, services.clock.now(),
                                       {actor_of(request), action, subject, std::move(detail)});
                 return {};
               });
  if (!done) return error_response(done.error());
  if (auto reloaded = services.local_rules.reload(); !reloaded)
    return error_response(reloaded.error());
  return http::json_response(200, overlay_json(*services.local_rules.rules()));
}

/// {"did"?,"type"?}, at least one of them.
core::Result<Denial, core::Error> read_denial(core::JsonReader& reader) {
  Denial denial;
  denial.did = reader.optional_string("did").value_or("");
  denial.type = reader.optional_string("type", 256).value_or("");
  if (denial.did.empty() && denial.type.empty())
    reader.fault(core::ErrorCode::missing_member, "did", "neither a DID nor a type is named");
  if (!denial.did.empty() && !denial.did.starts_with("did:"))
    reader.fault(core::ErrorCode::type, "did", "is not a DID");
  if (auto fault = reader.finish(Members::closed)) return core::fail(*fault);
  return denial;
}

http::Response deny(const http::Request& request, const OverlayServices& services) {
  const auto body = parse_body(request, kMaxOverlayBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string reason = reader.optional_string("reason", 1024).value_or("");
  auto denial = read_denial(reader);
  if (!denial) return field_fault(denial.error());
  denial->reason = reason;
  denial->since = services.clock.now();
  return change(request, services, "trust.deny", denial->did, to_json(*denial),
                [&](core::Transaction& tx) { return LocalRuleBook::deny(tx, *denial); });
}

http::Response allow(const http::Request& request, const OverlayServices& services) {
  const auto body = parse_body(request, kMaxOverlayBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto denial = read_denial(reader);
  if (!denial) return field_fault(denial.error());
  return change(request, services, "trust.allow", denial->did, *body, [&](core::Transaction& tx) {
    return LocalRuleBook::allow(tx, denial->did, denial->type);
  });
}

/// {"seconds"?}: without it the charter's tier alone counts.
http::Response set_max_age(const http::Request& request, const OverlayServices& services) {
  const auto body = parse_body(request, kMaxOverlayBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto seconds = reader.optional_integer("seconds", revocation::kShortestTier.count(),
                                               revocation::kLongestTier.count());
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  std::optional<core::Milliseconds> max_age;
  if (seconds) max_age = std::chrono::seconds(*seconds);
  return change(request, services, "trust.max_age", "", *body,
                [&](core::Transaction& tx) -> Result<void, Error> {
                  LocalRuleBook::set_max_age(tx, max_age);
                  return {};
                });
}

}  // namespace

void add_overlay_routes(http::RouteTable& routes, const OverlayServices& services) {
  routes.add({"GET", "/v1/trust/overlay", [services](const http::Request&) {
                return http::json_response(200, overlay_json(*services.local_rules.rules()));
              }});
  using Answer = http::Response (*)(const http::Request&, const OverlayServices&);
  for (const auto& [path, answer] : {std::pair<const char*, Answer>("/v1/trust/deny", deny),
                                     {"/v1/trust/allow", allow},
                                     {"/v1/trust/max-age", set_max_age}}) {
    routes.add({"POST", path,
                [services, function = answer](const http::Request& request) {
                  return function(request, services);
                },
                kMaxOverlayBody});
  }
}

}  // namespace avow::node::api
