#include "node/trust/registry_trust_policy.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/temp_dir.h"
#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::node::registry_trust_policy_test {
namespace {

using namespace std::chrono_literals;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::kNow;

constexpr core::Milliseconds kLimit = 15min;  // the normal tier of a charter that says nothing else

/// Globex's replica, and what Acme, who may issue Badges, says.
struct World {
  World() : replica(consortium.charter()), network(replica.replica->view()->charter().network) {}
  Author author(std::size_t of = 0) { return {consortium.organisations[of], network}; }
  std::string code(const vc::Check& check) const {
    CHECK((check.outcome == vc::CheckOutcome::passed) == check.code.empty());
    CHECK((check.outcome == vc::CheckOutcome::passed || !check.remedy.empty()));
    return check.code;
  }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }

  const Consortium consortium;
  registry::testing::Node replica;
  const std::string network;
  const core::testing::TempDir folder;
  const std::unique_ptr<core::Database> database =
      *core::Database::open(folder / "rules.db", LocalRuleBook::migrations());
  const std::unique_ptr<LocalRuleBook> own = *LocalRuleBook::load(*database);
  const AgentStopBook stops;
  const IssuedBatches issued{*database};
  const RegistryTrustPolicy policy{*replica.replica, *own, stops, issued};
};

TEST_CASE("a member issues what the charter grants it, and no more", "[node][trust]") {
  World world;
  const auto ask = [&](const std::string& issuer, const std::vector<std::string>& types) {
    return world.code(world.policy.check_issuer(issuer, types, kNow));
  };
  CHECK(ask(world.did(0), {"Badge"}).empty());
  CHECK(ask(world.did(0), {"Diploma"}) == "issuer_not_authorised");
  CHECK(ask(world.did(0), {"Badge", "Diploma"}) == "issuer_not_authorised");
  CHECK(ask(world.did(1), {"Badge"}) == "issuer_not_authorised");
  CHECK(ask("did:web:stranger.example", {"Badge"}) == "issuer_unknown");
  CHECK(ask("did:web:stranger.example", {}) == "issuer_unknown");
  CHECK(ask("", {"Badge"}) == "issuer_unknown");
  // Authority is given for types: nobody has any for a credential that is nothing but a credential.
  CHECK(ask(world.did(0), {}) == "issuer_not_authorised");
}

TEST_CASE("a rule of this node's own refuses what the network allows, and says whose it is",
          "[node][trust]") {
  World world;
  const auto rule = [&](const Denial& denial) {
    REQUIRE(world.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      REQUIRE(LocalRuleBook::deny(tx, denial));
      return {};
    }));
    REQUIRE(world.own->reload());
  };
  const auto ask = [&](std::size_t of, const std::string& type) {
    return world.policy.check_local_policy(world.did(of), {"Permit", type}, {});
  };
  REQUIRE(world.code(ask(0, "Badge")).empty());
  rule({world.did(0), "Diploma", "another type", kNow});
  rule({world.did(1), "", "another member", kNow});
  CHECK(world.code(ask(0, "Badge")).empty());
  CHECK(world.code(ask(1, "Badge")) == "denied_locally");
  SECTION("one type of a member") {
    rule({world.did(0), "Badge", "they print them", kNow});
  }
  SECTION("a member") {
    rule({world.did(0), "", "they print them", kNow});
  }
  SECTION("a type of anybody's") {
    rule({"", "Badge", "they print them", kNow});
  }
  const vc::Check check = ask(0, "Badge");
  CHECK(world.code(check) == "denied_locally");
  CHECK(check.outcome == vc::CheckOutcome::failed);
  CHECK(*check.evidence.find("localRule")->find_string("reason") == "they print them");
}

TEST_CASE("an agent that this node denies is refused, whoever vouches for it", "[node][trust]") {
  World world;
  const auto ask = [&](const std::vector<std::string>& subjects) {
    return world.code(world.policy.check_local_policy(world.did(0), {"Badge"}, subjects));
  };
  CHECK(ask({"did:key:zOther", "did:key:zAgent"}).empty());
  REQUIRE(world.database->write([](core::Transaction& tx) -> core::Result<void, core::Error> {
    REQUIRE(LocalRuleBook::deny(tx, {"did:key:zAgent", "", "lies", kNow}));
    // One of a type is about who issues it.
    REQUIRE(LocalRuleBook::deny(tx, {"did:key:zOther", "Badge", "", kNow}));
    return {};
  }));
  REQUIRE(world.own->reload());
  CHECK(ask({"did:key:zOther", "did:key:zAgent"}) == "denied_locally");
  CHECK(ask({"did:key:zOther"}).empty());
  CHECK(ask({}).empty());
}

