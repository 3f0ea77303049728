#include "node/api/governance_routes.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "core/json_array.h"
#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"
#include "node/transaction.h"
#include "node/trust/authority.h"
#include "registry/emergency.h"
#include "registry/slot.h"
#include "vc/trust_code.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxGovernanceBody = registry::kMaxSlotBytes + 4096;

http::Response no_consortium() {
  return error_response({ErrorCode::conflict, "this node belongs to no consortium",
                         "it was started without --charter", "avow serve --charter FILE"});
}

Error not_a_member(const std::string& name) {
  return {ErrorCode::not_found, name + " is not a member of this consortium",
          "no slot that is decided has admitted it", "see: avow member list"};
}

std::string did_of(const registry::Charter& charter, const std::string& scid) {
  const auto* member = charter.find(scid);
  return member != nullptr ? member->did : scid;
}

core::Json member_json(const registry::View& view, const registry::Member& member,
                       core::Instant now) {
  const auto& charter = view.charter();
  core::Json row = core::Json::object({{"did", member.did},
                                       {"scid", member.scid},
                                       {"standing", "member"},
                                       {"governs", charter.governor(member.scid) != nullptr},
                                       {"admittedBy", member.slot}});
  if (const auto suspension = view.suspension(member.scid, now)) {
    row.set("standing", "suspended");
    row.set("since", core::format_milliseconds(suspension->from));
    if (suspension->until) row.set("until", core::format_milliseconds(*suspension->until));
    row.set("slot", suspension->slot);
  }
  if (const auto& cut = charter.standing_of(member.scid).evicted) {
    row.set("standing", "evicted");
    row.set("slot", cut->slot);
  }
  if (const auto* feed = view.feed(member.scid)) {
    row.set("epoch", feed->position()->epoch);
    row.set("sequence", feed->position()->sequence);
    row.set("hash", feed->position()->hash);
  }
  return row;
}

http::Response members(const GovernanceServices& services) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  core::Json rows = core::Json::array();
  for (const auto& [scid, member] : view->charter().members)
    rows.push_back(member_json(*view, member, services.clock.now()));
  return http::json_response(200, core::Json::object({{"members", std::move(rows)}}));
}

/// The DIDs of those who signed such a vote.
core::Json signers(const registry::Election& election, registry::VotePhase phase,
                   std::int64_t round, const std::string& value) {
  core::Json dids = core::Json::array();
  for (const auto& [hash, vote] : election.votes()) {
    const bool is_of_value = phase == registry::VotePhase::close || vote.value == value;
    if (vote.phase == phase && vote.round == round && is_of_value)
      dids.push_back(did_of(election.charter(), vote.governor));
  }
  return dids;
}

core::Json open_json(const registry::Election& election, const registry::View& view) {
  const auto round = election.tally().open_round();
  core::Json proposals = core::Json::array();
  for (const auto& [hash, proposal] : election.proposals()) {
    proposals.push_back(core::Json::object(
        {{"hash", hash},
         {"words", core::array_of(words_before_signing(view, election.charter(), proposal.slot))},
         {"prepares", signers(election, registry::VotePhase::prepare, round, hash)},
         {"commits", signers(election, registry::VotePhase::commit, round, hash)}}));
  }
  return core::Json::object({{"slot", election.charter().slot() + 1},
                             {"round", round},
                             {"proposals", std::move(proposals)},
                             {"closes", signers(election, registry::VotePhase::close, round, "")}});
}

std::string_view name_of(registry::NextStep step) {
  switch (step) {
    case registry::NextStep::decided:
      return "decided";
    case registry::NextStep::wait:
      return "wait";
    case registry::NextStep::commit:
      return "commit";
    case registry::NextStep::prepare_bound:
      return "prepare_bound";
    case registry::NextStep::choose:
      return "choose";
    case registry::NextStep::close:
      return "close";
  }
  return "";
}

core::Json next_json(const registry::Election& election, const std::string& scid) {
  const auto own = election.signed_by(scid);
  const auto next = registry::next_vote(own, election.tally());
  core::Json json =
      core::Json::object({{"step", name_of(next.step)}, {"round", election.tally().open_round()}});
  if (next.step == registry::NextStep::decided) return json;
  json.set("closing", election.hash_of(registry::closing_ballot(own, election.tally()).value));
  if (next.step == registry::NextStep::wait) return json;
  json.set("phase", registry::name_of(next.ballot.phase));
  json.set("value", election.hash_of(next.ballot.value));
  json.set("lock", next.ballot.lock);
  return json;
}

