#include "registry/slot.h"

#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "did/did_webvh_write.h"
#include "registry/testing/consortium.h"
#include "registry/testing/governors.h"

namespace slot_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";
constexpr const char* kTuesday = "2026-11-24T08:00:00.000Z";
constexpr const char* kWednesday = "2026-11-25T08:00:00.000Z";

Json suspend(const std::string& scid, const char* from) {
  return Json::object({{"action", "suspend"}, {"scid", scid}, {"from", from}});
}
Json reinstate(const std::string& scid, const char* from) {
  return Json::object({{"action", "reinstate"}, {"scid", scid}, {"from", from}});
}
Json evict(const std::string& scid, std::int64_t sequence = 4) {
  return Json::object({{"action", "evict"},
                       {"scid", scid},
                       {"epoch", 1},
                       {"sequence", sequence},
                       {"hash", sequence < 0 ? "" : core::to_multibase(core::sha256("cut"))}});
}
Json admit(const Organisation& organisation) {
  return Json::object(
      {{"action", "admit"}, {"scid", organisation.scid}, {"entry", organisation.entry.json}});
}
Json grant(const std::string& member, std::vector<std::string> types, std::int64_t depth,
           const char* from, const char* until = nullptr) {
  auto names = Json::array();
  for (auto& type : types) names.push_back(std::move(type));
  auto action = Json::object({{"action", "grant"},
                              {"member", member},
                              {"types", std::move(names)},
                              {"depth", depth},
                              {"from", from}});
  if (until != nullptr) action.set("until", until);
  return action;
}
Json charter(const std::vector<std::string>& scids, std::int64_t quorum) {
  auto governors = Json::array();
  for (const auto& scid : scids)
    governors.push_back(Json::object({{"scid", scid}, {"version", 1}}));
  return Json::object({{"action", "charter"},
                       {"governors", std::move(governors)},
                       {"quorum", quorum},
                       {"witnesses", Json::array()},
                       {"rules", 1},
                       {"freshness", revocation::to_json(revocation::FreshnessTiers{})}});
}

/// Four founders, and slots on top of each other.
struct Chain {
  Consortium consortium{4};
  Charter now = consortium.charter();
  const std::string acme = consortium.organisations[0].scid;
  const std::string globex = consortium.organisations[1].scid;
  const std::string initech = consortium.organisations[2].scid;
  const std::string umbrella = consortium.organisations[3].scid;

  /// The code of the refusal, empty if it was taken.
  std::string decide(Json::Array actions) {
    const auto slot = draft_slot(now, std::move(actions), false);
    if (!slot) return std::string(code_name(slot.error().code));
    now = must(apply_slot(now, *slot, false));
    return "";
  }
  bool is_suspended(const std::string& scid, const char* moment) const {
    for (const auto& one : now.standing_of(scid).suspensions) {
      if (one.in_force(at(moment))) return true;
    }
    return false;
  }
  /// The depth granted, -1 if nothing is.
  std::int64_t granted(const std::string& member, const std::string& type,
                       const char* moment) const {
    std::int64_t depth = -1;
    for (const auto& one : now.grants) {
      const bool names = std::find(one.types.begin(), one.types.end(), type) != one.types.end();
      if (one.member == member && names && one.in_force(at(moment)))
        depth = std::max(depth, one.depth);
    }
    return depth;
  }
};

}  // namespace

TEST_CASE("a slot follows the one before by its number and hash", "[registry][slot]") {
  Chain chain;
  const auto slot = must(draft_slot(chain.now, {suspend(chain.acme, kMonday)}, false));
  CHECK(slot.number == 2);
  CHECK(slot.previous == chain.now.network);
  const auto after = must(apply_slot(chain.now, slot, false));
  CHECK(after.slot() == 2);
  CHECK(after.slot_hash() == slot.hash);
  CHECK(after.network == chain.now.network);
  CHECK_FALSE(apply_slot(after, slot, false).has_value());
  for (const auto& [name, value] :
       {std::pair<std::string, Json>{"slot", 3}, {"previous", slot.hash}, {"network", slot.hash}}) {
    CAPTURE(name);
    auto other = slot.json;
    other.set(name, value);
    CHECK_FALSE(
        apply_slot(chain.now, must(parse_slot(core::to_canonical(other))), false).has_value());
  }
}

