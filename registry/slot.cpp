#include "registry/slot.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "registry/internal/charter_action.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

constexpr int kMaxSlotDepth = 16;

Error bad_slot(std::string detail) {
  return {ErrorCode::bad_slot, std::move(detail)};
}

std::string text_of(const core::Json& action, std::string_view name) {
  const auto* text = action.find_string(name);
  return text == nullptr ? std::string() : *text;
}

/// One action as it is read, and the charter that it changes.
struct Step {
  const core::Json& action;
  std::string path;
  Charter& out;
  bool allow_localhost;
};

Result<void, Error> finish(const JsonReader& in) {
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    return fail(from_core(*fault, ErrorCode::bad_slot));
  }
  return {};
}

/// As people know it: by its DID.
const std::string& member_name(const Step& step, const std::string& scid) {
  const auto* member = step.out.find(scid);
  return member != nullptr ? member->did : scid;
}

/// fails unless this is a member that nobody evicted
Result<void, Error> check_standing(const Step& step, const std::string& scid) {
  if (!step.out.members.contains(scid)) {
    return fail(bad_slot(step.path + ": " + scid + " is not a member"));
  }
  if (step.out.is_evicted(scid)) {
    return fail(
        bad_slot(step.path + ": " + member_name(step, scid) + " was evicted, which is final"));
  }
  return {};
}

Result<void, Error> apply_admit(const Step& step) {
  // The entry's time must not depend on who looks at it when.
  const auto any_time = *core::parse_rfc3339("9999-01-01T00:00:00Z");
  auto read = read_admit(step.action, step.path, any_time, step.allow_localhost, step.out);
  if (!read) return read;
  const auto admitted = step.out.members.find(text_of(step.action, "scid"));
  admitted->second.slot = step.out.slot();
  return {};
}

struct ScidAndTime {
  std::string scid;  // of a member in standing
  core::Instant from;
};

/// {"action","scid","from"}: what suspend and reinstate say.
Result<ScidAndTime, Error> read_scid_and_time(const Step& step) {
  JsonReader in(step.action, step.path);
  in.string("action");
  ScidAndTime out{read_scid(in, "scid"), read_milliseconds(in, "from")};
  if (auto read = finish(in); !read) return fail(read.error());
  if (auto standing = check_standing(step, out.scid); !standing) return fail(standing.error());
  return out;
}

Result<void, Error> apply_suspend(const Step& step) {
  const auto read = read_scid_and_time(step);
  if (!read) return fail(read.error());
  const auto& [scid, from] = *read;
  auto& suspensions = step.out.standings[scid].suspensions;
  if (!suspensions.empty() && (!suspensions.back().until || *suspensions.back().until > from)) {
    return fail(bad_slot(step.path + ": " + member_name(step, scid) + " is suspended then"));
  }
  suspensions.push_back({from, std::nullopt, step.out.slot()});
  return {};
}

Result<void, Error> apply_reinstate(const Step& step) {
  const auto read = read_scid_and_time(step);
  if (!read) return fail(read.error());
  const auto& [scid, from] = *read;
  auto& suspensions = step.out.standings[scid].suspensions;
  if (suspensions.empty() || suspensions.back().until || from < suspensions.back().from) {
    return fail(bad_slot(step.path + ": " + member_name(step, scid) + " is not suspended then"));
  }
  suspensions.back().until = from;
  // A suspension that never lasted leaves no trace.
  if (from == suspensions.back().from) suspensions.pop_back();
  return {};
}

Result<void, Error> apply_evict(const Step& step) {
  JsonReader in(step.action, step.path);
  in.string("action");
  const auto scid = read_scid(in, "scid");
  EvictCut cut;
  cut.epoch = in.integer("epoch", 1, kMaxInteger);
  cut.sequence = in.integer("sequence", -1, kMaxInteger);
  cut.hash = cut.sequence < 0 ? in.text("hash", 64) : read_hash(in, "hash");
  cut.slot = step.out.slot();
  if (in.ok() && cut.sequence < 0 && (cut.epoch != 1 || !cut.hash.empty())) {
    in.fault(core::ErrorCode::type, "sequence", "-1 goes with epoch 1 and no hash");
  }
  if (auto read = finish(in); !read) return read;
  if (auto standing = check_standing(step, scid); !standing) return standing;
  step.out.standings[scid].evicted = std::move(cut);
  return {};
}

