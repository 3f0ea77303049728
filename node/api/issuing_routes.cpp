#include "core/json_array.h"
#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/trust/authority.h"
#include "registry/stopped_agents.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxIssuingBody = std::size_t{256} * 1024;
constexpr std::int64_t kMaxLifetimeSeconds = std::int64_t{24} * 3600;

/// As it is now: a disowning may be said ahead.
std::string_view state_of(const Agent& agent, const OwnStop* stop, core::Instant now) {
  if (stop != nullptr && stop->disowned_from && *stop->disowned_from <= now) return "disowned";
  if (agent.deactivated) return "deactivated";
  return stop != nullptr && stop->suspended ? "suspended" : "active";
}

core::Json agent_json(const Agent& agent, const AdminServices& services) {
  const auto all = services.stops.stops();
  const auto found = all->find(registry::agent_hash(agent.did));
  const OwnStop* stop = found == all->end() ? nullptr : &found->second;
  auto json = core::Json::object({{"name", agent.name},
                                  {"version", agent.version},
                                  {"type", agent.kind},
                                  {"did", agent.did},
                                  {"owner", agent.owner},
                                  {"ownerName", agent.owner_name},
                                  {"publicKeyMultibase", agent.public_key},
                                  {"state", state_of(agent, stop, services.clock.now())},
                                  {"added", core::format_seconds(agent.added)}});
  if (stop != nullptr && stop->disowned_from)
    json.set("disownedFrom", core::format_milliseconds(*stop->disowned_from));
  return json;
}

http::Response add_agent(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxIssuingBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  EnrolmentRequest enrolment;
  enrolment.name = reader.string("name");
  enrolment.version = reader.string("version");
  enrolment.kind = reader.string("type");
  enrolment.owner_name = reader.string("ownerName");
  enrolment.owner_id = reader.text("ownerId");
  enrolment.public_key = reader.string("publicKeyMultibase", 128);
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto agent = services.enrolment.add(enrolment, actor_of(request));
  if (!agent) return error_response(agent.error());
  return http::json_response(201, agent_json(*agent, services));
}

http::Response list_agents(const AdminServices& services) {
  const auto agents = services.enrolment.list();
  if (!agents) return error_response(agents.error());
  core::Json rows = core::Json::array();
  for (const Agent& agent : *agents) rows.push_back(agent_json(agent, services));
  return http::json_response(200, core::Json::object({{"agents", std::move(rows)}}));
}

http::Response change_standing(const http::Request& request, const AdminServices& services,
                               AgentStanding::Change change) {
  const auto body = parse_body(request, kMaxIssuingBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string reason = reader.text("reason", 1024);
  std::optional<core::Instant> from;
  if (change == AgentStanding::Change::disown) from = reader.optional_instant("from");
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto done = services.standing.change(path_parameter(request, "name"), change, from, reason,
                                             actor_of(request));
  if (!done) return error_response(done.error());
  core::Json answer =
      core::Json::object({{"name", done->agent.name},
                          {"did", done->agent.did},
                          {"state", state_of(done->agent, &done->after, services.clock.now())}});
  if (done->after.disowned_from)
    answer.set("from", core::format_milliseconds(*done->after.disowned_from));
  if (done->unsaid) answer.set("unsaid", done->unsaid->why);
  return http::json_response(200, answer);
}

core::Json issued_json(core::Json credential) {
  return core::Json::object({{"verifiableCredential", std::move(credential)}});
}

/// VCALM's body: {"credential":{…},"options":{…}?}.
http::Response issue(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxIssuingBody);
  if (!body) return body_fault_response(body.error());
  const core::Json* credential = body->find("credential");
  if (credential == nullptr)
    return http::problem(400, "missing_member", "the body has no credential",
                         {{"/credential", "is missing"}});
  const auto issued = services.issuer.issue(*credential, actor_of(request));
  return issued ? http::json_response(201, issued_json(*issued)) : error_response(issued.error());
}

/// Ours: for an agent by its name. The answer has a `warning` if members would not believe it now.
http::Response issue_to_agent(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxIssuingBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string name = reader.string("agent");
  const std::string type = reader.string("type", 128);
  const std::int64_t lifetime = reader.integer("lifetimeSeconds", 1, kMaxLifetimeSeconds);
  const core::Instant from = reader.optional_instant("validFrom").value_or(services.clock.now());
  const core::Json* claims = reader.object("claims");
  if (claims != nullptr && claims->is_object()) {
    // What says whom it is about comes from the enrolment, not from a file of claims.
    core::JsonReader members(*claims, "/claims");
    members.any("capabilities");
    members.any("limits");
    if (auto fault = members.finish(Members::closed)) return field_fault(*fault);
  }
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto agent = services.enrolment.find(name);
  if (!agent) return error_response(agent.error());
  const auto issued =
      services.issuer.issue(services.issuer.capability_credential(*agent, type, *claims, from,
                                                                  std::chrono::seconds(lifetime)),
                            actor_of(request));
  if (!issued) return error_response(issued.error());
  core::Json answer = issued_json(*issued);
  if (const auto view = services.replica.view()) {
    const auto warning =
        warning_of_issuing(*view, services.organisation.did().text(), type, services.clock.now());
    if (warning) answer.set("warning", *warning);
  }
  return http::json_response(201, answer);
}

