#include "node/api/key_routes.h"

#include "core/json_array.h"
#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxKeyBody = std::size_t{8} * 1024;
constexpr std::int64_t kMaxPosition = 9'007'199'254'740'991;

core::Json to_json(const registry::SaidAt& position) {
  return core::Json::object({{"epoch", position.epoch}, {"sequence", position.sequence}});
}

struct Request {
  std::string key;
  std::optional<registry::SaidAt> up_to;
  std::string reason;
};

core::Result<Request, core::Error> read_request(const core::Json& body, bool has_reason) {
  core::JsonReader reader(body);
  Request request{reader.string("key"), std::nullopt,
                  has_reason ? reader.text("reason", 1024) : ""};
  if (const core::Json* up_to = reader.any("upTo")) {
    core::JsonReader at(*up_to, "/upTo");
    request.up_to = registry::SaidAt{at.integer("epoch", 1, kMaxPosition),
                                     at.integer("sequence", 0, kMaxPosition)};
    if (auto fault = at.finish(Members::closed)) return core::fail(*fault);
  }
  if (auto fault = reader.finish(Members::closed)) return core::fail(*fault);
  return request;
}

http::Response draft(const http::Request& request, const KeyCompromise& keys) {
  const auto body = parse_body(request, kMaxKeyBody);
  if (!body) return body_fault_response(body.error());
  const auto asked = read_request(*body, /*has_reason=*/false);
  if (!asked) return field_fault(asked.error());
  const auto drafted = keys.draft(asked->key, asked->up_to);
  if (!drafted) return error_response(drafted.error());
  return http::json_response(200, core::Json::object({{"key", drafted->key},
                                                      {"publicKeyMultibase", drafted->public_key},
                                                      {"words", core::array_of(drafted->words)}}));
}

http::Response say(const http::Request& request, KeyCompromise& keys) {
  const auto body = parse_body(request, kMaxKeyBody);
  if (!body) return body_fault_response(body.error());
  const auto asked = read_request(*body, /*has_reason=*/true);
  if (!asked) return field_fault(asked.error());
  const auto done = keys.say(asked->key, asked->up_to, asked->reason, actor_of(request));
  if (!done) return error_response(done.error());
  return http::json_response(200, core::Json::object({{"key", done->key},
                                                      {"upTo", to_json(done->up_to)},
                                                      {"said", to_json(done->said)}}));
}

}  // namespace

void add_key_routes(http::RouteTable& routes, KeyCompromise& keys) {
  routes.add({"POST", "/v1/keys/compromised/draft",
              [&keys](const http::Request& request) { return draft(request, keys); }, kMaxKeyBody});
  routes.add({"POST", "/v1/keys/compromised",
              [&keys](const http::Request& request) { return say(request, keys); }, kMaxKeyBody});
}

}  // namespace avow::node::api
