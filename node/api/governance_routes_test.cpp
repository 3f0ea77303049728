#include "node/api/governance_routes.h"

#include <algorithm>
#include <deque>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"

namespace avow::node::api::governance_routes_test {
namespace {

using core::Json;
using testing::Answer;

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";

/// One governor's node, as node.cpp joins it.
struct Governor {
  Governor(const registry::testing::Organisation& whose, const registry::Charter& charter,
           std::vector<std::string> peers)
      : rooms(whose, folder.path(), 1, std::move(peers)),
        governance({*rooms.database, rooms.replica, rooms.votes, *rooms.membership, rooms.audit,
                    rooms.organisation, rooms.clock, rooms.log}) {
    testing::must(rooms.join(charter));
    governance.begin();
    http::RouteTable routes;
    add_governance_routes(
        routes, {governance, rooms.replica, *rooms.database, rooms.organisation, rooms.clock});
    caller.emplace(std::move(routes));
  }
  Answer get(const std::string& path) const { return caller->get("/v1/" + path); }
  Answer post(const std::string& what, const Json& body) const {
    return caller->post("/v1/governance/" + what, body);
  }
  /// Proposes one change of a member.
  Answer propose(const std::string& change, const std::string& member) const {
    Answer drafted =
        post("draft", Json::object({{"change", change}, {"member", member}, {"from", kMonday}}));
    if (drafted.status != 200) return drafted;
    return post("propose", Json::object({{"actions", *drafted.body.find("actions")},
                                         {"hash", *drafted.body.find("hash")}}));
  }
  Json next() const { return *get("governance").body.find("next"); }
  std::string step() const { return *next().find_string("step"); }
  /// Signs what comes next; for a free choice `value`.
  Answer vote(const std::string& value) const {
    const Json state = get("governance").body;
    const Json offered = *state.find("next");
    return post(
        "vote",
        Json::object({{"slot", *state.find("open")->find("slot")},
                      {"round", *offered.find("round")},
                      {"phase", *offered.find("phase")},
                      {"value", step() == "choose" ? Json(value) : *offered.find("value")}}));
  }
  std::int64_t slot() const { return rooms.replica.view()->charter().slot(); }

  const core::testing::TempDir folder;
  testing::Rooms rooms;
  Governance governance;
  std::optional<testing::RouteCaller> caller;
};

/// Four members; the first three have nodes here.
struct World {
  explicit World(const std::vector<std::string>& peers = {}) {
    for (std::size_t i = 0; i < 3; ++i) {
      governors.emplace_back(consortium.organisations[i], consortium.charter(), peers);
    }
  }
  /// All that is queued at each reaches the others.
  void spread() {
    for (auto& from : governors) {
      registry::Objects said;
      from.rooms.read([&](core::Connection& connection) {
        for (auto& one : from.rooms.replica.outgoing(connection, "http://10.0.0.2:8444", 512,
                                                     registry::kMaxAnswerBytes))
          said.of(one.object_class).push_back(one.text);
      });
      for (auto& to : governors) {
        if (&to == &from) continue;
        to.rooms.write([&](core::Transaction& tx) {
          REQUIRE(to.rooms.replica.receive(tx, said, "", registry::testing::kNow));
        });
      }
    }
  }
  /// The first proposes; all take it and it is decided.
  void decide(const std::string& change, const std::string& member) {
    const Answer proposed = governors[0].propose(change, member);
    INFO(proposed.text);
    REQUIRE(proposed.status == 200);
    const std::string value = *proposed.body.find_string("value");
    spread();
    for (const std::size_t i : {1U, 2U}) REQUIRE(governors[i].vote(value).status == 200);
    spread();
    for (auto& governor : governors) REQUIRE(governor.vote(value).status == 200);
    spread();
  }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }
  std::string standing(std::size_t of) const {
    const Json members = governors[0].get("members").body;
    for (const Json& member : *members.find("members")->as_array()) {
      if (*member.find_string("did") == did(of)) return *member.find_string("standing");
    }
    return "";
  }