TEST_CASE("a rule about a member holds for both of its names", "[node][trust]") {
  World world;
  const auto& acme = world.consortium.organisations[0];
  const std::string parallel = "did:web:acme.example";
  const std::string denied = GENERATE(0, 1) == 0 ? acme.did : parallel;
  const auto ask = [&](const std::string& issuer, const std::vector<std::string>& subjects) {
    return world.code(world.policy.check_local_policy(issuer, {"Badge"}, subjects));
  };
  CHECK(ask(parallel, {acme.did}).empty());
  REQUIRE(world.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
    REQUIRE(LocalRuleBook::deny(tx, {denied, "", "", kNow}));
    return {};
  }));
  REQUIRE(world.own->reload());
  CHECK(ask(acme.did, {}) == "denied_locally");
  CHECK(ask(parallel, {}) == "denied_locally");
  CHECK(ask("did:key:zIssuer", {acme.did}) == "denied_locally");
  CHECK(ask("did:key:zIssuer", {parallel}) == "denied_locally");
  // Its agents have names, and rules, of their own.
  CHECK(ask("did:key:zIssuer", {parallel + ":agents:a"}).empty());
  CHECK(ask(world.did(1), {"did:web:globex.example"}).empty());
}

TEST_CASE("a rule of this node's own makes freshness stricter, never laxer", "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive({acme.open(), acme.next("accredit", registry::testing::accredit_body(
                                                                world.did(1), "Badge", 0))});
  const auto limit = [&](std::optional<core::Milliseconds> max_age) {
    REQUIRE(world.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      LocalRuleBook::set_max_age(tx, max_age);
      return {};
    }));
    REQUIRE(world.own->reload());
  };
  const auto fresh = [&](core::Instant at) {
    const bool issuer = world.code(world.policy.check_freshness(world.did(0), at)).empty();
    // … and of those who gave the authority.
    CHECK(world.code(world.policy.check_issuer(world.did(1), {"Badge"}, at)).empty() == issuer);
    return issuer;
  };
  limit(60s);
  CHECK(fresh(kNow + 60s));
  CHECK_FALSE(fresh(kNow + 60s + 1ms));
  CHECK(*world.policy.check_freshness(world.did(0), kNow + 61s).evidence.find_string("limitBy") ==
        "local");
  limit(kLimit + 1h);
  CHECK(fresh(kNow + kLimit));
  CHECK_FALSE(fresh(kNow + kLimit + 1ms));
  limit(std::nullopt);
  CHECK(fresh(kNow + kLimit));
  CHECK(world.policy.check_freshness(world.did(0), kNow).evidence.find("limitBy") == nullptr);
}

TEST_CASE("an issuer is fresh up to the limit and stale a millisecond later", "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive({acme.open()});
  const auto ask = [&](core::Instant at) { return world.policy.check_freshness(world.did(0), at); };
  CHECK(world.code(ask(kNow)).empty());
  CHECK(world.code(ask(kNow + kLimit)).empty());
  const vc::Check stale = ask(kNow + kLimit + 1ms);
  CHECK(world.code(stale) == "registry_stale");
  CHECK(stale.outcome == vc::CheckOutcome::undetermined);
  CHECK(*stale.evidence.find("limitMs")->as_integer() == kLimit.count());
  CHECK(*stale.evidence.find("ageMs")->as_integer() == kLimit.count() + 1);
  CHECK(*stale.evidence.find_string("by") == "statement");
}

TEST_CASE("a member of whom nothing was heard is not fresh", "[node][trust]") {
  World world;
  const vc::Check check = world.policy.check_freshness(world.did(1), kNow);
  CHECK(world.code(check) == "registry_stale");
  CHECK(check.outcome == vc::CheckOutcome::undetermined);
  CHECK(check.evidence.find("ageMs") == nullptr);
  CHECK(world.code(world.policy.check_freshness("did:web:stranger.example", kNow)) ==
        "issuer_unknown");
}

