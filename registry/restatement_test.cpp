// After a theft or a lost database: what the next epoch takes back, and what it says again.

#include "registry/restatement.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/compromised_keys.h"
#include "registry/own_feed.h"
#include "registry/stopped_agents.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace restatement_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using core::Json;
using What = Lapsing::What;

namespace {

constexpr const char* kGlobex = "did:webvh:QmGlobex:globex.example";
constexpr const char* kAgent = "did:web:acme.example:agents:support";

Json document_body(const std::string& did, const std::string& status) {
  return Json::object({{"id", did}, {"document", Json::object({{"id", did}})}, {"status", status}});
}

Strikes strikes(std::vector<std::string> names) {
  return must(Strikes::parse(std::move(names)));
}

std::vector<std::string> names_of(const std::vector<Lapsing>& items) {
  std::vector<std::string> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

using Names = std::vector<std::string>;

/// Acme's own node: it remembers that it has signed the first statements of its feed, and not the others.
struct Fixture {
  Fixture() {
    signed_here = {first.open(), first.next("status.list", list_body("r1", "revocation")),
                   first.next("status.list", list_body("s1", "suspension")),
                   first.next("status.delta", delta_body("r1", {3}))};
    node.receive(signed_here);
    node.write([&](core::Transaction& tx) {
      for (const auto& one : signed_here) must(FeedWriter(tx).put_own_signature(one));
    });
    node.receive_entries({second.text(), third.text()});
  }
  std::vector<MadeElsewhere> made(std::int64_t epoch = 2) {
    std::vector<MadeElsewhere> found;
    node.read([&](core::Connection& connection) {
      FeedReader store(connection);
      found = made_elsewhere(store, acme.scid, epoch);
    });
    return found;
  }
  Restatement says(const Strikes& out = {}) {
    return restatement(made(), out,
                       {{"r1", revocation::StatusPurpose::revocation},
                        {"s1", revocation::StatusPurpose::suspension}});
  }
  Agreement agreed(const Strikes& out = {}, std::int64_t epoch = 2) {
    return {epoch, digest_of_shown(made(epoch), out), "", out.names()};
  }
  /// The code with which epoch 2 is not opened; empty if it is.
  std::string open(const std::optional<Agreement>& agreement) {
    OwnFeed own(*node.replica, guard, second.key, acme.scid, second.key_id, 2);
    if (agreement) own.may_abandon(*agreement);
    std::string code;
    node.read([&](core::Connection& connection) {
      if (const auto checked = own.check(connection); !checked)
        code = code_name(checked.error().code);
    });
    if (!code.empty()) return code;
    node.write([&](core::Transaction& tx) {
      const auto opened = own.open_epoch(tx, kNow);
      code = opened ? "" : code_name(opened.error().code);
    });
    return code;
  }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion second = keys.after(acme.entry, kNow - std::chrono::hours(2));
  KeyVersion third = keys.after(second.entry, kNow - std::chrono::hours(1));
  Author first{acme, charter.network};
  Node node{charter};
  core::testing::TempDir folder;
  DiskGuardFile guard{folder / "guard.json", acme.scid};
  std::vector<Statement> signed_here;
};

}  // namespace

TEST_CASE("a strike names a statement, all from it on, a bit, a document or an accreditation",
          "[registry][restatement]") {
  for (const std::string name :
       {"1/41", "1/0", "12/41..", "r1#0", "r1#131071", kAgent, "did:web:acme.example=Badge"}) {
    INFO(name);
    CHECK(Strikes::parse({name}));
  }
  for (const std::string name :
       {"", "1", "1/", "/1", "01/4", "1/-1", "1/4.", "1/4...", "1/4..5", "r1#131072", "r1#", "#5",
        "R1#5", "r1#05", "acme", "1/99999999999999999999"}) {
    INFO(name);
    CHECK(Strikes::parse({name}).error().code == ErrorCode::malformed);
  }
  CHECK(Strikes::parse(Names(Strikes::kMaxNames, "1/4")));
  CHECK_FALSE(Strikes::parse(Names(Strikes::kMaxNames + 1, "1/4")));
}

TEST_CASE(
    "what was made elsewhere is what stands under our name and we do not remember to have signed",
    "[registry][restatement]") {
  Fixture f;
  CHECK(f.made().empty());
  const auto forgotten = f.first.note("forgotten");
  const auto more = f.first.note("and more");
  f.node.receive({forgotten, more});
  auto made = f.made();
  REQUIRE(made.size() == 2);
  CHECK(made[0].statement.hash == forgotten.hash);
  CHECK(made[1].statement.hash == more.hash);
  CHECK(made[0].on_chain);
  CHECK(f.made(1).empty());  // nothing comes before the first epoch

  // The other side of a fork is known from its proof alone.
  Author thief(f.acme, f.charter.network);
  f.node.receive({thief.open(), thief.note("a thief's")});
  made = f.made();
  REQUIRE(made.size() == 3);
  CHECK(made[0].statement.sequence == 1);
  CHECK(made[0].statement.kind == StatementKind::advisory);
  CHECK_FALSE(made[0].on_chain);

  // What our own later opening took back is settled.
  REQUIRE(f.open(f.agreed()).empty());
  CHECK(f.made(3).empty());
}

TEST_CASE("every stop of the branch is said again, permissions lapse", "[registry][restatement]") {
  Fixture f;
  f.node.receive({f.first.next("status.delta", delta_body("r1", {7, 8})),      // 1/4
                  f.first.next("status.list", list_body("r2", "revocation")),  // 1/5
                  f.first.next("status.delta", delta_body("r2", {9})),         // 1/6
                  f.first.next("status.delta", delta_body("s1", {5, 6})),      // 1/7
                  f.first.next("status.delta", delta_body("s1", {}, {5})),     // 1/8
                  f.first.next("did.document", document_body(kAgent, "deactivated")),
                  f.first.next("accredit", accredit_body(kGlobex, "Badge", 0)),
                  f.first.next("accredit.revoke", Json::object({{"subject", kGlobex},
                                                                {"types", Json::array({"Pass"})}})),
                  f.first.next("did.document", document_body("did:web:acme.example:b", "active")),
                  f.first.note("nothing of it")});
  const auto pass = std::string(kGlobex) + "=Pass";
  const auto badge = std::string(kGlobex) + "=Badge";
  const auto all = f.says();
  CHECK(names_of(all.again) ==
        Names{"r1#7", "r1#8", "r2", "r2#9", "s1#5", "s1#6", kAgent, badge, pass});
  CHECK(names_of(all.lapses) == Names{badge, "did:web:acme.example:b"});
  CHECK(all.again[0].what == What::revoked);
  CHECK(all.again[0].sequence == 4);
  CHECK(all.again[2].what == What::list_opened);
  CHECK(all.again[2].declaration->url == "https://acme.example/status/r2");
  CHECK(all.again[4].what == What::suspended);
  CHECK(all.again[6].what == What::document_ended);
  CHECK(all.again[7].what == What::accreditation_ended);  // what it replaced must not come back
  CHECK(all.again[8].what == What::accreditation_ended);
  CHECK(all.struck.empty());

  const auto by_name = f.says(strikes({"r1#7", kAgent, pass}));
  CHECK(names_of(by_name.again) == Names{"r1#8", "r2", "r2#9", "s1#5", "s1#6", badge});
  CHECK(names_of(by_name.struck) == Names{"r1#7", kAgent, pass});
  const auto by_statement = f.says(strikes({"1/4", "1/6.."}));
  CHECK(names_of(by_statement.again) == Names{"r2"});
  // Its list is a thief's, so its bits stand nowhere.
  CHECK(names_of(f.says(strikes({"1/5"})).again) ==
        Names{"r1#7", "r1#8", "s1#5", "s1#6", kAgent, badge, pass});

  CHECK(f.says(strikes({"1/4", "1/4..", "r1#8", badge})).unmatched.empty());
  CHECK(f.says(strikes({"1/3", "1/14", "1/14..", "2/0", "r1#3", "r1#6", "s1#4", kGlobex}))
            .unmatched == Names{"1/3", "1/14", "1/14..", "2/0", "r1#3", "r1#6", "s1#4", kGlobex});
}

TEST_CASE("stopped agents stay so", "[registry][restatement]") {
  Fixture f;
  const auto one = agent_hash("did:web:acme.example:agents:one");
  const auto two = agent_hash("did:web:acme.example:agents:two");
  f.node.receive({f.first.next("agent.suspend", to_json(AgentSuspension{one, true})),
                  f.first.next("agent.disown", to_json(AgentDisowning{two, kNow + 60min})),
                  f.first.next("agent.disown", to_json(AgentDisowning{two, kNow + 30min}))});
  const auto all = f.says();
  REQUIRE(names_of(all.again) == Names{one, two});
  CHECK(all.again[0].what == What::agent_suspended);
  CHECK(all.again[1].what == What::agent_disowned);
  CHECK(all.again[1].from == kNow + 30min);
  CHECK(f.says(strikes({"1/6"})).again[1].from == kNow + 60min);
  CHECK(f.says(strikes({"1/5"})).again[1].from == kNow + 30min);
  CHECK(names_of(f.says(strikes({one})).again) == Names{two});
  CHECK(names_of(f.says(strikes({"1/5", "1/6"})).again) == Names{one});
}

TEST_CASE("a key that was given up stays so, up to the earliest position",
          "[registry][restatement]") {
  Fixture f;
  const auto gives_up = [&](SaidAt up_to) {
    return f.first.next("key.compromised", to_json(KeyCompromise{f.acme.key_id, up_to}));
  };
  f.node.receive({gives_up({1, 9}), gives_up({1, 2})});
  const auto all = f.says();
  REQUIRE(names_of(all.again) == Names{f.acme.key_id});
  CHECK(all.again[0].what == What::key_compromised);
  CHECK(all.again[0].up_to == SaidAt{1, 2});
  CHECK(f.says(strikes({"1/5"})).again[0].up_to == SaidAt{1, 4});  // not beyond its own position
  CHECK(f.says(strikes({"1/4"})).again[0].up_to == SaidAt{1, 2});
  CHECK(f.says(strikes({f.acme.key_id})).again.empty());
}

TEST_CASE("what was issued is said again, with the position that its holders know",
          "[registry][restatement]") {
  Fixture f;
  const auto root = [](std::string_view text) { return core::sha256(text); };
  const auto name = [&](std::string_view text) { return core::to_multibase(root(text)); };
  f.node.receive({f.first.next("issued", to_json(IssuedBatch{root("one"), 3})),  // 1/4
                  f.first.next("issued", to_json(IssuedBatch{root("two"), 1})),  // 1/5
                  f.first.next("issued", to_json(IssuedBatch{root("old"), 2, SaidAt{1, 2}})),
                  f.first.next("issued", Json::object({{"root", name("void")}}))});
  const auto all = f.says();
  REQUIRE(names_of(all.again) == Names{name("one"), name("two"), name("old")});
  CHECK(all.lapses.empty());
  CHECK(all.again[0].what == What::batch_issued);
  CHECK(all.again[0].batch->root == root("one"));
  CHECK(all.again[0].batch->size == 3);
  CHECK(all.again[0].batch->was == SaidAt{1, 4});
  CHECK(all.again[2].batch->was == SaidAt{1, 2});  // said again before

  CHECK(names_of(f.says(strikes({"1/5"})).again) == Names{name("one"), name("old")});
  const auto by_name = f.says(strikes({name("one")}));
  CHECK(names_of(by_name.again) == Names{name("two"), name("old")});
  CHECK(names_of(by_name.struck) == Names{name("one")});
  CHECK(f.says(strikes({"1/4.."})).again.empty());
}

TEST_CASE("a batch is said again beside a thief's with the same root", "[registry][restatement]") {
  Fixture f;
  const auto root = core::sha256("one");
  const auto says = [&](std::int64_t size, std::optional<SaidAt> was = {}) {
    return f.first.next("issued", to_json(IssuedBatch{root, size, was}));
  };
  // 1/4 is the thief's, 1/5 ours; 1/6 says ours with another size, 1/7 another position, and 1/8 one that is to come.
  f.node.receive({says(9), says(3), says(4, SaidAt{1, 5}), says(3, SaidAt{1, 2}),
                  says(3, SaidAt{1, 5}), says(3, SaidAt{1, 99})});
  const auto all = f.says();
  std::vector<std::tuple<std::int64_t, SaidAt>> said;
  for (const auto& one : all.again) said.emplace_back(one.batch->size, *one.batch->was);
  CHECK(said == std::vector<std::tuple<std::int64_t, SaidAt>>{
                    {9, {1, 4}}, {3, {1, 5}}, {4, {1, 5}}, {3, {1, 2}}, {3, {1, 9}}});
  CHECK(f.says(strikes({"1/4", "1/6"})).again.size() == 3);
  CHECK(f.says(strikes({core::to_multibase(root)})).again.empty());
}

TEST_CASE("a bit that two statements set is struck out only with both", "[registry][restatement]") {
  Fixture f;
  f.node.receive({f.first.next("status.delta", delta_body("r1", {7})),
                  f.first.next("status.delta", delta_body("r1", {7, 8}))});
  CHECK(names_of(f.says(strikes({"1/4"})).again) == Names{"r1#7", "r1#8"});
  CHECK(names_of(f.says(strikes({"1/5"})).again) == Names{"r1#7"});
  CHECK(f.says(strikes({"1/4", "1/5"})).again.empty());
}

TEST_CASE("a suspension is said again although somebody resumed after it, and a person is told so",
          "[registry][restatement]") {
  Fixture f;
  const auto agent = agent_hash("did:web:acme.example:agents:one");
  const auto suspends = [&](bool suspended) {
    return f.first.next("agent.suspend", to_json(AgentSuspension{agent, suspended}));
  };
  f.node.receive({suspends(true), f.first.next("status.delta", delta_body("s1", {6, 7, 8})),
                  suspends(false), f.first.next("status.base", base_body("s1", {6, 8})),
                  f.first.next("status.delta", delta_body("s1", {}, {6}))});
  const auto all = f.says();
  REQUIRE(names_of(all.again) == Names{agent, "s1#6", "s1#7", "s1#8"});
  CHECK(all.again[0].resumed == SaidAt{1, 6});
  CHECK(all.again[1].resumed == SaidAt{1, 8});
  CHECK(all.again[2].resumed == SaidAt{1, 7});
  CHECK_FALSE(all.again[3].resumed);
  CHECK_FALSE(f.says(strikes({"1/6"})).again[0].resumed);
  f.node.receive({suspends(true)});
  CHECK_FALSE(f.says().again[0].resumed);
  CHECK(f.says(strikes({"1/9"})).again[0].resumed == SaidAt{1, 6});
  CHECK(names_of(f.says(strikes({agent, "1/5"})).again) == Names{"s1#6", "s1#8"});
}

TEST_CASE("a new epoch takes back only what a person was shown [GOSSIP-18]",
          "[registry][restatement][own_feed][GOSSIP-18]") {
  Fixture f;
  SECTION("nothing to take back needs no agreement") {
    CHECK(f.open({}).empty());
  }
  SECTION("nobody agreed, or to another epoch") {
    f.node.receive({f.first.note("forgotten")});
    CHECK(f.open({}) == "restored_backup");
    CHECK(f.open(f.agreed({}, 3)) == "restored_backup");
    CHECK(f.open(f.agreed()).empty());
    CHECK(f.node.replica->view()->feed(f.acme.scid)->position()->epoch == 2);
  }
  SECTION("one statement more than was shown") {
    f.node.receive({f.first.note("forgotten")});
    const auto agreement = f.agreed();
    f.node.receive({f.first.note("and more")});
    CHECK(f.open(agreement) == "restored_backup");
  }
  SECTION("one more of a branch that was struck out for good, which a thief can always add") {
    f.node.receive({f.first.note("a thief's")});
    const auto agreement = f.agreed(strikes({"1/4.."}));
    f.node.receive({f.first.note("a thief's again")});
    CHECK(f.open(agreement).empty());
  }
  SECTION("a fork is no exception") {
    Author thief(f.acme, f.charter.network);
    f.node.receive({thief.open(), thief.note("a thief's")});
    CHECK(f.open({}) == "restored_backup");
    CHECK(f.open(f.agreed()).empty());
  }
}

TEST_CASE("a statement that the guard file alone knows is given up by a person only",
          "[registry][restatement][own_feed][GOSSIP-18]") {
  Fixture f;
  const auto lost = f.first.note("shown to nobody");
  must(f.guard.write(GuardMark{1, lost.sequence, lost.hash}));
  CHECK(f.open({}) == "restored_backup");
  auto agreement = f.agreed();
  agreement.lost = f.signed_here.back().hash;
  CHECK(f.open(agreement) == "restored_backup");
  agreement.lost = lost.hash;
  CHECK(f.open(agreement).empty());
}

TEST_CASE("what a base says on a branch that is given up is said again bit by bit",
          "[registry][restatement]") {
  Fixture f;
  f.node.receive({f.first.next("status.delta", delta_body("s1", {5, 6})),
                  f.first.next("status.base", base_body("r1", {3, 7})),
                  f.first.next("status.base", base_body("s1", {6, 9}))});
  const auto all = f.says();
  CHECK(names_of(all.again) == Names{"s1#5", "s1#6", "r1#3", "r1#7", "s1#9"});
  CHECK(names_of(f.says(strikes({"1/5"})).again) == Names{"s1#5", "s1#6", "s1#9"});
  CHECK(names_of(f.says(strikes({"1/6"})).again) == Names{"s1#5", "s1#6", "r1#3", "r1#7"});
}

}  // namespace restatement_test