  registry::testing::Consortium consortium{4};
  std::deque<Governor> governors;
};

TEST_CASE("a settlement of an entry that cannot be is refused, and of one not held is told so",
          "[node][api][governance]") {
  World world;
  const auto& acme = world.consortium.organisations[0];
  const auto settling = [&](std::int64_t version, const std::string& hash) {
    return Json::array({Json::object(
        {{"action", "settle"}, {"scid", acme.scid}, {"version", version}, {"entryHash", hash}})});
  };
  const auto drafted = [&](std::int64_t version, const std::string& hash) {
    return world.governors[0].post("draft", Json::object({{"actions", settling(version, hash)}}));
  };
  const auto& held = acme.entry.entry_hash;
  for (const auto& wrong :
       {std::string("Qm"), held.substr(1), held + "1", "z" + held, "2-" + held, std::string()}) {
    CAPTURE(wrong);
    const Answer answer = drafted(2, wrong);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("hash") == nullptr);
  }
  // The hash of the first entry, which is none of version 2.
  const Answer unknown = drafted(2, held);
  REQUIRE(unknown.status == 200);
  const auto told = [](const Answer& answer) {
    return answer.body.find("words")->as_array()->front().as_string()->find("NOT HELD HERE") !=
           std::string::npos;
  };
  CHECK(told(unknown));
  const registry::testing::KeyHistory keys(acme, 1);
  const auto second = keys.after(acme.entry, registry::testing::kNow);
  CHECK(told(drafted(2, second.entry.entry_hash)));
  // Nor is any held of who is only admitted by the same slot.
  const registry::testing::Consortium others(6);
  const auto& newcomer = others.organisations[5];
  const Answer admitted = world.governors[0].post(
      "draft",
      Json::object({{"actions", Json::array({registry::testing::admit_action(newcomer),
                                             registry::testing::settle_action(
                                                 newcomer.scid, 2, second.entry.entry_hash)})}}));
  INFO(core::to_canonical(admitted.body));
  REQUIRE(admitted.status == 200);
  CHECK(admitted.body.find("words")->as_array()->at(1).as_string()->find("NOT HELD HERE") !=
        std::string::npos);
  // Who is asked to vote on it is told the same.
  REQUIRE(
      world.governors[0]
          .post("propose",
                Json::object({{"actions", settling(2, second.entry.entry_hash)},
                              {"hash", *drafted(2, second.entry.entry_hash).body.find("hash")}}))
          .status == 200);
  world.spread();
  const Json open = *world.governors[1].get("governance").body.find("open");
  const Json& proposal = open.find("proposals")->as_array()->front();
  CHECK(proposal.find("words")->as_array()->front().as_string()->find("NOT HELD HERE") !=
        std::string::npos);
  auto& rooms = world.governors[0].rooms;
  rooms.write([&](core::Transaction& tx) {
    (void)rooms.replica.receive(tx, {.log_entries = {second.text()}}, "", rooms.clock.now());
  });
  CHECK_FALSE(told(drafted(2, second.entry.entry_hash)));
}

TEST_CASE("a change is told in words, proposed, voted on at three nodes and decided at each",
          "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  const Answer drafted = acme.post(
      "draft", Json::object({{"change", "suspend"}, {"member", world.did(3)}, {"from", kMonday}}));
  REQUIRE(drafted.status == 200);
  CHECK(*drafted.body.find("words") ==
        Json::array({"suspend " + world.did(3) + " from " + kMonday}));
  CHECK(acme.step() == "choose");  // nothing was signed
  world.decide("suspend", world.did(3));
  for (const auto& governor : world.governors) CHECK(governor.slot() == 2);
  acme.rooms.clock.set(registry::testing::at(kMonday));
  CHECK(world.standing(3) == "suspended");
  const Json slots = *world.governors[1].get("governance/slots").body.find("slots");
  REQUIRE(slots.as_array()->size() == 1);
  const Json& decided = slots.as_array()->front();
  CHECK(*decided.find("words") == *drafted.body.find("words"));
  CHECK(decided.find("by")->as_array()->size() == 3);
  CHECK(acme.rooms.audited() == std::vector<std::string>{"govern.propose", "govern.vote"});
  world.decide("reinstate", world.did(3));
  CHECK(world.standing(3) == "member");
}

