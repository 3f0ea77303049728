#include "registry/testing/governors.h"

#include "core/canonical_json.h"

namespace avow::registry::testing {

core::Json suspend_action(const std::string& scid, const char* from) {
  return core::Json::object({{"action", "suspend"}, {"scid", scid}, {"from", from}});
}

core::Json reinstate_action(const std::string& scid, const char* from) {
  return core::Json::object({{"action", "reinstate"}, {"scid", scid}, {"from", from}});
}

core::Json evict_action(const Statement& cut) {
  return core::Json::object({{"action", "evict"},
                             {"scid", cut.feed},
                             {"epoch", cut.epoch},
                             {"sequence", cut.sequence},
                             {"hash", cut.hash}});
}

core::Json settle_action(const did::WebvhEntry& named) {
  return settle_action(named.scid, named.version, named.entry_hash);
}

core::Json settle_action(const std::string& scid, std::int64_t version,
                         const std::string& entry_hash) {
  return core::Json::object(
      {{"action", "settle"}, {"scid", scid}, {"version", version}, {"entryHash", entry_hash}});
}

core::Json admit_action(const Organisation& organisation) {
  return core::Json::object(
      {{"action", "admit"}, {"scid", organisation.scid}, {"entry", organisation.entry.json}});
}

core::Json charter_action(const std::vector<std::string>& scids) {
  std::vector<Governor> governors;
  for (const auto& scid : scids) governors.push_back({scid, 1});
  return registry::charter_action(Charter{}, governors);
}

Vote cast(const Organisation& by, const Charter& charter, VotePhase phase, std::int64_t round,
          const std::string& value, std::int64_t lock) {
  Vote vote;
  vote.network = charter.network;
  vote.slot = charter.slot() + 1;
  vote.previous = charter.slot_hash();
  vote.round = round;
  vote.phase = phase;
  vote.value = value;
  vote.lock = lock;
  vote.governor = by.scid;
  vote.key = by.key_id;
  return must(sign_vote(vote, by.key));
}

Ballots ballots_for(const std::vector<const Organisation*>& governors, const Charter& charter,
                    core::Json::Array actions) {
  return ballots_for(governors, charter, must(draft_slot(charter, std::move(actions), false)));
}

Ballots ballots_for(const std::vector<const Organisation*>& governors, const Charter& charter,
                    Slot slot) {
  Ballots out{std::move(slot), {}, {}, {}};
  for (const auto* one : governors) {
    out.votes.push_back(cast(*one, charter, VotePhase::prepare, 1, out.slot.hash).text);
  }
  out.proposal = make_proposal(out.slot, must(parse_vote(out.votes.front()))).text;
  std::vector<Vote> commits;
  for (const auto* one : governors) {
    commits.push_back(cast(*one, charter, VotePhase::commit, 1, out.slot.hash));
    out.votes.push_back(commits.back().text);
  }
  out.decision = make_decision(out.slot, commits).text;
  return out;
}

Slot slot_after(const Charter& charter, core::Json::Array actions) {
  return must(parse_slot(core::to_canonical(
      core::Json::object({{"network", charter.network},
                          {"slot", charter.slot() + 1},
                          {"previous", charter.slot_hash()},
                          {"actions", core::Json::array(std::move(actions))}}))));
}

Slot slot_of_later_rules(const Charter& charter) {
  auto action = registry::charter_action(charter, charter.governors);
  action.set("rules", kRulesVersion + 1);
  action.set("juries", core::Json::array());
  return slot_after(charter, {std::move(action), core::Json::object({{"action", "adjourn"}})});
}

Emergency emergency_by(const Organisation& by, const Charter& charter, const std::string& scid,
                       const char* from, const char* until) {
  Emergency emergency;
  emergency.network = charter.network;
  emergency.scid = scid;
  emergency.from = at(from);
  emergency.until = at(until);
  emergency.governor = by.scid;
  emergency.key = by.key_id;
  return must(sign_emergency(emergency, by.key));
}

}  // namespace avow::registry::testing
