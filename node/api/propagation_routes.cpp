// Who has a stop that this node's feed has said.

#include "core/sha256.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/key_compromise.h"
#include "registry/propagation.h"

namespace avow::node::api {
namespace {

constexpr const char* kWhatIds =
    "give the id of a credential of this node, or the hash or the place (1/41) of a statement of "
    "its feed (see: avow vc list)";

Error unknown_stop(const std::string& id) {
  return {ErrorCode::not_found, "there is no stop " + id,
          "this node has issued no credential with that id, and its feed has no statement there "
          "that counts",
          kWhatIds};
}

/// The statement that says how the credential stands.
Result<registry::Statement, Error> stop_of(const revocation::CredentialRecord& record,
                                           registry::FeedReader& store, const registry::View& view,
                                           const std::string& feed) {
  if (!record.changed_at)
    return fail(Error{ErrorCode::conflict, "nothing was said of " + record.id,
                      "it is active, and was never suspended",
                      "revoke it (avow vc revoke ID), or see: avow vc list"});
  using State = revocation::CredentialState;
  const auto& slot =
      record.state == State::revoked ? record.slots.revocation : record.slots.suspension;
  auto said = registry::find_change(store, view, feed, slot.list, slot.index,
                                    record.state != State::active, *record.changed_at);
  if (!said)
    return fail(Error{ErrorCode::conflict, "members have not been told of " + record.id,
                      "it acts on this node alone: its feed could not say it yet",
                      "see why with: avow status; the node says it when it may sign"});
  return std::move(*said);
}

Result<registry::Statement, Error> find_stop(const std::string& id, core::Connection& connection,
                                             const registry::View& view, const std::string& feed) {
  registry::FeedReader store(connection);
  if (const auto record = revocation::StatusListIssuer::find_credential(connection, id))
    return stop_of(*record, store, view, feed);
  const auto place = parse_position(id);
  auto said = place ? registry::find_counted(store, view, feed, *place)
                    : registry::find_counted(store, view, feed, id);
  if (!said) return fail(unknown_stop(id));
  if (registry::priority_of(said->kind) != registry::kStopPriority)
    return fail(Error{ErrorCode::invalid_input, "the statement " + id + " stops nothing",
                      "members acknowledge what is urgent, and this is " + said->kind_name,
                      kWhatIds});
  return std::move(*said);
}

core::Json member_json(const registry::Hearer& hearer) {
  const bool has_heard = hearer.state == registry::Hearer::State::heard;
  core::Json row = core::Json::object(
      {{"member", hearer.member->did}, {"name", hearer.member->location}, {"heard", has_heard}});
  if (hearer.since) row.set("since", core::format_milliseconds(*hearer.since));
  if (hearer.by) row.set("by", core::format_milliseconds(*hearer.by));
  if (!has_heard) row.set("reason", registry::name_of(hearer.state));
  if (hearer.last_head) row.set("lastHead", core::format_milliseconds(*hearer.last_head));
  return row;
}

core::Json peer_json(const gossip::PeerState& peer, bool waits) {
  core::Json row = core::Json::object({{"url", peer.url},
                                       {"state", peer.reachable ? "reachable" : "unreachable"},
                                       {"waits", waits}});
  if (!peer.last_error.empty()) row.set("lastError", peer.last_error);
  return row;
}

core::Json statement_json(const registry::Statement& said) {
  return core::Json::object({{"feed", said.feed},
                             {"epoch", said.epoch},
                             {"sequence", said.sequence},
                             {"hash", said.hash},
                             {"time", core::format_milliseconds(said.time)}});
}

/// As one connection sees it. Those who were evicted are told of, and not counted: nobody waits for them.
core::Json propagation(const std::string& id, const registry::Statement& said,
                       core::Connection& connection, const registry::View& view,
                       const AdminServices& services) {
  registry::FeedReader store(connection);
  std::int64_t heard = 0;
  std::int64_t of = 0;
  core::Json members = core::Json::array();
  for (const registry::Hearer& hearer :
       registry::who_has_heard(store, view, said.feed, registry::SaidAt{said.epoch, said.sequence},
                               services.clock.now())) {
    using State = registry::Hearer::State;
    heard += hearer.state == State::heard ? 1 : 0;
    of += hearer.state == State::evicted ? 0 : 1;
    members.push_back(member_json(hearer));
  }
  core::Json peers = core::Json::array();
  for (const gossip::PeerState& peer : services.gossip.peers())
    peers.push_back(peer_json(peer, store.is_queued(peer.url, said.hash)));
  return core::Json::object({{"id", id},
                             {"statement", statement_json(said)},
                             {"members", std::move(members)},
                             {"heard", heard},
                             {"of", of},
                             {"peers", std::move(peers)}});
}

http::Response show_propagation(const http::Request& request, const AdminServices& services) {
  const std::string id = path_parameter(request, "id");
  const auto view = services.replica.view();
  if (view == nullptr)
    return error_response({ErrorCode::conflict, "this node belongs to no consortium",
                           "it was started without --charter, so nobody else hears of " + id,
                           "avow serve --charter FILE"});
  Result<core::Json, Error> answer;
  const auto read = services.database.read([&](core::Connection& connection) {
    const auto said = find_stop(id, connection, *view, services.membership.feed());
    answer = said ? Result<core::Json, Error>(propagation(id, *said, connection, *view, services))
                  : fail(said.error());
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the replica"));
  return answer ? http::json_response(200, *answer) : error_response(answer.error());
}

}  // namespace

void add_propagation_routes(http::RouteTable& routes, const AdminServices& services) {
  routes.add({"GET", "/v1/revocations/{id}/propagation", [services](const http::Request& request) {
                return show_propagation(request, services);
              }});
}

}  // namespace avow::node::api