core::Json interval_json(const registry::Charter& charter, const std::string& scid,
                         core::Instant from, core::Instant until) {
  return core::Json::object({{"did", did_of(charter, scid)},
                             {"scid", scid},
                             {"from", core::format_milliseconds(from)},
                             {"until", core::format_milliseconds(until)}});
}

/// Emergencies that have not ended, each time once, with all who signed it and have a say.
core::Json calls_json(const std::vector<registry::EmergencyRecord>& emergencies,
                      const registry::View& view, core::Instant now) {
  const auto& charter = view.charter();
  const auto log_of = [&view](std::string_view scid) { return view.log(scid); };
  std::map<registry::EmergencyInterval, core::Json> by;
  for (const auto& one : emergencies) {
    if (one.until <= now || !registry::has_say(one, charter, log_of)) continue;
    auto& signers =
        by.try_emplace({one.scid, one.from, one.until}, core::Json::array()).first->second;
    signers.push_back(did_of(charter, one.governor));
  }
  core::Json calls = core::Json::array();
  for (auto& [interval, signers] : by) {
    auto call = interval_json(charter, interval.scid, interval.from, interval.until);
    call.set("begun", interval.from <= now);
    call.set("by", std::move(signers));
    calls.push_back(std::move(call));
  }
  return calls;
}

/// What governors have said and the store holds, as one snapshot of the database.
struct Said {
  registry::Election election;
  std::vector<registry::EmergencyRecord> emergencies;
};

Result<Said, Error> said(const GovernanceServices& services) {
  std::vector<registry::EmergencyRecord> emergencies;
  std::optional<registry::Result<registry::Election, registry::Error>> election;
  const auto read = services.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    election.emplace(services.replica.election(store));
    emergencies = store.emergencies();
  });
  if (!read) return fail(from_core(read.error(), "cannot read the votes"));
  if (!*election) return fail(from_registry(election->error(), "there is nothing to show"));
  return Said{std::move(**election), std::move(emergencies)};
}

http::Response show(const GovernanceServices& services) {
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  const auto found = said(services);
  if (!found) return error_response(found.error());
  const auto* votes = &found->election;
  const auto& charter = votes->charter();
  const std::string& own = services.organisation.entry.scid;
  core::Json governors = core::Json::array();
  for (const auto& governor : charter.governors) {
    governors.push_back(core::Json::object({{"did", did_of(charter, governor.scid)},
                                            {"scid", governor.scid},
                                            {"version", governor.version},
                                            {"self", governor.scid == own}}));
  }
  core::Json emergencies = core::Json::array();
  for (const auto& one : view->emergencies()) {
    if (one.until <= services.clock.now()) continue;
    emergencies.push_back(interval_json(charter, one.scid, one.from, one.until));
  }
  core::Json answer =
      core::Json::object({{"network", charter.network},
                          {"slot", charter.slot()},
                          {"hash", charter.slot_hash()},
                          {"quorum", charter.quorum},
                          {"governors", std::move(governors)},
                          {"emergencies", std::move(emergencies)},
                          {"calls", calls_json(found->emergencies, *view, services.clock.now())},
                          {"open", open_json(*votes, *view)}});
  if (const auto& witnesses = charter.witnesses(); !witnesses.empty())
    answer.set("witnesses", core::Json::object({{"threshold", witnesses.threshold},
                                                {"of", registry::to_json(witnesses)}}));
  if (charter.forked_slot) answer.set("forkedSlot", *charter.forked_slot);
  if (const auto why = charter.unknown_rules())
    answer.set("rulesUnknown",
               core::Json::object({{"code", code_name(vc::TrustCode::rules_unknown)},
                                   {"rules", charter.rules},
                                   {"why", *why},
                                   {"fix", kUpdate}}));
  if (charter.governor(own) != nullptr) {
    answer.set("next", next_json(*votes, own));
    if (const auto may = services.governance.check_may_vote(); !may)
      answer.set("refusal", core::Json::object({{"code", code_name(may.error().code)},
                                                {"what", may.error().what},
                                                {"why", may.error().why},
                                                {"fix", may.error().fix}}));
  }
  return http::json_response(200, answer);
}

