// Random histories of feeds under a charter that slots change, with emergencies, settlements, newcomers and evictions:
// the same set gives the same view root, however it comes.

#include <catch2/catch.hpp>

#include "core/testing/runs.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/random_history.h"

namespace governance_history_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;
using core::testing::seeds;

namespace {

std::string random_time(Engine& engine) {
  return core::format_milliseconds(kNow - std::chrono::hours(below(engine, 100)));
}

Json grant_action(const std::string& scid, Engine& engine) {
  auto action = Json::object({{"action", "grant"},
                              {"member", scid},
                              {"types", Json::array({below(engine, 2) == 0 ? "Badge" : "Visa"})},
                              {"depth", static_cast<std::int64_t>(below(engine, 3))},
                              {"from", random_time(engine)}});
  if (below(engine, 3) == 0) action.set("until", core::format_milliseconds(kNow));
  return action;
}

/// Four founders, and a fifth who speaks before it is admitted. What governors do of it is drawn after the feeds.
struct Governed {
  Governed(const Charter& founding, const Consortium& members, Engine& dice, std::size_t steps)
      : charter(founding),
        all(members.organisations),
        engine(dice),
        history(random_history(members, founding.network, dice, steps, {12, 4})) {}

  /// One that names any of the entries, or that whose keys sign the feed: it was rotated to last.
  Json settling(bool may_be_other) {
    const auto named = *core::parse_json(one_of(history.entries, engine));
    const auto did = *named.find("state")->find_string("id");
    auto id = *named.find_string("versionId");
    const auto version = std::stoll(id);
    for (const auto& text : history.entries) {
      const auto entry = *core::parse_json(text);
      const auto other = *entry.find_string("versionId");
      const bool is_same = *entry.find("state")->find_string("id") == did;
      if (!may_be_other && is_same && std::stoll(other) == version) id = other;
    }
    return settle_action(did.substr(10, did.find(':', 10) - 10), version,
                         id.substr(id.find('-') + 1));
  }
  Json new_charter() {
    std::vector<std::string> scids;
    const auto without = below(engine, 8);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != without && charter.members.contains(all[i].scid)) scids.push_back(all[i].scid);
    }
    return charter_action(scids);
  }
  Json random_action(bool may_be_other) {
    const auto& scid = one_of(all, engine).scid;
    const auto time = random_time(engine);
    switch (below(engine, 10)) {
      case 0:
        return evict_action(one_of(history.statements, engine));
      case 1:
        return new_charter();
      case 2:
        return admit_action(all.back());
      case 3:
        return suspend_action(scid, time.c_str());
      case 4:
        return reinstate_action(scid, time.c_str());
      case 5:
      case 6:
      case 7:
        if (!history.entries.empty()) return settling(may_be_other);
        [[fallthrough]];
      default:
        return grant_action(scid, engine);
    }
  }
  std::vector<const Organisation*> governors_of(const Charter& in_force) const {
    std::vector<const Organisation*> governors;
    for (const auto& one : all) {
      if (in_force.governor(one.scid) != nullptr) governors.push_back(&one);
    }
    return governors;
  }
  /// Another value of the last slot. Whoever decided that by single votes passes on the decision.
  void fork_governance() {
    if (history.slots.empty()) return;
    const Json::Array other{grant_action(all[0].scid, engine)};
    if (!draft_slot(before_last, other, false)) return;  // it was evicted
    history.governance.push_back(last_decision);
    history.governance.push_back(
        ballots_for(governors_of(before_last), before_last, other).decision);
  }
  /// Decides one more slot, if what is drawn can follow.
  void step(bool may_be_other) {
    Json::Array actions;
    for (auto left = below(engine, 4) == 0 ? 2 : 1; left > 0; --left)
      actions.push_back(random_action(may_be_other));
    if (!draft_slot(charter, actions, false)) return;
    const auto ballots = ballots_for(governors_of(charter), charter, actions);
    if (below(engine, 2) == 0) {
      history.governance.push_back(ballots.decision);
    } else {
      history.governance.push_back(ballots.proposal);
      for (const auto& vote : ballots.votes) history.governance.push_back(vote);
    }
    history.slots.push_back(ballots.slot);
    last_decision = ballots.decision;
    before_last = charter;
    charter = must(apply_slot(charter, ballots.slot, false));
  }
  /// By anybody, with its first key or its second.
  void add_emergency(const Charter& founding) {
    const auto i = below(engine, all.size());
    const auto& whom = all[below(engine, 2)].scid;
    auto one = emergency_by(all[i], founding, whom, "2026-11-21T08:00:00Z", "2026-11-21T18:00:00Z");
    one.until += std::chrono::hours(below(engine, 2));
    if (below(engine, 2) == 0) return history.governance.push_back(sign(one, all[i].key));
    const auto second = KeyHistory(all[i], static_cast<std::uint8_t>(i + 1))
                            .after(all[i].entry, kNow - std::chrono::hours(99));
    one.epoch = 2;
    one.key = second.key_id;
    history.governance.push_back(sign(one, second.key));
  }
  static std::string sign(const Emergency& one, const core::Ed25519SigningKey& key) {
    return must(sign_emergency(one, key)).text;
  }

  Charter charter;
  Charter before_last = charter;
  std::string last_decision = {};
  const std::vector<Organisation>& all;
  Engine& engine;
  History history;
};

}  // namespace

TEST_CASE(
    "any order of statements, entries, slots, votes and emergencies gives the same view, as long "
    "as slots change the charter",
    "[registry][replica][governance]") {
  const auto founding = Consortium(4).charter();
  const Consortium members(5);
  std::size_t slots = 0;
  for (const auto seed : seeds(16, 150)) {
    INFO("AVOW_SEED=" << seed);
    Engine engine(seed);
    Governed governed(founding, members, engine, below(engine, 60));
    // The second fold knows what slots do, but no emergencies, no second value of a slot, and no entry whose keys sign no
    // feed.
    const bool is_known_to_reference = below(engine, 2) == 0;
    for (int i = 0; i < 8; ++i) governed.step(/*may_be_other=*/!is_known_to_reference);
    for (int i = 0; i < 10 && !is_known_to_reference; ++i) governed.add_emergency(founding);
    if (!is_known_to_reference && below(engine, 6) == 0) governed.fork_governance();
    slots += governed.history.slots.size();
    REQUIRE(difference(members, founding, governed.history, engine, is_known_to_reference) == "");
  }
  CHECK(slots > 0);
}

}  // namespace governance_history_test