TEST_CASE("a slot's hash is that of a statement", "[registry][slot]") {
  Chain chain;
  const auto slot = must(draft_slot(chain.now, {suspend(chain.acme, kMonday)}, false));
  CHECK(slot.hash == core::to_multibase(core::sha256(std::string(1, '\0') + slot.text)));
}

TEST_CASE("a slot has one to 256 actions", "[registry][slot]") {
  Chain chain;
  CHECK(chain.decide({}) == "malformed");
  Json::Array actions(256, grant(chain.globex, {"Badge"}, 0, kMonday));
  CHECK(must(draft_slot(chain.now, actions, false)).number == 2);
  actions.push_back(actions.front());
  CHECK_FALSE(draft_slot(chain.now, actions, false).has_value());
}

TEST_CASE("a suspension lasts from its time to that of the reinstatement", "[registry][slot]") {
  Chain chain;
  REQUIRE(chain.decide({suspend(chain.acme, kMonday)}).empty());
  CHECK_FALSE(chain.is_suspended(chain.acme, "2026-11-23T07:59:59.999Z"));
  CHECK(chain.is_suspended(chain.acme, kMonday));
  CHECK(chain.is_suspended(chain.acme, "2027-11-23T08:00:00Z"));
  CHECK_FALSE(chain.is_suspended(chain.globex, kMonday));
  REQUIRE(chain.decide({reinstate(chain.acme, kTuesday)}).empty());
  CHECK(chain.is_suspended(chain.acme, "2026-11-24T07:59:59.999Z"));
  CHECK_FALSE(chain.is_suspended(chain.acme, kTuesday));
  CHECK(chain.decide({suspend(chain.acme, "2026-11-24T07:59:59.999Z")}) == "bad_slot");
  CHECK(chain.decide({suspend(chain.acme, kTuesday)}).empty());
}

TEST_CASE("who is suspended is not suspended again, and who is not is not reinstated",
          "[registry][slot]") {
  Chain chain;
  CHECK(chain.decide({reinstate(chain.acme, kMonday)}) == "bad_slot");
  REQUIRE(chain.decide({suspend(chain.acme, kTuesday)}).empty());
  CHECK(chain.decide({suspend(chain.acme, kWednesday)}) == "bad_slot");
  CHECK(chain.decide({reinstate(chain.acme, kMonday)}) == "bad_slot");
  CHECK(chain.decide({reinstate(chain.globex, kWednesday)}) == "bad_slot");
  // People are told of whom by its DID.
  const auto refused = draft_slot(chain.now, {reinstate(chain.globex, kWednesday)}, false);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().detail,
             Catch::Contains(chain.consortium.organisations[1].did + " is not suspended then"));
  REQUIRE(chain.decide({reinstate(chain.acme, kTuesday)}).empty());
  CHECK(chain.now.standing_of(chain.acme).suspensions.empty());
}

TEST_CASE("an eviction is final, and nothing more is said of who was evicted", "[registry][slot]") {
  Chain chain;
  REQUIRE(
      chain.decide({charter({chain.acme, chain.globex, chain.initech}, 3), evict(chain.umbrella)})
          .empty());
  CHECK(chain.now.is_evicted(chain.umbrella));
  CHECK(chain.now.standing_of(chain.umbrella).evicted->slot == 2);
  CHECK(chain.now.find(chain.umbrella) != nullptr);
  for (const auto& action :
       {evict(chain.umbrella), suspend(chain.umbrella, kMonday), reinstate(chain.umbrella, kMonday),
        grant(chain.umbrella, {"Badge"}, 0, kMonday), admit(chain.consortium.organisations[3])}) {
    CAPTURE(core::to_canonical(action));
    CHECK(chain.decide({action}) == "bad_slot");
  }
}