http::Response history(const GovernanceServices& services) {
  std::optional<registry::Result<std::vector<registry::PastSlot>, registry::Error>> past;
  const auto read = services.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    past.emplace(services.replica.history(store));
  });
  if (!read) return error_response(from_core(read.error(), "cannot read the slots"));
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  if (!*past)
    return error_response(
        {ErrorCode::storage, "the stored slots cannot be read", past->error().detail, ""});
  core::Json rows = core::Json::array();
  for (const auto& slot : **past) {
    core::Json by = core::Json::array();
    for (const auto& scid : slot.by) by.push_back(did_of(view->charter(), scid));
    rows.push_back(core::Json::object({{"slot", slot.number},
                                       {"hash", slot.hash},
                                       {"words", core::array_of(slot.words)},
                                       {"by", std::move(by)}}));
  }
  return http::json_response(200, core::Json::object({{"slots", std::move(rows)}}));
}

/// The actions that make one change to one member. Who governs and is evicted leaves the governors in the same slot.
Result<core::Json::Array, Error> actions_of_change(const registry::View& view,
                                                   const std::string& change,
                                                   const registry::Member& member,
                                                   core::Instant from) {
  core::Json action = core::Json::object({{"action", change}, {"scid", member.scid}});
  if (change != "evict") {
    action.set("from", core::format_milliseconds(from));
    return core::Json::Array{std::move(action)};
  }
  const auto* feed = view.feed(member.scid);
  action.set("epoch", feed != nullptr ? feed->position()->epoch : 1);
  action.set("sequence", feed != nullptr ? feed->position()->sequence : -1);
  action.set("hash", feed != nullptr ? feed->position()->hash : "");
  core::Json::Array actions{std::move(action)};
  const auto& charter = view.charter();
  if (charter.governor(member.scid) != nullptr) {
    auto governors = charter.governors;
    std::erase_if(governors, [&](const auto& one) { return one.scid == member.scid; });
    actions.push_back(registry::charter_action(charter, governors));
  }
  return actions;
}

/// The action of a grant, but for whom: slot.h judges it.
core::Json read_grant(core::JsonReader& reader, core::Instant from) {
  const auto* types = reader.array("types", registry::kMaxTypes);
  core::Json action = core::Json::object(
      {{"action", "grant"},
       {"types", types != nullptr ? core::Json::array(*types) : core::Json::array()},
       {"depth", reader.integer("depth", 0, registry::kMaxAccreditationDepth)},
       {"from", core::format_milliseconds(from)}});
  if (const auto until = reader.optional_instant("until"))
    action.set("until", core::format_milliseconds(*until));
  return action;
}

/// The actions of a body of /v1/governance/draft.
Result<core::Json::Array, Error> read_actions(const core::Json& body,
                                              const GovernanceServices& services) {
  core::JsonReader reader(body);
  const auto bad = [](const core::Error& fault) {
    return fail(from_core(fault, "this is no change of the network"));
  };
  if (body.find("actions") != nullptr) {
    const auto* actions = reader.array("actions", registry::kMaxActions);
    if (auto fault = reader.finish(Members::closed)) return bad(*fault);
    return *actions;
  }
  const auto change = reader.string("change", 16);
  if (change == "admit") {
    const auto* entry = reader.object("entry");
    if (auto fault = reader.finish(Members::closed)) return bad(*fault);
    const auto* parameters = entry->find("parameters");
    const auto* scid = parameters == nullptr ? nullptr : parameters->find_string("scid");
    return core::Json::Array{core::Json::object(
        {{"action", "admit"}, {"scid", scid == nullptr ? "" : *scid}, {"entry", *entry}})};
  }
  const auto name = reader.string("member");
  const auto from = reader.optional_instant("from").value_or(services.clock.now());
  core::Json grant;
  if (change == "grant") {
    grant = read_grant(reader, from);
  } else if (change != "suspend" && change != "reinstate" && change != "evict") {
    reader.fault(core::ErrorCode::type, "change", "is admit, suspend, reinstate, evict or grant");
  }
  if (auto fault = reader.finish(Members::closed)) return bad(*fault);
  const auto view = services.replica.view();
  const auto* member = view->member(name);
  if (member == nullptr) return fail(not_a_member(name));
  if (change == "grant") {
    grant.set("member", member->scid);
    return core::Json::Array{std::move(grant)};
  }
  return actions_of_change(*view, change, *member, from);
}