/// From its `from` on, the new grant is all that is granted to that member of those types.
Result<void, Error> apply_grant(const Step& step) {
  auto grant = read_grant(step.action, step.path, /*has_times=*/true);
  if (!grant) return fail(grant.error());
  if (auto standing = check_standing(step, grant->member); !standing) return standing;
  if (grant->until && *grant->until < *grant->from) {
    return fail(bad_slot(step.path + "/until: lies before `from`"));
  }
  grant->slot = step.out.slot();
  std::vector<Grant> rows;
  for (auto& row : step.out.grants) {
    const bool goes_on = !row.until || *row.until > *grant->from;
    if (row.member != grant->member || !goes_on) {
      rows.push_back(std::move(row));
      continue;
    }
    auto ended = row;
    ended.types.clear();
    std::vector<std::string> kept;
    for (auto& type : row.types) {
      const bool replaced =
          std::find(grant->types.begin(), grant->types.end(), type) != grant->types.end();
      (replaced ? ended.types : kept).push_back(std::move(type));
    }
    row.types = std::move(kept);
    ended.until = grant->from;
    if (!row.types.empty()) rows.push_back(std::move(row));
    // What would only have begun later never begins.
    const bool lasted = !ended.from || *ended.from < *ended.until;
    if (!ended.types.empty() && lasted) rows.push_back(std::move(ended));
  }
  if (!grant->until || *grant->until > *grant->from) rows.push_back(std::move(*grant));
  step.out.grants = std::move(rows);
  return {};
}

Result<void, Error> apply_parameter(const Step& step) {
  JsonReader in(step.action, step.path);
  in.string("action");
  read_literal(in, "name", "freshness");
  const auto* value = in.object("value");
  if (auto read = finish(in); !read) return read;
  const auto tiers = revocation::parse_freshness_tiers(*value);
  if (!tiers) return fail(bad_slot(step.path + "/value: " + tiers.error().detail));
  step.out.freshness = *tiers;
  return {};
}

Result<void, Error> apply_settle(const Step& step) {
  JsonReader in(step.action, step.path);
  in.string("action");
  const auto scid = read_scid(in, "scid");
  const auto version = in.integer("version", 2, kMaxInteger);
  const auto hash = in.string("entryHash", 64);
  if (auto read = finish(in); !read) return read;
  if (auto standing = check_standing(step, scid); !standing) return standing;
  if (!step.out.settled.emplace(std::pair(scid, version), hash).second) {
    return fail(bad_slot(step.path + ": that version is settled already, which is final"));
  }
  return {};
}

Result<void, Error> apply_charter(const Step& step) {
  return read_charter_action(step.action, step.path, kMaxInteger, step.out);
}

struct ActionRule {
  std::string_view name;
  Result<void, Error> (*apply)(const Step&);
};
constexpr std::array<ActionRule, 8> kActions{{{"admit", apply_admit},
                                              {"suspend", apply_suspend},
                                              {"reinstate", apply_reinstate},
                                              {"evict", apply_evict},
                                              {"grant", apply_grant},
                                              {"parameter", apply_parameter},
                                              {"settle", apply_settle},
                                              {"charter", apply_charter}}};

Result<void, Error> apply_action(const Step& step) {
  const auto* name = step.action.find_string("action");
  const auto rule = std::find_if(kActions.begin(), kActions.end(), [name](const auto& one) {
    return name != nullptr && one.name == *name;
  });
  if (rule == kActions.end()) return fail(bad_slot(step.path + ": unknown action"));
  auto applied = rule->apply(step);
  // What is shared with slot 1 speaks of a charter.
  if (!applied && applied.error().code != ErrorCode::too_large) {
    applied.error().code = ErrorCode::bad_slot;
  }
  return applied;
}