TEST_CASE("a successor may have the location of who was evicted, under another SCID",
          "[registry][slot]") {
  Chain chain;
  const Organisation successor(9, "umbrella.example");
  CHECK(chain.decide({admit(successor)}) == "bad_slot");
  CHECK(chain
            .decide({evict(chain.umbrella), admit(successor),
                     charter({chain.acme, chain.globex, chain.initech}, 3)})
            .empty());
  CHECK(chain.now.find(successor.scid) != nullptr);
}

TEST_CASE("an evicted governor must be replaced in the same slot", "[registry][slot]") {
  Chain chain;
  CHECK(chain.decide({evict(chain.umbrella)}) == "bad_slot");
  // The quorum is that of the governors named.
  CHECK(chain.decide({evict(chain.umbrella),
                      charter({chain.acme, chain.globex, chain.initech}, 2)}) == "bad_slot");
  CHECK(chain.decide({evict(chain.umbrella), charter({chain.acme, chain.globex, chain.initech}, 3)})
            .empty());
  CHECK(chain.now.quorum == 3);
  CHECK(chain.now.governor(chain.umbrella) == nullptr);
}

TEST_CASE("a cut names a statement, or none at all", "[registry][slot]") {
  Chain chain;
  REQUIRE(chain.decide({charter({chain.acme}, 1)}).empty());
  auto cut = evict(chain.globex, -1);
  cut.set("epoch", 2);
  CHECK(chain.decide({cut}) == "bad_slot");
  cut = evict(chain.globex, 0);
  cut.set("hash", "");
  CHECK(chain.decide({cut}) == "bad_slot");
  CHECK(chain.decide({evict(chain.globex, -2)}) == "bad_slot");
  CHECK(chain.decide({evict(chain.globex, -1)}).empty());
  CHECK(chain.decide({evict(chain.initech, 0)}).empty());
}

TEST_CASE("a member is admitted once, with pre-rotation, at a location of its own",
          "[registry][slot]") {
  Chain chain;
  const Organisation hooli(5, "hooli.example");
  REQUIRE(chain.decide({admit(hooli)}).empty());
  CHECK(chain.now.find(hooli.did) != nullptr);
  CHECK(chain.decide({admit(hooli)}) == "bad_slot");
  CHECK(chain.decide({admit(Organisation(6, "hooli.example"))}) == "bad_slot");
  auto wrong = admit(Organisation(7, "other.example"));
  wrong.set("scid", hooli.scid);
  CHECK(chain.decide({wrong}) == "bad_slot");

  did::WebvhCreation creation;
  creation.domain = "static.example";
  creation.verification_methods.push_back(
      Json::object({{"id", "#key-1"},
                    {"publicKeyMultibase", Organisation::make_key(8).public_key().to_multikey()}}));
  const auto entry =
      did::create_webvh_entry(creation, Organisation::make_key(88), at("2026-01-01T00:00:00Z"));
  REQUIRE(entry.has_value());
  CHECK(chain.decide({Json::object(
            {{"action", "admit"}, {"scid", entry->scid}, {"entry", entry->json}})}) == "bad_slot");
}

TEST_CASE("the last grant of a type to a member holds from its time on", "[registry][slot]") {
  Chain chain;
  CHECK(chain.granted(chain.acme, "Badge", kMonday) == 2);  // of slot 1
  REQUIRE(chain.decide({grant(chain.acme, {"Badge", "Pass"}, 1, kTuesday, kWednesday)}).empty());
  CHECK(chain.granted(chain.acme, "Badge", kMonday) == 2);
  CHECK(chain.granted(chain.acme, "Badge", kTuesday) == 1);
  CHECK(chain.granted(chain.acme, "Pass", kMonday) == -1);
  CHECK(chain.granted(chain.acme, "Pass", "2026-11-25T07:59:59.999Z") == 1);
  CHECK(chain.granted(chain.acme, "Pass", kWednesday) == -1);
  // What it granted before does not come back after it.
  CHECK(chain.granted(chain.acme, "Badge", kWednesday) == -1);
}