TEST_CASE("a grant is drafted from a member's DID, and says what it would grant",
          "[node][api][governance]") {
  World world;
  const auto& acme = world.governors[0];
  const auto draft = [&](Json types, std::int64_t depth, const std::string& member) {
    return acme.post("draft", Json::object({{"change", "grant"},
                                            {"member", member},
                                            {"types", std::move(types)},
                                            {"depth", depth},
                                            {"from", kMonday},
                                            {"until", "2026-11-24T08:00:00.000Z"}}));
  };
  const Answer drafted = draft(Json::array({"Badge"}), 1, world.did(3));
  REQUIRE(drafted.status == 200);
  CHECK(*drafted.body.find("actions") ==
        Json::array({Json::object({{"action", "grant"},
                                   {"types", Json::array({"Badge"})},
                                   {"depth", 1},
                                   {"from", kMonday},
                                   {"until", "2026-11-24T08:00:00.000Z"},
                                   {"member", world.consortium.organisations[3].scid}})}));
  const std::string words = *drafted.body.find("words")->as_array()->front().as_string();
  CHECK_THAT(words, Catch::Contains("grant Badge to " + world.did(3) + ", depth 1, from"));
  CHECK(draft(Json::array(), 1, world.did(3)).status == 400);
  CHECK(draft(Json::array({"Badge"}), 9, world.did(3)).status == 400);
  CHECK(draft(Json::array({"Badge"}), 1, "did:example:nobody").status == 404);
  const Answer without_types = acme.post(
      "draft", Json::object({{"change", "grant"}, {"member", world.did(3)}, {"depth", 1}}));
  CHECK(without_types.status == 400);
}

TEST_CASE("what has been overtaken is not signed", "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  auto& globex = world.governors[1];
  const Answer drafted = acme.post(
      "draft", Json::object({{"change", "suspend"}, {"member", world.did(3)}, {"from", kMonday}}));
  Json wrong = Json::object(
      {{"actions", *drafted.body.find("actions")}, {"hash", "u" + std::string(43, 'A')}});
  CHECK(acme.post("propose", wrong).status == 409);
  const Answer proposed = acme.propose("suspend", world.did(3));
  REQUIRE(proposed.status == 200);
  const std::string value = *proposed.body.find_string("value");
  const auto ballot = [&](std::int64_t slot, std::int64_t round, const char* phase,
                          const std::string& hash) {
    return Json::object({{"slot", slot}, {"round", round}, {"phase", phase}, {"value", hash}});
  };
  // Not before the proposal is here: nobody signs what he cannot read.
  CHECK(globex.post("vote", ballot(2, 1, "prepare", value)).status == 409);
  world.spread();
  CHECK(globex.post("vote", ballot(3, 1, "prepare", value)).status == 409);
  CHECK(globex.post("vote", ballot(2, 2, "prepare", value)).status == 409);
  CHECK(globex.post("vote", ballot(2, 1, "commit", value)).status == 409);
  CHECK(globex.post("vote", ballot(2, 1, "guess", value)).status == 400);
  CHECK(globex.post("vote", ballot(2, 1, "prepare", value)).status == 200);
  CHECK(globex.post("vote", ballot(2, 1, "prepare", value)).status == 409);
  CHECK(globex.step() == "wait");
  // A round can be left at any time.
  CHECK(globex.post("vote", ballot(2, 1, "close", "")).status == 200);
  CHECK(globex.rooms.audited() == std::vector<std::string>{"govern.vote", "govern.vote"});
}