TEST_CASE("a revocation that a peer keeps back shows in the head that names it [GOSSIP-15]",
          "[node][trust][GOSSIP-15]") {
  World world;
  auto acme = world.author();
  std::vector<registry::Statement> log{
      acme.open(), acme.next("status.list", registry::testing::list_body("r1", "revocation"))};
  world.replica.receive(log);
  REQUIRE(world.code(world.policy.check_freshness(world.did(0), kNow)).empty());

  log.push_back(acme.next("status.delta", registry::testing::delta_body("r1", {7})));
  registry::testing::Node full(world.consortium.charter());
  full.receive(log);
  const auto head = registry::testing::head_of(
      world.consortium.organisations[0], log,
      full.replica->view()->status_root(world.consortium.organisations[0].scid), kNow + 1s);
  world.replica.receive_head(head, kNow + 1s);

  const vc::Check behind = world.policy.check_freshness(world.did(0), kNow + 1s);
  CHECK(world.code(behind) == "registry_stale");
  CHECK(behind.outcome == vc::CheckOutcome::undetermined);

  world.replica.receive({log.back()});  // another peer has it
  CHECK(world.code(world.policy.check_freshness(world.did(0), kNow + 1s)).empty());
}

TEST_CASE("a forked issuer is neither trusted nor fresh [GOSSIP-04] [STATUS-21]",
          "[node][trust][GOSSIP-04][STATUS-21]") {
  World world;
  auto acme = world.author();
  const auto opening = acme.open();
  auto twin = acme;
  world.replica.receive(
      {opening, acme.next("status.list", registry::testing::list_body("r1", "revocation"))});
  REQUIRE(world.code(world.policy.check_issuer(world.did(0), {"Badge"}, kNow)).empty());

  world.replica.receive({twin.note("another story")});

  const auto freshness = world.policy.check_freshness(world.did(0), kNow);
  CHECK(world.code(freshness) == "issuer_forked");
  REQUIRE(freshness.evidence.find("frozenAt") != nullptr);
  CHECK(*freshness.evidence.find("frozenAt") ==
        core::Json::object({{"epoch", 1}, {"sequence", 1}}));
  const auto check = world.policy.check_issuer(world.did(0), {"Badge"}, kNow);
  CHECK(world.code(check) == "issuer_forked");
  // Both stand behind the opening, at sequence 1.
  CHECK(*check.evidence.find_string("feed") == world.consortium.organisations[0].scid);
  CHECK(*check.evidence.find("frozenAt") == core::Json::object({{"epoch", 1}, {"sequence", 1}}));
}

TEST_CASE("an accredited member is trusted until the accreditation ends", "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive(
      {acme.open(), acme.next("accredit", registry::testing::accredit_body(
                                              world.did(1), "Badge", 0, "2026-11-21T09:00:00Z"))});
  const auto ask = [&](core::Instant at) {
    return world.policy.check_issuer(world.did(1), {"Badge"}, at);
  };
  const vc::Check trusted = ask(kNow);
  CHECK(world.code(trusted).empty());
  CHECK(trusted.evidence.find("chain")->as_array()->front().as_array()->size() == 2);
  CHECK(world.code(ask(kNow + 60min + 1ms)) == "issuer_not_authorised");
  CHECK(world.code(world.policy.check_issuer(world.did(2), {"Badge"}, kNow)) ==
        "issuer_not_authorised");
}

