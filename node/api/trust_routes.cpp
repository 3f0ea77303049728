#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/transaction.h"
#include "node/trust/authority.h"
#include "node/trust/disputes.h"
#include "registry/body.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxTrustBody = std::size_t{64} * 1024;

http::Response no_consortium() {
  return error_response({ErrorCode::conflict, "this node belongs to no consortium",
                         "it was started without --charter", "avow serve --charter FILE"});
}

/// Says a statement of trust about a member, after the body has passed the registry's own reading of it. `warning` goes
/// into the answer.
http::Response say(const http::Request& request, const AdminServices& services,
                   registry::StatementKind kind, const core::Json& body, const std::string& subject,
                   const std::optional<std::string>& warning = std::nullopt) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  if (view->member(subject) == nullptr) {
    return error_response({ErrorCode::not_found, subject + " is not a member of this consortium",
                           "no slot that is decided has admitted that DID",
                           "see: avow member list"});
  }
  std::optional<registry::SaidAt> said;
  const auto done = transact(
      services.database, "the statement could not be stored",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        const core::Instant now = services.clock.now();
        auto appended = services.membership.say(transaction, kind, body, now);
        if (!appended) return fail(appended.error());
        said = *appended;
        services.audit.append(
            transaction, now,
            {actor_of(request), "trust." + std::string(registry::name_of(kind)), subject, body});
        return {};
      });
  if (!done) return error_response(done.error());
  if (auto released = services.membership.release(); !released)
    return error_response(released.error());
  core::Json answer = body;
  if (said) answer.set("epoch", said->epoch).set("sequence", said->sequence);
  if (warning) answer.set("warning", *warning);
  return http::json_response(200, answer);
}

http::Response bad_body(const registry::Error& error) {
  return http::problem(400, registry::code_name(error.code), error.detail);
}

http::Response accredit(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxTrustBody);
  if (!body) return body_fault_response(body.error());
  const auto accreditation = registry::parse_accreditation(*body);
  if (!accreditation) return bad_body(accreditation.error());
  if (accreditation->until && *accreditation->until <= services.clock.now()) {
    return error_response({ErrorCode::invalid_input, "this accreditation has ended already",
                           "the time of its end is past",
                           "give an --until in the future, or none"});
  }
  std::optional<std::string> warning;
  if (const auto view = services.replica.view()) {
    warning = warning_of_accrediting(*view, services.organisation.did().text(),
                                     accreditation->types, services.clock.now());
  }
  return say(request, services, registry::StatementKind::accredit,
             registry::to_json(*accreditation), accreditation->subject, warning);
}

http::Response end_accreditation(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxTrustBody);
  if (!body) return body_fault_response(body.error());
  const auto end = registry::parse_accreditation_end(*body);
  if (!end) return bad_body(end.error());
  const auto view = services.replica.view();
  const registry::FeedFold* feed =
      view != nullptr ? view->feed(services.membership.feed()) : nullptr;
  for (const std::string& type : end->types) {
    if (feed != nullptr && feed->accreditation(end->subject, type, services.clock.now()) != nullptr)
      continue;
    return error_response({ErrorCode::not_found,
                           "this organisation has not accredited " + end->subject + " for " + type,
                           "only who has accredited takes it back", "see: avow trust list"});
  }
  return say(request, services, registry::StatementKind::accredit_revoke, registry::to_json(*end),
             end->subject);
}

/// The charter is slot 1; a later slot is a vote of its own.
std::string decided_by(const registry::Grant& grant) {
  return grant.slot == 1 ? "charter" : "slot " + std::to_string(grant.slot);
}

/// Grants of the network and accreditations in force now.
http::Response list(const AdminServices& services) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  const core::Instant now = services.clock.now();
  core::Json rows = core::Json::array();
  const registry::Charter& charter = view->charter();
  for (const registry::Grant& grant : charter.grants) {
    if (!grant.in_force(now) || charter.is_evicted(grant.member)) continue;
    const registry::Member* member = view->member(grant.member);
    for (const std::string& type : grant.types) {
      core::Json line =
          core::Json::object({{"kind", "grant"},
                              {"subject", member != nullptr ? member->did : grant.member},
                              {"type", type},
                              {"by", decided_by(grant)},
                              {"depth", grant.depth}});
      if (grant.until) line.set("until", core::format_seconds(*grant.until));
      rows.push_back(std::move(line));
    }
  }
  for (const auto& [scid, member] : charter.members) {
    const registry::FeedFold* feed = view->feed(scid);
    if (feed == nullptr || charter.is_evicted(scid)) continue;
    for (const auto& [key, history] : feed->accreditations()) {
      const registry::AccreditationRow* row = feed->accreditation(key.first, key.second, now);
      if (row == nullptr) continue;
      core::Json line = core::Json::object({{"kind", "accredit"},
                                            {"subject", key.first},
                                            {"type", key.second},
                                            {"by", member.did},
                                            {"depth", row->depth}});
      if (row->until) line.set("until", core::format_seconds(*row->until));
      rows.push_back(std::move(line));
    }
  }
  return http::json_response(200, core::Json::object({{"rows", std::move(rows)}}));
}

http::Response list_disputes(const AdminServices& services) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  core::Json rows;
  const auto read = services.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    rows = disputes(*view, store);
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the proofs of forks"));
  return http::json_response(200, core::Json::object({{"disputes", std::move(rows)}}));
}

http::Response query(const http::Request& request, const AdminServices& services) {
  const auto body = parse_body(request, kMaxTrustBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string entity = reader.string("entity");
  const std::string action = reader.string("action", 128);
  const std::string resource = reader.string("resource");
  const core::Instant now = services.clock.now();
  const core::Instant at = reader.optional_instant("at").value_or(now);
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  core::Json answer = explain(*view, {entity, action, resource, at, now},
                              view->charter().freshness.limit(revocation::Tier::normal));
  // The network's answer all the same: this rule is for what is verified here.
  const auto own = services.local_rules.rules();
  if (const Denial* denial = own->find(entity, action == "issue" ? resource : ""))
    answer.set("localRule", to_json(*denial));
  return http::json_response(200, answer);
}

}  // namespace

void add_trust_routes(http::RouteTable& routes, const AdminServices& services) {
  routes.add({"GET", "/v1/trust", [services](const http::Request&) { return list(services); }});
  routes.add({"GET", "/v1/trust/disputes",
              [services](const http::Request&) { return list_disputes(services); }});
  routes.add({"POST", "/v1/trust/accredit",
              [services](const http::Request& request) { return accredit(request, services); },
              kMaxTrustBody});
  routes.add(
      {"POST", "/v1/trust/revoke",
       [services](const http::Request& request) { return end_accreditation(request, services); },
       kMaxTrustBody});
  routes.add({"POST", "/v1/trust/query",
              [services](const http::Request& request) { return query(request, services); },
              kMaxTrustBody});
}

}  // namespace avow::node::api