TEST_CASE(
    "where the network's rules are not known nothing is proposed or signed, and it is said why",
    "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  const auto& all = world.consortium.organisations;
  const auto charter = acme.rooms.replica.view()->charter();
  CHECK(acme.get("governance").body.find("rulesUnknown") == nullptr);
  registry::Objects said;
  said.slots.push_back(
      registry::testing::ballots_for({&all[0], &all[1], &all[2]}, charter,
                                     registry::testing::slot_of_later_rules(charter))
          .decision);
  acme.rooms.write([&](core::Transaction& tx) {
    REQUIRE(acme.rooms.replica.receive(tx, said, "", registry::testing::kNow)->decided.size() == 1);
  });
  const Json state = acme.get("governance").body;
  REQUIRE(state.find("rulesUnknown") != nullptr);
  CHECK(*state.find("rulesUnknown")->find_string("code") == "rules_unknown");
  CHECK(*state.find("rulesUnknown")->find_string("why") ==
        "slot 2 has rules version 2, and this software knows only up to 1");
  CHECK(acme.propose("suspend", world.did(3)).status == 400);
  const Answer vote = acme.post(
      "vote", Json::object({{"slot", 3}, {"round", 1}, {"phase", "close"}, {"value", ""}}));
  CHECK(vote.status == 409);
  CHECK(vote.text.find("slot 2 has rules version 2") != std::string::npos);
}

TEST_CASE("who does not govern signs nothing", "[node][api][governance]") {
  registry::testing::Consortium consortium(4);
  consortium.draft.governors = {consortium.organisations[0].scid};
  const Governor globex(consortium.organisations[1], consortium.charter(), {});
  CHECK(globex.get("governance").body.find("next") == nullptr);
  CHECK(globex.propose("suspend", consortium.organisations[2].did).status == 403);
  CHECK(globex.propose("suspend", "did:example:nobody").status == 404);
  CHECK(globex
            .post("emergency", Json::object({{"member", consortium.organisations[2].did},
                                             {"from", kMonday},
                                             {"seconds", 60}}))
            .status == 403);
}

TEST_CASE("before a peer was heard no vote is signed", "[node][api][governance]") {
  const World world({testing::kPeer});
  const Answer proposed = world.governors[0].propose("suspend", world.did(3));
  CHECK(proposed.code() == "awaiting_peers");
}

TEST_CASE("a governor whose node signs no vote is told why beside what comes next",
          "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  const auto refusal = [&] {
    const Json state = acme.get("governance").body;
    const Json* refused = state.find("refusal");
    return refused == nullptr ? "" : *refused->find_string("code");
  };
  REQUIRE(acme.propose("suspend", world.did(3)).status == 200);
  CHECK(refusal().empty());
  // One that this database has not: another copy of the node said it, or an older database was put back.
  const auto charter = acme.rooms.replica.view()->charter();
  registry::Objects said;
  said.votes.push_back(registry::testing::cast(world.consortium.organisations[0], charter,
                                               registry::VotePhase::close, 1, "")
                           .text);
  acme.rooms.write([&](core::Transaction& tx) {
    REQUIRE(acme.rooms.replica.receive(tx, said, "", registry::testing::kNow)->accepted.size() ==
            1);
  });
  CHECK(refusal() == "restored_backup");
  const Json state = acme.get("governance").body;
  CHECK(state.find("refusal")->find_string("why")->find("was not made by this node") !=
        std::string::npos);
  CHECK(state.find("refusal")->find_string("fix")->find("put the newest one back") !=
        std::string::npos);
  CHECK(world.governors[1].get("governance").body.find("refusal") == nullptr);
}

TEST_CASE("a governor's node remembers the votes that came back to a restored database, if all did",
          "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  REQUIRE(acme.propose("suspend", world.did(3)).status == 200);
  bool is_whole = true;
  SECTION("all are held again") {}
  SECTION("the one that there was is not") {
    is_whole = false;
  }
  acme.rooms.write([&](core::Transaction& transaction) {
    for (const char* table : {"own_vote", "vote"}) {
      if (!is_whole || table == std::string("own_vote"))
        transaction.query(std::string("DELETE FROM ") + table).run();
    }
  });
  const Json state = acme.get("governance").body;
  const Json* refused = state.find("refusal");
  CHECK((refused == nullptr) == is_whole);
  if (refused != nullptr) CHECK(*refused->find_string("code") == "restored_backup");
}