TEST_CASE("who is not authorised is told which statement ended it, or that nobody said so",
          "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive(
      {acme.open(),
       acme.next("accredit", registry::testing::accredit_body(world.did(1), "Badge", 0)),
       acme.next(
           "accredit.revoke",
           core::Json::object({{"subject", world.did(1)}, {"types", core::Json::array({"Badge"})}}),
           kNow + 1s)});
  const auto missing = [&](std::size_t of, const char* type) {
    auto check = world.policy.check_issuer(world.did(of), {type}, kNow + 1min);
    CHECK(world.code(check) == "issuer_not_authorised");
    CHECK(check.evidence.find("missing") == nullptr);
    world.policy.explain(check, kNow + 1min);
    CAPTURE(core::to_canonical(check.evidence));
    REQUIRE(check.evidence.find("missing") != nullptr);
    CHECK(*check.evidence.find_string("type") == type);
    return *check.evidence.find("missing")->as_array();
  };
  const auto ended = missing(1, "Badge");
  REQUIRE(ended.size() == 1);
  CAPTURE(core::to_canonical(ended[0]));
  REQUIRE(ended[0].find_string("by") != nullptr);
  CHECK(*ended[0].find_string("by") == world.did(0));
  REQUIRE(ended[0].find("endedBy") != nullptr);
  CHECK(*ended[0].find("endedBy") == core::Json::object({{"epoch", 1}, {"sequence", 2}}));
  for (const auto& gap : missing(2, "Badge")) CHECK(gap.find("endedBy") == nullptr);
  auto stranger = world.policy.check_issuer("did:web:stranger.example", {"Badge"}, kNow);
  world.policy.explain(stranger, kNow);
  CHECK(stranger.evidence.find("missing") == nullptr);
}

TEST_CASE("who is refused is told whom that is about, and which slot decided", "[node][trust]") {
  using namespace registry::testing;
  World world;
  const auto& all = world.consortium.organisations;
  auto acme = world.author();
  const auto opening = acme.open();
  const auto accredited = acme.next("accredit", accredit_body(world.did(1), "Badge", 0));
  world.replica.receive({opening, accredited});
  const auto badge = [&](const std::string& issuer) {
    return world.policy.check_issuer(issuer, {"Badge"}, kNow);
  };
  REQUIRE(world.code(badge(world.did(1))).empty());
  registry::Objects objects;
  objects.slots = {
      ballots_for({&all[0], &all[1], &all[2]}, world.consortium.charter(),
                  {evict_action(accredited), charter_action({all[1].scid, all[2].scid})})
          .decision};
  REQUIRE(world.replica.receive(objects).decided.size() == 1);
  struct Row {
    std::string issuer;
    std::string code;
    core::Json evidence;
  };
  const auto evicted = [&](const std::string& issuer) {
    return core::Json::object(
        {{"issuer", issuer}, {"type", "Badge"}, {"member", world.did(0)}, {"slot", 2}});
  };
  const std::string stranger = "did:web:stranger.example";
  for (const Row& row :
       {Row{stranger, "issuer_unknown", core::Json::object({{"issuer", stranger}, {"type", ""}})},
        Row{world.did(0), "issuer_evicted", evicted(world.did(0))},
        // Whom it has accredited has lost that with it.
        Row{world.did(1), "issuer_evicted", evicted(world.did(1))},
        Row{world.did(2), "issuer_not_authorised",
            core::Json::object({{"issuer", world.did(2)}, {"type", "Badge"}})}}) {
    CAPTURE(row.issuer);
    const auto check = badge(row.issuer);
    CHECK(world.code(check) == row.code);
    CHECK(check.evidence == row.evidence);
  }
}

TEST_CASE("whom a node denies gives nobody authority there", "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive({acme.open(), acme.next("accredit", registry::testing::accredit_body(
                                                                world.did(1), "Badge", 0))});
  const auto deny = [&](const std::string& did, const std::string& type) {
    REQUIRE(world.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      REQUIRE(LocalRuleBook::deny(tx, {did, type, "hacked", kNow}));
      return {};
    }));
    REQUIRE(world.own->reload());
  };
  const auto ask = [&] { return world.policy.check_issuer(world.did(1), {"Badge"}, kNow); };
  deny(world.did(0), "Diploma");
  deny(world.did(2), "");
  CHECK(world.code(ask()).empty());
  const bool is_of_type = GENERATE(true, false);
  deny(world.did(0), is_of_type ? "Badge" : "");
  const vc::Check check = ask();
  CHECK(world.code(check) == "denied_locally");
  CHECK(*check.evidence.find_string("member") == world.did(0));
  CHECK(*check.evidence.find("localRule")->find_string("reason") == "hacked");
}

