#include "did/did_webvh.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/trust/authority.h"
#include "node/trust/registry_trust_policy.h"
#include "node/version.h"
#include "vc/verdict.h"

namespace avow::node::api {
namespace {

core::Json member_row(const registry::View& view, const registry::Member& member,
                      core::Instant now) {
  const core::Milliseconds limit = view.charter().freshness.limit(revocation::Tier::normal);
  const registry::FeedAge age = view.freshness(member.scid, now);
  core::Json row = core::Json::object({{"did", member.did},
                                       {"epoch", age.epoch},
                                       {"sequence", age.sequence},
                                       {"fresh", age.within(limit)}});
  if (age.age) row.set("ageSeconds", std::int64_t{age.age->count() / 1000});
  if (const auto frozen = view.frozen(member.scid)) row.set("frozenAt", node::to_json(*frozen));
  return row;
}

http::Response status(const AdminServices& services) {
  const core::Instant now = services.clock.now();
  core::Json body = core::Json::object({{"name", services.organisation.name},
                                        {"did", services.organisation.did().text()},
                                        {"version", kVersion},
                                        {"publicUrl", services.public_url},
                                        {"defaultProfile", vc::name_of(services.default_profile)},
                                        {"maySign", services.membership.may_sign()},
                                        {"time", core::format_milliseconds(now)}});
  if (!services.node_key.empty()) body.set("nodeKey", services.node_key);
  if (!services.peer_address.empty()) body.set("peerAddress", services.peer_address);
  const auto tell = [&body](const char* name, const Result<void, Error>& may) {
    if (!may)
      body.set(name, core::Json::object({{"code", code_name(may.error().code)},
                                         {"why", may.error().why},
                                         {"fix", may.error().fix}}));
  };
  tell("mayNotSign", services.membership.check_may_sign());
  if (services.witness != nullptr) tell("mayNotWitness", services.witness->check());
  UnsaidStatements::Counts unsaid;
  const auto read = services.database.read(
      [&](core::Connection& connection) { unsaid = UnsaidStatements::count(connection); });
  if (!read) return error_response(from_core(read.error(), "cannot read the database"));
  if (unsaid.stops + unsaid.batches > 0)
    body.set("toSayAgain",
             core::Json::object({{"stops", unsaid.stops}, {"batches", unsaid.batches}}));
  if (const auto view = services.replica.view()) {
    body.set("network", view->charter().network);
    body.set("viewRoot", view->root());
    core::Json members = core::Json::array();
    for (const auto& [scid, member] : view->charter().members)
      members.push_back(member_row(*view, member, now));
    body.set("members", std::move(members));
  }
  return http::json_response(200, body);
}

http::Response identity(const AdminServices& services) {
  core::Json body =
      core::Json::object({{"name", services.organisation.name},
                          {"did", services.organisation.did().text()},
                          {"scid", services.organisation.entry.scid},
                          {"assertionMethod", services.organisation.assertion_method()},
                          {"publicUrl", services.public_url}});
  if (const auto parallel = did::parallel_did_web(services.organisation.entry))
    body.set("didWeb", *parallel->find("id"));
  return http::json_response(200, body);
}

http::Response peers(const AdminServices& services) {
  core::Json rows = core::Json::array();
  for (const gossip::PeerState& peer : services.gossip.peers()) {
    core::Json row = core::Json::object({{"url", peer.url},
                                         {"state", peer.reachable ? "reachable" : "unreachable"},
                                         {"queued", peer.queued}});
    if (peer.last_success) row.set("lastSuccess", core::format_milliseconds(*peer.last_success));
    if (!peer.last_error.empty()) row.set("lastError", peer.last_error);
    if (services.known_peers != nullptr) {
      const auto key = services.known_peers->proven_at(peer.url);
      const auto member = key.empty() ? "" : services.known_peers->member_of(key);
      if (!key.empty()) row.set("key", key);
      if (!member.empty()) row.set("member", member);
    }
    rows.push_back(std::move(row));
  }
  return http::json_response(200, core::Json::object({{"peers", std::move(rows)}}));
}

http::Response audit_tail(const http::Request& request, const AdminServices& services) {
  const auto count = query_number(request, "limit", 20);
  if (!count || *count < 1 || *count > 1000)
    return http::problem(400, "bad_query", "limit is a whole number from 1 to 1000");
  const auto rows = services.audit.tail(services.database, static_cast<std::size_t>(*count));
  if (!rows) return error_response(rows.error());
  core::Json list = core::Json::array();
  for (const AuditRow& row : *rows) {
    list.push_back(core::Json::object({{"seq", row.seq},
                                       {"time", row.time},
                                       {"actor", row.entry.actor},
                                       {"action", row.entry.action},
                                       {"subject", row.entry.subject},
                                       {"detail", row.entry.detail},
                                       {"hash", core::to_multibase(row.hash)}}));
  }
  return http::json_response(200, core::Json::object({{"rows", std::move(list)}}));
}

http::Response audit_verify(const AdminServices& services) {
  const auto report = services.audit.verify(services.database);
  if (!report) return error_response(report.error());
  return http::json_response(200, audit_report_json(*report));
}

}  // namespace

std::string actor_of(const http::Request& request) {
  return request.peer_uid ? "uid " + std::to_string(*request.peer_uid) : request.peer;
}

core::Json audit_report_json(const AuditReport& report) {
  core::Json body = core::Json::object({{"ok", !report.first_fault.has_value()},
                                        {"rows", report.rows},
                                        {"head", core::to_multibase(report.head)}});
  if (report.first_fault) {
    body.set("firstBadRow", report.first_fault->seq);
    body.set("reason", report.first_fault->reason);
  }
  return body;
}

void add_operator_routes(http::RouteTable& routes, const AdminServices& services) {
  routes.add({"GET", "/v1/status", [services](const http::Request&) { return status(services); }});
  routes.add(
      {"GET", "/v1/identity", [services](const http::Request&) { return identity(services); }});
  routes.add({"GET", "/v1/peers", [services](const http::Request&) { return peers(services); }});
  routes.add({"GET", "/v1/audit",
              [services](const http::Request& request) { return audit_tail(request, services); }});
  routes.add({"GET", "/v1/audit/verify",
              [services](const http::Request&) { return audit_verify(services); }});
}

}  // namespace avow::node::api