http::Response draft(const http::Request& request, const GovernanceServices& services) {
  const auto body = parse_body(request, kMaxGovernanceBody);
  if (!body) return body_fault_response(body.error());
  if (services.replica.view() == nullptr) return no_consortium();
  auto actions = read_actions(*body, services);
  if (!actions) return error_response(actions.error());
  const auto drafted = services.governance.draft(*actions);
  if (!drafted) return error_response(drafted.error());
  return http::json_response(
      200, core::Json::object({{"slot", drafted->slot.number},
                               {"hash", drafted->slot.hash},
                               {"actions", core::Json::array(std::move(*actions))},
                               {"words", core::array_of(drafted->words)}}));
}

core::Json vote_json(const registry::Vote& vote) {
  return core::Json::object({{"slot", vote.slot},
                             {"round", vote.round},
                             {"phase", registry::name_of(vote.phase)},
                             {"value", vote.value},
                             {"vote", vote.hash}});
}

http::Response propose(const http::Request& request, const GovernanceServices& services) {
  const auto body = parse_body(request, kMaxGovernanceBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto* actions = reader.array("actions", registry::kMaxActions);
  const auto hash = reader.string("hash", 64);
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto vote = services.governance.propose(*actions, hash, actor_of(request));
  return vote ? http::json_response(200, vote_json(*vote)) : error_response(vote.error());
}

http::Response vote(const http::Request& request, const GovernanceServices& services) {
  const auto body = parse_body(request, kMaxGovernanceBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  Governance::Ballot ballot;
  ballot.slot = reader.integer("slot", 2, INT64_MAX);
  ballot.round = reader.integer("round", 1, INT64_MAX);
  const auto phase = reader.string("phase", 16);
  ballot.value = reader.text("value", 64);
  const auto phases = {registry::VotePhase::prepare, registry::VotePhase::commit,
                       registry::VotePhase::close};
  const auto* named = std::find_if(phases.begin(), phases.end(),
                                   [&](auto one) { return registry::name_of(one) == phase; });
  if (named == phases.end())
    reader.fault(core::ErrorCode::type, "phase", "is prepare, commit or close");
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  ballot.phase = *named;
  const auto voted = services.governance.vote(ballot, actor_of(request));
  return voted ? http::json_response(200, vote_json(*voted)) : error_response(voted.error());
}

http::Response emergency(const http::Request& request, const GovernanceServices& services) {
  const auto body = parse_body(request, kMaxGovernanceBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const auto name = reader.string("member");
  const auto from = reader.optional_instant("from").value_or(services.clock.now());
  const auto seconds = reader.optional_integer(
      "seconds", 1,
      std::chrono::duration_cast<std::chrono::seconds>(registry::kMaxEmergency).count());
  const auto until = seconds ? from + std::chrono::seconds(*seconds) : reader.instant("until");
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  const auto view = services.replica.view();
  if (view == nullptr) return no_consortium();
  const auto* member = view->member(name);
  if (member == nullptr) return error_response(not_a_member(name));
  const auto signed_one = services.governance.suspend(member->scid, from, until, actor_of(request));
  if (!signed_one) return error_response(signed_one.error());
  const auto needed = registry::emergency_quorum(view->charter().governors.size());
  return http::json_response(
      200, core::Json::object({{"did", member->did},
                               {"from", core::format_milliseconds(signed_one->from)},
                               {"until", core::format_milliseconds(signed_one->until)},
                               {"needed", static_cast<std::int64_t>(needed)},
                               {"emergency", signed_one->hash}}));
}

}  // namespace

void add_governance_routes(http::RouteTable& routes, const GovernanceServices& services) {
  using Read = http::Response (*)(const GovernanceServices&);
  for (const auto& [path, answer] : {std::pair<const char*, Read>("/v1/members", members),
                                     {"/v1/governance", show},
                                     {"/v1/governance/slots", history}}) {
    routes.add({"GET", path, [services, function = answer](const http::Request&) {
                  return function(services);
                }});
  }
  using Change = http::Response (*)(const http::Request&, const GovernanceServices&);
  for (const auto& [path, answer] : {std::pair<const char*, Change>("/v1/governance/draft", draft),
                                     {"/v1/governance/propose", propose},
                                     {"/v1/governance/vote", vote},
                                     {"/v1/governance/emergency", emergency}}) {
    routes.add({"POST", path,
                [services, function = answer](const http::Request& request) {
                  return function(request, services);
                },
                kMaxGovernanceBody});
  }
}

}  // namespace avow::node::api