core::Json record_json(const revocation::CredentialRecord& record) {
  core::Json row = core::Json::object({{"id", record.id},
                                       {"subject", record.subject},
                                       {"state", revocation::name_of(record.state)},
                                       {"issued", core::format_seconds(record.issued_at)}});
  row.set("types", core::array_of(record.types));
  if (record.valid_until) row.set("validUntil", core::format_seconds(*record.valid_until));
  if (record.changed_at) row.set("changed", core::format_seconds(*record.changed_at));
  return row;
}

/// ?limit (1 to 1,000; 100 if not given) and ?cursor (the `next` of the page before).
http::Response list_credentials(const http::Request& request, const AdminServices& services) {
  const auto limit = query_number(request, "limit", 100);
  const auto cursor = query_number(request, "cursor", INT64_MAX);
  if (!limit || *limit < 1 || *limit > 1000 || !cursor)
    return http::problem(400, "bad_query",
                         "limit is a whole number from 1 to 1000, cursor the next of a page");
  revocation::CredentialQuery query;
  query.limit = static_cast<std::size_t>(*limit);
  query.before = *cursor;
  revocation::CredentialPage page;
  const auto read = services.database.read([&](core::Connection& connection) {
    page = revocation::StatusListIssuer::list_credentials(connection, query);
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the credentials"));
  core::Json rows = core::Json::array();
  for (const auto& record : page.records) rows.push_back(record_json(record));
  core::Json body = core::Json::object({{"credentials", std::move(rows)}});
  if (page.next) body.set("next", std::to_string(*page.next));
  return http::json_response(200, body);
}

http::Response show_credential(const http::Request& request, const AdminServices& services) {
  const std::string id = path_parameter(request, "id");
  std::optional<revocation::CredentialRecord> record;
  const auto read = services.database.read([&](core::Connection& connection) {
    record = revocation::StatusListIssuer::find_credential(connection, id);
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the credentials"));
  if (!record)
    return error_response({ErrorCode::not_found, "there is no credential " + id,
                           "this node has issued none with that id", "see: avow vc list"});
  core::Json body = record_json(*record);
  if (auto credential = core::parse_json(record->text))
    body.set("verifiableCredential", std::move(*credential));
  return http::json_response(200, body);
}

http::Response change(const http::Request& request, const AdminServices& services,
                      CredentialIssuer::Change change) {
  const auto body = parse_body(request, kMaxIssuingBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string reason = reader.text("reason", 1024);
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto done =
      services.issuer.change(path_parameter(request, "id"), change, reason, actor_of(request));
  if (!done) return error_response(done.error());
  core::Json answer =
      core::Json::object({{"id", done->record.id},
                          {"before", revocation::name_of(done->change.before)},
                          {"state", revocation::name_of(done->change.after)},
                          {"audit", done->audit},
                          {"peers", static_cast<std::int64_t>(services.gossip.peers().size())}});
  core::Json lists = core::Json::array();
  for (const auto* slot : {&done->record.slots.revocation, &done->record.slots.suspension}) {
    lists.push_back(core::Json::object({{"url", services.public_url + "/status/" + slot->list},
                                        {"index", std::int64_t{slot->index.value()}}}));
  }
  answer.set("lists", std::move(lists));
  if (done->said) answer.set("epoch", done->said->epoch).set("sequence", done->said->sequence);
  if (done->unsaid) answer.set("unsaid", done->unsaid->why);
  return http::json_response(200, answer);
}

}  // namespace

void add_issuing_routes(http::RouteTable& routes, const AdminServices& services) {
  routes.add({"POST", "/v1/agents",
              [services](const http::Request& request) { return add_agent(request, services); },
              kMaxIssuingBody});
  routes.add(
      {"GET", "/v1/agents", [services](const http::Request&) { return list_agents(services); }});
  for (const auto what : {AgentStanding::Change::suspend, AgentStanding::Change::resume,
                          AgentStanding::Change::disown}) {
    routes.add({"POST", "/v1/agents/{name}/" + std::string(name_of(what)),
                [services, what](const http::Request& request) {
                  return change_standing(request, services, what);
                },
                kMaxIssuingBody});
  }
  routes.add({"POST", "/credentials/issue",
              [services](const http::Request& request) { return issue(request, services); },
              kMaxIssuingBody});
  routes.add(
      {"POST", "/v1/credentials",
       [services](const http::Request& request) { return issue_to_agent(request, services); },
       kMaxIssuingBody});
  routes.add({"GET", "/v1/credentials", [services](const http::Request& request) {
                return list_credentials(request, services);
              }});
  routes.add({"GET", "/v1/credentials/{id}", [services](const http::Request& request) {
                return show_credential(request, services);
              }});
  for (const auto what : {CredentialIssuer::Change::suspend, CredentialIssuer::Change::resume,
                          CredentialIssuer::Change::revoke}) {
    routes.add(
        {"POST", "/v1/credentials/{id}/" + std::string(name_of(what)),
         [services, what](const http::Request& request) { return change(request, services, what); },
         kMaxIssuingBody});
  }
}

}  // namespace avow::node::api