TEST_CASE("the witnesses that a charter names are told with their threshold",
          "[node][api][governance]") {
  const registry::testing::Consortium consortium(3, 4);
  const Governor acme(consortium.organisations[0], consortium.charter(), {});
  const Json state = acme.get("governance").body;
  const Json& told = *state.find("witnesses");
  CHECK(*told.find("threshold") == Json(3));
  std::vector<std::string> ids;
  for (const Json& one : *told.find("of")->as_array()) ids.push_back(*one.find_string("id"));
  for (const auto& key : registry::testing::witness_keys(4))
    CHECK(std::count(ids.begin(), ids.end(), "did:key:" + key.public_key().to_multikey()) == 1);
  CHECK(ids.size() == 4);
  CHECK(World().governors[0].get("governance").body.find("witnesses") == nullptr);
}

TEST_CASE("two governors suspend a member in an emergency, by the same times",
          "[node][api][governance]") {
  World world;
  auto& acme = world.governors[0];
  const auto sign = [&](const Governor& governor, std::int64_t seconds) {
    return governor.post(
        "emergency",
        Json::object({{"member", world.did(3)}, {"from", kMonday}, {"seconds", seconds}}));
  };
  constexpr std::int64_t kLongest = 259'200;  // 72 hours
  CHECK(sign(acme, kLongest + 1).status == 400);
  REQUIRE(sign(acme, kLongest).status == 200);
  CHECK(sign(acme, 3600).status == 409);  // another within seven days
  world.spread();
  world.governors[1].rooms.clock.set(registry::testing::at(kMonday));
  const Json calls = *world.governors[1].get("governance").body.find("calls");
  REQUIRE(calls.as_array()->size() == 1);
  const Json& call = calls.as_array()->front();
  CHECK(*call.find("by") == Json::array({world.did(0)}));
  acme.rooms.clock.set(registry::testing::at(kMonday));
  CHECK(world.standing(3) == "member");
  CHECK(world.governors[1]
            .post("emergency", Json::object({{"member", world.did(3)},
                                             {"from", *call.find("from")},
                                             {"until", *call.find("until")}}))
            .status == 200);
  world.spread();
  CHECK(world.standing(3) == "suspended");
}

TEST_CASE("nobody is asked to join an emergency of who does not govern",
          "[node][api][governance]") {
  registry::testing::Consortium consortium(4);
  const auto& all = consortium.organisations;
  consortium.draft.governors = {all[0].scid, all[1].scid, all[2].scid};
  const auto charter = consortium.charter();
  Governor acme(all[0], charter, {});
  registry::Objects said;
  for (const std::size_t by : {3U, 1U})
    said.emergencies.push_back(registry::testing::emergency_by(all[by], charter, all[2].scid,
                                                               kMonday,
                                                               by == 1 ? "2026-11-23T09:00:00.000Z"
                                                                       : "2026-11-23T10:00:00.000Z")
                                   .text);
  acme.rooms.write([&](core::Transaction& tx) {
    REQUIRE(acme.rooms.replica.receive(tx, said, "", registry::testing::kNow)->accepted.size() ==
            1);
  });
  const Json calls = *acme.get("governance").body.find("calls");
  REQUIRE(calls.as_array()->size() == 1);
  CHECK(*calls.as_array()->front().find("by") == Json::array({all[1].did}));
}

TEST_CASE("who governs and is evicted leaves the governors with the same slot",
          "[node][api][governance]") {
  World world;
  world.decide("evict", world.did(3));
  const auto& charter = world.governors[2].rooms.replica.view()->charter();
  CHECK(charter.is_evicted(world.consortium.organisations[3].scid));
  CHECK(charter.governors.size() == 3);
  CHECK(charter.quorum == 3);
  CHECK(world.standing(3) == "evicted");
  CHECK(world.governors[0].propose("reinstate", world.did(3)).status == 400);
}

}  // namespace
}  // namespace avow::node::api::governance_routes_test
