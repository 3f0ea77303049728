#include "node/api/gossip_routes.h"

#include "node/api/request_body.h"
#include "node/api/turns.h"
#include "node/http/peer_client.h"

namespace avow::node::api {
namespace {

constexpr std::size_t kMaxQuestionBytes = 1024;
constexpr std::size_t kMaxTreeBytes = std::size_t{64} << 10;

http::Response malformed(const core::Error& error) {
  return http::problem(400, core::code_name(error.code), error.detail,
                       {{error.pointer, error.detail}});
}

http::Response no_charter() {
  return http::problem(503, "no_charter", "this node belongs to no consortium");
}

http::Response push(const http::Request& request, const GossipServices& services) {
  const auto body = parse_body(request, gossip::kMaxBodyBytes);
  if (!body) return body_fault_response(body.error());
  const auto message = gossip::parse_push(*body);
  if (!message) return malformed(message.error());
  if (!services.membership.joined()) return no_charter();
  const auto answer = services.gossip.receive(
      message->objects, services.known == nullptr ? "" : services.known->peer_behind(request));
  if (!answer) return error_response(answer.error());
  return http::json_response(200, gossip::to_json(*answer));
}

http::Response since(const http::Request& request, const GossipServices& services) {
  const auto cursor = query_number(request, "cursor", 0);
  const auto max = query_number(request, "max", static_cast<std::int64_t>(registry::kMaxBatch));
  if (!cursor || !max || *max < 1)
    return http::problem(400, "bad_query", "cursor and max are whole numbers");
  const auto view = services.replica.view();
  if (view == nullptr) return no_charter();
  const std::string* named = request.query_value("feed");
  const auto feed = named == nullptr ? std::nullopt : std::optional<std::string_view>(*named);
  registry::Changes changes;
  const auto read = services.database.read([&](core::Connection& connection) {
    changes = services.replica.since(
        connection, *cursor, std::min(static_cast<std::size_t>(*max), registry::kMaxBatch), feed);
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the replica"));
  return http::json_response(200, gossip::to_json(changes, view->root(), services.gossip.name()));
}

http::Response fetch(const http::Request& request, const GossipServices& services) {
  const auto body = parse_body(request, gossip::kMaxBodyBytes);
  if (!body) return body_fault_response(body.error());
  const auto wanted = gossip::parse_fetch(*body);
  if (!wanted) return malformed(wanted.error());
  if (!services.membership.joined()) return no_charter();
  registry::Objects objects;
  const auto read = services.database.read([&](core::Connection& connection) {
    objects =
        services.replica.fetch(connection, wanted->want, wanted->hashes, gossip::kMaxTextBytes);
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the replica"));
  return http::json_response(200, gossip::to_json(objects));
}

http::Response tree(const http::Request& request, const GossipServices& services) {
  const auto body = parse_body(request, kMaxTreeBytes);
  if (!body) return body_fault_response(body.error());
  const auto ranges = gossip::parse_tree(*body);
  if (!ranges) return malformed(ranges.error());
  const auto view = services.replica.view();
  if (view == nullptr) return no_charter();
  return http::json_response(200,
                             gossip::to_json(registry::ViewTree(view->parts()).answer(*ranges)));
}

int status_of(registry::ErrorCode code) {
  switch (code) {
    case registry::ErrorCode::unknown_feed:
      return 404;
    case registry::ErrorCode::not_a_witness:
      return 403;
    case registry::ErrorCode::already_signed:
    case registry::ErrorCode::log_forked:
    case registry::ErrorCode::entries_missing:
    case registry::ErrorCode::not_yet_valid:
      return 409;
    case registry::ErrorCode::hourly_limit:
      return 429;
    case registry::ErrorCode::no_charter:
    case registry::ErrorCode::restored_backup:
    case registry::ErrorCode::guard_file:
      return 503;
    default:  // all others are faults of the entry
      return 400;
  }
}

http::Response refusal_response(const registry::Error& refusal) {
  // Where its file lies, and what the system says of it, is for the own log: the words go on into others'.
  const bool is_inside = refusal.code == registry::ErrorCode::guard_file;
  auto response = http::problem(
      status_of(refusal.code), code_name(refusal.code),
      is_inside ? "this witness cannot read or write its guard file" : refusal.detail);
  if (is_inside) response.fault = refusal.detail;
  if (response.status == 429) response.headers.emplace_back("Retry-After", "3600");
  return response;
}

http::Response witness(const http::Request& request, const GossipServices& services) {
  const auto body = parse_body(request, gossip::kMaxBodyBytes);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto entry = reader.text("log_entry", registry::kMaxLogEntryBytes);
  if (const auto fault = reader.finish(core::JsonReader::Members::closed)) return malformed(*fault);
  if (services.witness == nullptr)
    return http::problem(404, "not_a_witness", "this node is no witness");
  const auto answer = services.witness->witness(entry);
  if (!answer) return error_response(answer.error());
  if (*answer) return http::json_response(200, core::Json::object({{"witness_proof", **answer}}));
  return refusal_response(answer->error());
}

http::Response holding(const http::Request& request, const GossipServices& services) {
  const auto body = parse_body(request, kMaxQuestionBytes);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto feed = reader.string("feed", 64);
  const auto challenge = reader.string("challenge", 64);
  if (const auto fault = reader.finish(core::JsonReader::Members::closed)) return malformed(*fault);
  if (services.witness == nullptr)
    return http::problem(404, "not_a_witness", "this node is no witness");
  const auto answer = services.witness->holding(feed, challenge);
  if (!answer) return error_response(answer.error());
  return *answer ? http::json_response(200, **answer) : refusal_response(answer->error());
}

http::Response head(const http::Request& request, const GossipServices& services) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_charter();
  const registry::Head* newest = view->counted_head(path_parameter(request, "feed"));
  if (newest == nullptr) return http::problem(404, "not_found", "no head of that feed counts here");
  return {200, "application/json", {}, newest->text};
}

}  // namespace

namespace {

http::Response peer_unknown() {
  return http::problem(403, http::kPeerUnknown,
                       "what members publish is read here by their nodes, or over a private "
                       "network; no node.set that is known here names this key, and no member has "
                       "signed this request");
}

/// What gives what members publish: for those who may read it.
http::Response give(const http::Request& request, const GossipServices& services,
                    const http::Handler& handler) {
  if (services.known == nullptr || services.known->may_read(request)) return handler(request);
  if (services.signatures == nullptr) return peer_unknown();
  const auto is_signed = services.signatures->is_of_member(request);
  if (!is_signed)
    return http::problem(is_signed.error().status, is_signed.error().code,
                         is_signed.error().detail);
  return *is_signed ? handler(request) : peer_unknown();
}

/// What takes what is signed: for anybody. Of those who may not read one at a time, so that no flood of them stands before
/// what members give; who was refused for that signs what it asks.
http::Response take(const http::Request& request, const GossipServices& services, Turns& strangers,
                    const http::Handler& handler) {
  if (services.known == nullptr || services.known->may_read(request)) return handler(request);
  if (services.signatures != nullptr) {
    const auto is_signed = services.signatures->is_of_member(request);
    if (is_signed && *is_signed) return handler(request);
  }
  auto taken = strangers.try_take([&] { return handler(request); });
  if (taken) return std::move(*taken);
  auto busy =
      http::problem(503, http::kPeerBusy, "another who is not known here is being listened to");
  busy.headers.emplace_back("Retry-After", "1");
  return busy;
}

}  // namespace

void add_gossip_routes(http::RouteTable& routes, const GossipServices& services) {
  const auto for_readers = [services](http::Handler handler) -> http::Handler {
    return [services, handler = std::move(handler)](const http::Request& request) {
      return give(request, services, handler);
    };
  };
  const auto for_anybody = [services](http::Handler handler) -> http::Handler {
    return [services, strangers = std::make_shared<Turns>(1),
            handler = std::move(handler)](const http::Request& request) {
      return take(request, services, *strangers, handler);
    };
  };
  // A question of a few bytes has a whole view hashed.
  const auto turns = std::make_shared<Turns>(2);
  routes.add({"POST", "/gossip/v1/push", for_anybody([services](const http::Request& request) {
                return push(request, services);
              }),
              gossip::kMaxBodyBytes});
  routes.add({"GET", "/gossip/v1/since", for_readers([services](const http::Request& request) {
                return since(request, services);
              })});
  routes.add({"POST", "/gossip/v1/fetch", for_readers([services](const http::Request& request) {
                return fetch(request, services);
              }),
              gossip::kMaxBodyBytes});
  routes.add({"POST", "/gossip/v1/tree",
              for_readers([services, turns](const http::Request& request) {
                return turns->take([&] { return tree(request, services); });
              }),
              kMaxTreeBytes});
  routes.add({"POST", "/gossip/v1/witness", for_anybody([services](const http::Request& request) {
                return witness(request, services);
              }),
              gossip::kMaxBodyBytes});
  routes.add({"POST", "/gossip/v1/holding", for_readers([services](const http::Request& request) {
                return holding(request, services);
              }),
              kMaxQuestionBytes});
  routes.add(
      {"GET", "/gossip/v1/head/{feed}",
       for_readers([services](const http::Request& request) { return head(request, services); })});
}

}  // namespace avow::node::api
