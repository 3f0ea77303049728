#include "node/agents/agent_standing.h"

#include <utility>

#include "node/agents/sqlite_agent_store.h"
#include "registry/stopped_agents.h"

namespace avow::node {

std::string_view name_of(AgentStanding::Change change) {
  switch (change) {
    case AgentStanding::Change::suspend:
      return "suspend";
    case AgentStanding::Change::resume:
      return "resume";
    case AgentStanding::Change::disown:
      return "disown";
  }
  return "";
}

Result<void, Error> AgentStanding::change_in(core::Transaction& transaction, StandingChange& result,
                                             Change change, core::Instant from, core::Instant now) {
  const auto hash = registry::agent_hash(result.agent.did);
  result.before = result.after = AgentStopBook::stop_of(transaction, hash);
  auto& after = result.after;
  const std::string what = "cannot " + std::string(name_of(change)) + " " + result.agent.name;
  if (change == Change::disown) {
    if (after.disowned_from && *after.disowned_from < from)
      return fail(Error{ErrorCode::conflict, what,
                        "it is disowned from " + core::format_seconds(*after.disowned_from) +
                            " on, and that is final",
                        "nothing is left to do: no time after it counts"});
    after.disowned_from = from;
  } else if (after.disowned_from && change == Change::resume) {
    return fail(Error{ErrorCode::conflict, what, "it is disowned, and that is final",
                      "enrol the agent anew, under another name"});
  } else {
    after.suspended = change == Change::suspend;
  }
  const auto unsaid = [&](const Error& error) -> Result<void, Error> {
    if (change == Change::resume || error.code == ErrorCode::storage) return fail(error);
    result.unsaid = error;
    return {};
  };
  if (after == result.before) {
    if (change == Change::resume) return {};
    // It may act here alone as yet, and who asks once more wants to know.
    const auto said = records_.membership.say_stop_if_unsaid(transaction, hash, after, now);
    return said ? Result<void, Error>() : unsaid(said.error());
  }
  book_.put(transaction, hash, after);
  const auto said =
      change == Change::disown
          ? records_.membership.say(transaction, registry::StatementKind::agent_disown,
                                    registry::to_json(registry::AgentDisowning{hash, from}), now)
          : records_.membership.say(
                transaction, registry::StatementKind::agent_suspend,
                registry::to_json(registry::AgentSuspension{hash, after.suspended}), now);
  return said ? Result<void, Error>() : unsaid(said.error());
}

Result<StandingChange, Error> AgentStanding::change(const std::string& name, Change change,
                                                    std::optional<core::Instant> from,
                                                    const std::string& reason,
                                                    const std::string& actor) {
  StandingChange result;
  const auto kept_back = records_.stop(
      "the change could not be stored",
      [&](core::Transaction& transaction, core::Instant now) -> Result<void, Error> {
        auto agent = SqliteAgentStore::find(transaction, name);
        if (!agent)
          return fail(Error{ErrorCode::not_found, "there is no agent named " + name,
                            "this organisation has enrolled none of that name",
                            "see: avow agent list"});
        result = StandingChange{std::move(*agent), {}, {}};
        if (auto changed = change_in(transaction, result, change, from.value_or(now), now);
            !changed)
          return changed;
        auto detail = core::Json::object({{"reason", reason}});
        if (result.after.disowned_from)
          detail.set("from", core::format_milliseconds(*result.after.disowned_from));
        records_.audit.append(
            transaction, now,
            {actor, "agent." + std::string(name_of(change)), result.agent.did, std::move(detail)});
        return {};
      });
  if (!kept_back) return fail(kept_back.error());
  if (*kept_back && change == Change::resume) return fail(**kept_back);
  if (*kept_back && !result.unsaid) result.unsaid = **kept_back;
  return result;
}

}  // namespace avow::node