/// A member's DID, or the SCID of who is none yet.
std::string who(const Charter& charter, const std::string& scid) {
  const auto* member = charter.find(scid);
  return member == nullptr ? scid : member->did;
}

/// As it stands, if it can only be read as one name; else in quotes, for it may read as words of ours.
std::string name_in_words(const std::string& name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    const bool is_alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_alphanumeric || std::string_view("-._~:/?#@%=&+").find(c) != std::string_view::npos;
  });
  return is_plain && !name.empty() ? name : core::to_canonical(core::Json(name));
}

std::string names_in(const core::Json& action, std::string_view list) {
  std::string out;
  const auto* items = action.find(list);
  if (items == nullptr || !items->is_array()) return out;
  for (const auto& item : *items->as_array()) {
    const auto* name = item.as_string();
    if (name != nullptr) out += (out.empty() ? "" : ", ") + name_in_words(*name);
  }
  return out;
}

std::string line(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out += part;
  return out;
}

std::string number_in(const core::Json& action, std::string_view name) {
  const auto* member = action.find(name);
  const auto* value = member == nullptr ? nullptr : member->as_integer();
  return value == nullptr ? std::string() : std::to_string(*value);
}

std::string text_of_member(const core::Json& action, std::string_view name) {
  const auto* member = action.find(name);
  return member == nullptr ? std::string() : core::to_canonical(*member);
}

/// All of it: what one line left out, nobody would have agreed to.
std::string charter_in_words(const Charter& before, const core::Json& action) {
  std::string governors;
  const auto* items = action.find("governors");
  if (items != nullptr && items->is_array()) {
    for (const auto& one : *items->as_array()) {
      governors += line({governors.empty() ? "" : ", ", who(before, text_of(one, "scid")),
                         " (from version ", number_in(one, "version"), " of its log)"});
    }
  }
  return line({"the governors are ", governors, "; ", number_in(action, "quorum"),
               " of them decide; witnesses ", text_of_member(action, "witnesses"), "; rules ",
               number_in(action, "rules"), "; seconds until what is known is too old ",
               text_of_member(action, "freshness")});
}

std::string grant_in_words(const Charter& before, const core::Json& action) {
  const auto from = text_of(action, "from");
  const auto until = text_of(action, "until");
  const auto to = who(before, text_of(action, "member"));
  const auto types = names_in(action, "types");
  if (until == from) return line({"end the grant of ", types, " to ", to, " from ", from});
  auto out =
      line({"grant ", types, " to ", to, ", depth ", number_in(action, "depth"), ", from ", from});
  if (!until.empty()) out += line({" until ", until});
  return out;
}

}  // namespace

Result<Slot, Error> parse_slot(std::string_view text) {
  auto json = parse_canonical(text, kMaxSlotBytes, kMaxSlotDepth);
  if (!json) return fail(json.error());
  Slot out;
  JsonReader in(*json);
  out.network = read_hash(in, "network");
  out.number = in.integer("slot", 2, kMaxInteger);
  out.previous = read_hash(in, "previous");
  const auto* actions = in.array("actions", kMaxActions);
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  if (actions->empty()) return fail(Error{ErrorCode::malformed, "a slot has actions"});
  out.text = std::string(text);
  out.hash = hash_text(object_hash(*json));
  out.json = std::move(*json);
  return out;
}

Result<Slot, Error> draft_slot(const Charter& before, core::Json::Array actions,
                               bool allow_localhost) {
  auto slot = parse_slot(
      core::to_canonical(core::Json::object({{"network", before.network},
                                             {"slot", before.slot() + 1},
                                             {"previous", before.slot_hash()},
                                             {"actions", core::Json::array(std::move(actions))}})));
  if (!slot) return slot;
  if (auto applied = apply_slot(before, *slot, allow_localhost); !applied) {
    return fail(applied.error());
  }
  return slot;
}