TEST_CASE("an accreditation is worth nothing once its author is not heard of",
          "[node][trust][GOSSIP-15]") {
  World world;
  auto acme = world.author();
  world.replica.receive({acme.open(), acme.next("accredit", registry::testing::accredit_body(
                                                                world.did(1), "Badge", 0))});
  const auto ask = [&](core::Instant at) {
    return world.policy.check_issuer(world.did(1), {"Badge"}, at);
  };
  CHECK(world.code(ask(kNow + kLimit)).empty());
  const vc::Check stale = ask(kNow + kLimit + 1ms);
  CHECK(world.code(stale) == "registry_stale");
  CHECK(stale.outcome == vc::CheckOutcome::undetermined);
  CHECK(*stale.evidence.find_string("feed") == world.consortium.organisations[0].scid);
  // A grant of the charter needs nobody's word.
  CHECK(world.code(world.policy.check_issuer(world.did(0), {"Badge"}, kNow + 24h)).empty());
}

TEST_CASE("nothing is passed or refused once the network's rules are not known here",
          "[node][trust]") {
  World world;
  auto acme = world.author();
  world.replica.receive({acme.open()});
  REQUIRE(world.code(world.policy.check_issuer(world.did(0), {"Badge"}, kNow)).empty());
  const auto charter = world.consortium.charter();
  const auto& founders = world.consortium.organisations;
  registry::Objects objects;
  objects.slots = {registry::testing::ballots_for({&founders[0], &founders[1], &founders[2]},
                                                  charter,
                                                  registry::testing::slot_of_later_rules(charter))
                       .decision};
  REQUIRE(world.replica.receive(objects).decided.size() == 1);

  const std::string key = founders[0].key_id;
  const std::vector<core::Json> none;
  const auto undetermined = [&](const vc::Check& check) {
    CAPTURE(check.name);
    CHECK(world.code(check) == "rules_unknown");
    CHECK(check.outcome == vc::CheckOutcome::undetermined);
    CHECK(check.evidence == core::Json::object({{"slot", 2}, {"rules", 2}}));
  };
  undetermined(world.policy.check_issuer(world.did(0), {"Badge"}, kNow));
  undetermined(world.policy.check_issuer("did:web:stranger.example", {"Badge"}, kNow));
  undetermined(world.policy.check_freshness(world.did(0), kNow));
  undetermined(world.policy.check_subjects(world.did(0), {world.did(1)}, kNow));
  const auto stolen = world.policy.check_key({key, [] { return std::string(); }, none});
  REQUIRE(stolen.has_value());
  undetermined(*stolen);
  // Whose keys they are, no network decides.
  CHECK_FALSE(world.policy.check_key({"did:key:zOther#zOther", [] { return std::string(); }, none})
                  .has_value());
}

TEST_CASE("whose word a subject was not stopped by is said as it is", "[node][trust]") {
  World world;
  world.replica.receive({world.author(0).open()});
  const auto said = [&](const std::string& issuer, const std::vector<std::string>& subjects) {
    const auto check = world.policy.check_subjects(issuer, subjects, kNow);
    CHECK(check.outcome == vc::CheckOutcome::passed);
    return check.detail;
  };
  const std::string own = "did:web:acme.example:agents:Bot";
  const std::string far = "did:web:stranger.example:agents:Bot";
  CHECK(said(world.did(0), {own}) == "its organisation has not stopped it");
  CHECK(said(world.did(0), {far}) == "its issuer has not stopped it");
  CHECK(said(world.did(0), {own, far}) == "its issuer has not stopped it");
  CHECK(said("did:web:stranger.example", {far}) ==
        "nobody who could stop it for others is known here");
  CHECK(said("did:web:stranger.example", {own, far}) ==
        "nobody who could stop it for others is known here");
}

TEST_CASE("a node without a charter knows no issuer", "[node][trust]") {
  const registry::Replica nothing;
  const World world;
  const RegistryTrustPolicy policy(nothing, *world.own, world.stops, world.issued);
  const auto check = policy.check_issuer("did:web:acme.example", {"Badge"}, kNow);
  CHECK(check.code == "issuer_unknown");
  CHECK(check.outcome == vc::CheckOutcome::failed);
  CHECK(policy.check_freshness("did:web:acme.example", kNow).code == "issuer_unknown");
}

}  // namespace
}  // namespace avow::node::registry_trust_policy_test