TEST_CASE("a grant that ends when it begins only ends the one before", "[registry][slot]") {
  Chain chain;
  REQUIRE(chain.decide({grant(chain.globex, {"Badge", "Pass"}, 3, kTuesday)}).empty());
  REQUIRE(chain.decide({grant(chain.globex, {"Badge"}, 0, kWednesday, kWednesday)}).empty());
  CHECK(chain.granted(chain.globex, "Badge", kTuesday) == 3);
  CHECK(chain.granted(chain.globex, "Badge", kWednesday) == -1);
  CHECK(chain.granted(chain.globex, "Pass", kWednesday) == 3);
  CHECK(chain.granted(chain.acme, "Badge", kWednesday) == 2);
  REQUIRE(chain.decide({grant(chain.globex, {"Pass"}, 0, kMonday, kMonday)}).empty());
  CHECK(chain.granted(chain.globex, "Pass", kTuesday) == -1);
}

TEST_CASE("an action of another form is refused", "[registry][slot]") {
  const auto changed = [](Json action, const std::string& name, Json value) {
    Chain chain;
    action.set(name, std::move(value));
    return chain.decide({action});
  };
  const Chain chain;
  const auto good = suspend(chain.acme, kMonday);
  CHECK(changed(good, "action", "suspend").empty());
  CHECK(changed(good, "action", "promote") == "bad_slot");
  CHECK(changed(good, "from", "2026-11-23T08:00:00Z") ==
        "bad_slot");  // times are written in one way
  CHECK(changed(good, "scid", Organisation(9, "stranger.example").scid) == "bad_slot");
  CHECK(changed(good, "until", kTuesday) == "bad_slot");
  CHECK(changed(grant(chain.acme, {"Badge"}, 8, kMonday), "depth", 9) == "bad_slot");
  CHECK(changed(grant(chain.acme, {"Badge"}, 8, kTuesday), "until", kMonday) == "bad_slot");
  CHECK(changed(grant(chain.acme, {"Badge"}, 8, kTuesday), "types", Json::array()) == "bad_slot");
  const auto tiers = revocation::to_json(revocation::FreshnessTiers{});
  const auto parameter =
      Json::object({{"action", "parameter"}, {"name", "freshness"}, {"value", tiers}});
  CHECK(changed(parameter, "name", "freshness").empty());
  CHECK(changed(parameter, "name", "colour") == "bad_slot");
  CHECK(changed(parameter, "value", Json::object()) == "bad_slot");
}

TEST_CASE("a version of a log is settled once", "[registry][slot]") {
  Chain chain;
  REQUIRE(chain.decide({settle_action(chain.acme, 2, "QmA")}).empty());
  CHECK(chain.now.settled.at({chain.acme, 2}) == "QmA");
  CHECK(chain.decide({settle_action(chain.acme, 2, "QmB")}) == "bad_slot");
  CHECK(chain.decide({settle_action(chain.acme, 1, "QmB")}) == "bad_slot");
  CHECK(chain.decide({settle_action(chain.acme, 3, "QmB")}).empty());
}

TEST_CASE("a charter in a later slot names governors, who must be members, and their quorum",
          "[registry][slot]") {
  Chain chain;
  const Organisation hooli(5, "hooli.example");
  CHECK(chain.decide({charter({chain.acme, hooli.scid}, 2)}) == "bad_slot");
  CHECK(chain.decide({charter({chain.acme, chain.globex}, 1)}) == "bad_slot");
  CHECK(chain.decide({charter({chain.acme, chain.acme}, 2)}) == "bad_slot");
  CHECK(chain.decide({charter({}, 1)}) == "bad_slot");
  CHECK(chain.decide({charter({chain.acme}, 1), charter({chain.acme}, 1)}) == "bad_slot");
  REQUIRE(chain.decide({admit(hooli), charter({chain.acme, chain.globex, hooli.scid}, 3)}).empty());
  CHECK(chain.now.governors.size() == 3);
  CHECK(chain.now.governor(hooli.scid) != nullptr);
  CHECK(chain.now.governor(chain.initech) == nullptr);
}