core::Json charter_action(const Charter& in_force, const std::vector<Governor>& governors) {
  auto named = core::Json::array();
  for (const auto& one : governors) {
    named.push_back(core::Json::object({{"scid", one.scid}, {"version", one.version}}));
  }
  return core::Json::object({{"action", "charter"},
                             {"governors", std::move(named)},
                             {"quorum", quorum_of(governors.size())},
                             {"witnesses", to_json(in_force.witnesses())},
                             {"rules", in_force.rules},
                             {"freshness", revocation::to_json(in_force.freshness)}});
}

namespace {

Result<void, Error> check_follows(const Charter& before, const Slot& slot) {
  if (const auto why = before.unknown_rules()) return fail(bad_slot(*why));
  const bool follows = slot.network == before.network && slot.number == before.slot() + 1 &&
                       slot.previous == before.slot_hash();
  if (!follows) return fail(bad_slot("it does not follow slot " + std::to_string(before.slot())));
  return {};
}

/// The highest rules version that one of its charters names. Asked before its form, which that version may have changed.
std::int64_t rules_of(const Slot& slot) {
  std::int64_t rules = 0;
  for (const auto& action : *slot.json.find("actions")->as_array()) {
    const auto* named = action.find("rules");
    const auto* version = named == nullptr ? nullptr : named->as_integer();
    if (text_of(action, "action") == "charter" && version != nullptr)
      rules = std::max(rules, *version);
  }
  return rules;
}

}  // namespace

Result<Charter, Error> follow_slot(const Charter& before, const Slot& slot, bool allow_localhost) {
  const auto rules = rules_of(slot);
  if (rules <= kRulesVersion) return apply_slot(before, slot, allow_localhost);
  if (auto follows = check_follows(before, slot); !follows) return fail(follows.error());
  auto out = before;
  out.slot_hashes.push_back(slot.hash);
  out.rules = rules;
  return out;
}

Result<Charter, Error> apply_slot(const Charter& before, const Slot& slot, bool allow_localhost) {
  if (auto follows = check_follows(before, slot); !follows) return fail(follows.error());
  auto out = before;
  out.slot_hashes.push_back(slot.hash);
  std::size_t charters = 0;
  const auto& actions = *slot.json.find("actions")->as_array();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const Step step{actions[i], "/actions/" + std::to_string(i), out, allow_localhost};
    if (auto applied = apply_action(step); !applied) return fail(applied.error());
    if (text_of(actions[i], "action") == "charter" && ++charters > 1) {
      return fail(bad_slot(step.path + ": a second charter in one slot"));
    }
  }
  if (const auto consistent = check_consistency(out); !consistent) {
    return fail(bad_slot(consistent.error().detail));
  }
  return out;
}

std::vector<std::string> in_words(const Charter& before, const Slot& slot) {
  std::vector<std::string> lines;
  for (const auto& action : *slot.json.find("actions")->as_array()) {
    const auto name = text_of(action, "action");
    const auto whom = who(before, text_of(action, "scid"));
    const auto from = text_of(action, "from");
    if (name == "admit") {
      const auto* entry = action.find("entry");
      const auto* state = entry == nullptr ? nullptr : entry->find("state");
      lines.push_back(line({"admit ", state == nullptr ? whom : text_of(*state, "id")}));
    } else if (name == "suspend" || name == "reinstate") {
      lines.push_back(line({name, " ", whom, " from ", from}));
    } else if (name == "evict") {
      lines.push_back(line({"evict ", whom, " for ever: of its feed nothing counts after epoch ",
                            number_in(action, "epoch"), ", sequence ",
                            number_in(action, "sequence"), " (", text_of(action, "hash"), ")"}));
    } else if (name == "grant") {
      lines.push_back(grant_in_words(before, action));
    } else if (name == "charter") {
      lines.push_back(charter_in_words(before, action));
    } else if (name == "settle") {
      lines.push_back(line({"of the log of ", whom, ", version ", number_in(action, "version"),
                            " is the entry ", text_of(action, "entryHash")}));
    } else {
      lines.push_back(core::to_canonical(action));
    }
  }
  return lines;
}

}  // namespace avow::registry
