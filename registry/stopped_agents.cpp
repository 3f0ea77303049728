#include "registry/stopped_agents.h"

#include "core/json_reader.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

Error without_effect(std::string why) {
  return {ErrorCode::no_effect, std::move(why)};
}

}  // namespace

std::string agent_hash(std::string_view did) {
  return core::to_multibase(core::sha256(did));
}

bool is_agent_hash(std::string_view text) {
  return core::sha256_from_multibase(text).has_value();
}

Result<AgentSuspension, Error> parse_agent_suspension(const core::Json& body) {
  AgentSuspension out;
  JsonReader in(body, "/body");
  out.agent = read_hash(in, "agent");
  out.suspended = in.boolean("suspended");
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  return out;
}

core::Json to_json(const AgentSuspension& body) {
  return core::Json::object({{"agent", body.agent}, {"suspended", body.suspended}});
}

Result<AgentDisowning, Error> parse_agent_disowning(const core::Json& body) {
  AgentDisowning out;
  JsonReader in(body, "/body");
  out.agent = read_hash(in, "agent");
  out.from = read_milliseconds(in, "from");
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  return out;
}

core::Json to_json(const AgentDisowning& body) {
  return core::Json::object(
      {{"agent", body.agent}, {"from", core::format_milliseconds(body.from)}});
}

const AgentStop* StoppedAgents::find(std::string_view agent_hash) const {
  return stops_.find(core::sha256(agent_hash));
}

bool StoppedAgents::has_room(std::string_view agent) {
  if (find(agent) != nullptr || stops_.size() < kMaxStoppedAgentsPerFeed) return true;
  lacks_some_ = true;
  return false;
}

void StoppedAgents::apply_suspension(const Statement& statement) {
  const std::string* agent = statement.body.find_string("agent");
  if (agent == nullptr || !is_agent_hash(*agent)) return;
  const auto body = parse_agent_suspension(statement.body);
  const auto key = core::sha256(*agent);
  const auto* known = stops_.find(key);
  auto stop = known == nullptr ? AgentStop{} : *known;
  if (body && !body->suspended) {
    stop.suspended_since.reset();
    if (!stop.disowned_from) return stops_.erase(key);
  } else {
    if (stop.suspended_since || !has_room(*agent)) return;
    stop.suspended_since = statement.time;
    stop.suspended_by = {statement.epoch, statement.sequence};
  }
  stops_.put(key, stop);
}

void StoppedAgents::apply_disowning(const Statement& statement) {
  const std::string* agent = statement.body.find_string("agent");
  if (agent == nullptr || !is_agent_hash(*agent)) return;
  const auto body = parse_agent_disowning(statement.body);
  const auto* known = find(*agent);
  const auto from = body ? body->from : statement.time;
  auto stop = known == nullptr ? AgentStop{} : *known;
  if ((stop.disowned_from && *stop.disowned_from <= from) || !has_room(*agent)) return;
  stop.disowned_from = from;
  stop.disowned_by = {statement.epoch, statement.sequence};
  stops_.put(core::sha256(*agent), stop);
}

Result<void, Error> StoppedAgents::check_room(const AgentStop* known) const {
  if (known != nullptr || stops_.size() < kMaxStoppedAgentsPerFeed) return {};
  return fail(Error{
      ErrorCode::feed_full,
      "a feed keeps at most " + std::to_string(kMaxStoppedAgentsPerFeed) + " stopped agents"});
}

Result<void, Error> StoppedAgents::check_suspension(const core::Json& body) const {
  const auto said = parse_agent_suspension(body);
  if (!said) return fail(said.error());
  const auto* stop = find(said->agent);
  const bool is_suspended = stop != nullptr && stop->suspended_since;
  if (is_suspended == said->suspended)
    return fail(without_effect(is_suspended ? "it is suspended" : "it is not suspended"));
  return check_room(stop);
}

Result<void, Error> StoppedAgents::check_disowning(const core::Json& body) const {
  const auto said = parse_agent_disowning(body);
  if (!said) return fail(said.error());
  const auto* stop = find(said->agent);
  if (stop != nullptr && stop->disowned_from && *stop->disowned_from <= said->from)
    return fail(without_effect("it is disowned already, and that is final"));
  return check_room(stop);
}

std::vector<core::Json> StoppedAgents::rows(const std::string& agent_hash,
                                            const std::string& scid) const {
  std::vector<core::Json> rows;
  const auto add = [&](const char* kind, const std::optional<core::Instant>& from) {
    if (from)
      rows.push_back(core::Json::array(
          {kind, agent_hash, "", core::format_milliseconds(*from), "", "", scid}));
  };
  if (const auto* stop = find(agent_hash)) {
    add("agent.suspend", stop->suspended_since);
    add("agent.disown", stop->disowned_from);
  }
  return rows;
}

}  // namespace avow::registry