TEST_CASE("a refused action leaves nothing of its slot", "[registry][slot]") {
  Chain chain;
  CHECK(chain.decide({suspend(chain.acme, kMonday), suspend(chain.acme, kTuesday)}) == "bad_slot");
  CHECK(chain.now.slot() == 1);
  CHECK(chain.now.standing_of(chain.acme).suspensions.empty());
}

TEST_CASE("what a slot would do is told in words", "[registry][slot]") {
  Chain chain;
  const auto& acme = chain.consortium.organisations[0];
  const auto slot =
      must(draft_slot(chain.now,
                      {suspend(chain.acme, kMonday), grant(chain.acme, {"Badge"}, 1, kMonday),
                       grant(chain.acme, {"Badge"}, 0, kTuesday, kTuesday), evict(chain.umbrella),
                       charter({chain.acme}, 1)},
                      false));
  const auto lines = in_words(chain.now, slot);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == "suspend " + acme.did + " from " + kMonday);
  CHECK(lines[1] == "grant Badge to " + acme.did + ", depth 1, from " + kMonday);
  CHECK(lines[2] == "end the grant of Badge to " + acme.did + " from " + kTuesday);
  CHECK(lines[3] == "evict " + chain.consortium.organisations[3].did +
                        " for ever: of its feed nothing counts after epoch 1, sequence 4 (" +
                        *evict(chain.umbrella).find_string("hash") + ")");
  // Every member of the action: a freshness limit that the line left out would be nobody's consent.
  CHECK(lines[4].starts_with("the governors are " + acme.did +
                             " (from version 1 of its log); 1 of them decide;"));
  const auto charter_action = charter({chain.acme}, 1);
  for (const auto* name : {"witnesses", "rules", "freshness"}) {
    CAPTURE(name, lines[4]);
    CHECK(lines[4].find(core::to_canonical(*charter_action.find(name))) != std::string::npos);
  }
}

TEST_CASE("a name of a type cannot read as other words than a name", "[registry][slot]") {
  Chain chain;
  const auto& acme = chain.consortium.organisations[0];
  const std::string lie =
      "Badge to " + acme.did + ", depth 0, from " + kMonday + "; end the grant of Badge";
  const auto words_of = [&](const std::string& type) {
    return in_words(chain.now,
                    must(draft_slot(chain.now, {grant(chain.umbrella, {type, "Other"}, 8, kMonday)},
                                    false)))
        .at(0);
  };
  const auto rest = " to " + chain.consortium.organisations[3].did + ", depth 8, from " + kMonday;
  CHECK(words_of(lie) == "grant \"" + lie + "\", Other" + rest);
  CHECK(words_of("a\", b") == R"(grant "a\", b", Other)" + rest);
  CHECK(words_of("a, b") == "grant \"a, b\", Other" + rest);
  CHECK(words_of("https://example.com/types#Badge") ==
        "grant https://example.com/types#Badge, Other" + rest);
}

TEST_CASE("what is no slot is told in words without harm", "[registry][slot]") {
  Chain chain;
  for (const char* action : {R"({"action":"admit"})", R"({"action":"grant","types":"x"})",
                             R"({"action":"evict"})", R"({"action":"charter","governors":5})",
                             R"({"action":"settle"})", R"({"action":5})", "7"}) {
    Slot slot;
    slot.json = Json::object({{"actions", Json::array({*core::parse_json(action)})}});
    CHECK(in_words(chain.now, slot).size() == 1);
  }
}

}  // namespace slot_test
