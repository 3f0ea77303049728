#include "node/trust/authority.h"

#include <memory>

#include <catch2/catch.hpp>

#include "core/sha256.h"
#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::node::authority_test {
namespace {

using namespace std::chrono_literals;
using registry::testing::accredit_body;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::kNow;

constexpr core::Milliseconds kLimit = 15min;

/// Initech's replica. The charter grants Acme Badges, two links deep; the tests let Acme and Globex speak.
struct World {
  /// `governors`: none named, then all.
  explicit World(const std::vector<std::size_t>& governors = {})
      : consortium(governed_by(governors)),
        replica(consortium.charter()),
        network(replica.replica->view()->charter().network) {}
  static Consortium governed_by(const std::vector<std::size_t>& governors) {
    Consortium made;
    for (const std::size_t of : governors)
      made.draft.governors.push_back(made.organisations[of].scid);
    return made;
  }
  Author author(std::size_t of) { return {consortium.organisations[of], network}; }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }
  AuthorityRuling ask(std::size_t of, const std::string& action, const std::string& resource,
                      core::Instant at = kNow, core::Instant now = kNow) const {
    return authorization(*replica.replica->view(), {did(of), action, resource, at, now}, kLimit);
  }
  AuthorityStatus status(std::size_t of, const std::string& action, const std::string& resource,
                         core::Instant at = kNow, core::Instant now = kNow) const {
    return ask(of, action, resource, at, now).status;
  }

  const Consortium consortium;
  registry::testing::Node replica;
  const std::string network;
};

TEST_CASE("the authority's id is the hash of the charter as RFC 6920 writes it", "[node][trust]") {
  const World world;
  const auto& charter = world.replica.replica->view()->charter();
  core::Json slot = charter.json;
  slot.erase("proof");
  const std::string content = std::string(1, '\0') + core::to_canonical(slot);
  const std::string hash = core::to_multibase(core::sha256(content)).substr(1);
  CHECK(hash.size() == 43);  // 32 bytes in base64url without padding
  CHECK(authority_id(charter) == "ni:///sha-256;" + hash);
}

TEST_CASE("who may issue a type may do that alone", "[node][trust]") {
  const World world;
  CHECK(world.status(0, "issue", "Badge") == AuthorityStatus::active);
  CHECK(world.status(0, "issue", "Diploma") == AuthorityStatus::none);
  CHECK(world.status(1, "issue", "Badge") == AuthorityStatus::none);
  for (const char* action : {"revoke", "verify", "recognize", "Issue", "issue ", "fly"}) {
    CAPTURE(action);
    CHECK(world.status(0, action, "Badge") == AuthorityStatus::none);
    CHECK_FALSE(world.ask(0, action, "Badge").message.empty());
  }
}

TEST_CASE("nobody takes another's authority away by accrediting it and falling silent",
          "[node][trust]") {
  Consortium consortium;
  consortium.draft.grants.push_back({consortium.organisations[1].scid, {"Badge"}, 8});
  registry::testing::Node replica(consortium.charter());
  const auto did = [&](std::size_t of) { return consortium.organisations[of].did; };
  const auto view = [&] { return replica.replica->view(); };
  Author globex(consortium.organisations[1], view()->charter().network);
  // Deeper than what the charter gives Acme.
  replica.receive({globex.open(), globex.next("accredit", accredit_body(did(0), "Badge", 8))});
  const auto later = kNow + 1h;
  const auto ask = [&](std::size_t of) {
    return authorization(*view(), {did(of), "issue", "Badge", later, later}, kLimit);
  };
  // Without regard to freshness the deeper one is the best.
  CHECK(view()->may_issue(did(0), "Badge", later).chain.size() == 2);
  CHECK(ask(0).status == AuthorityStatus::active);
  CHECK(ask(0).by.chain.front().by == "charter");
  CHECK(ask(0).by.chain.size() == 1);
  // Whom it alone accredited depends on it.
  replica.receive({globex.next("accredit", accredit_body(did(2), "Badge", 0))});
  CHECK(ask(2).status == AuthorityStatus::undetermined);
}

TEST_CASE("of a time to come, and of one before a member was known, nothing is said to hold",
          "[node][trust]") {
  const World world;
  const auto begun = world.consortium.organisations[0].entry.version_time;
  CHECK(world.status(0, "issue", "Badge", begun) == AuthorityStatus::active);
  CHECK(world.status(0, "issue", "Badge", begun - 1ms) == AuthorityStatus::none);
  CHECK(world.status(0, "issue", "Badge", kNow + 2min) == AuthorityStatus::active);
  CHECK(world.status(0, "issue", "Badge", kNow + 2min + 1ms) == AuthorityStatus::undetermined);
  CHECK(world.status(0, "govern", authority_id(world.replica.replica->view()->charter()),
                     kNow + 1h) == AuthorityStatus::undetermined);
}

TEST_CASE("who has links left may delegate and is recognized, who has none may not",
          "[node][trust]") {
  World world;
  auto acme = world.author(0);
  world.replica.receive({acme.open(),
                         acme.next("accredit", accredit_body(world.did(1), "Badge", 1)),
                         acme.next("accredit", accredit_body(world.did(2), "Badge", 0))});
  const auto recognized = [&](std::size_t of, const std::string& action) {
    return recognition(*world.replica.replica->view(), {world.did(of), action, "Badge", kNow, kNow},
                       kLimit)
        .status;
  };
  for (const std::size_t of : {0U, 1U, 2U}) {
    const auto expected = of < 2 ? AuthorityStatus::active : AuthorityStatus::none;
    CHECK(world.status(of, "issue", "Badge") == AuthorityStatus::active);
    CHECK(world.status(of, "delegate", "Badge") == expected);
    CHECK(recognized(of, "issue") == expected);
    CHECK(recognized(of, "delegate") == AuthorityStatus::none);
  }
}

/// Acme and Initech have Badge from the charter, with links to pass on, and both accredit Globex: Acme for
/// itself alone, Initech one link further.
struct TwoAccreditors {
  TwoAccreditors() {
    consortium.draft.grants.push_back({consortium.organisations[2].scid, {"Badge"}, 8});
    replica = std::make_unique<registry::testing::Node>(consortium.charter());
    const std::string network = replica->replica->view()->charter().network;
    authors = {{consortium.organisations[0], network}, {consortium.organisations[2], network}};
    for (auto& author : authors) replica->receive({author.open()});
    accredit(0, 0);
    accredit(1, 1);
  }
  void accredit(std::size_t author, int depth) {
    replica->receive({authors[author].next("accredit", accredit_body(globex(), "Badge", depth))});
  }
  /// `author` has spoken an hour later.
  void speak_later(std::size_t author) {
    replica->receive({authors[author].note("here", kLater)}, "one", kLater);
  }
  const std::string& globex() const { return consortium.organisations[1].did; }
  const std::string& initech() const { return consortium.organisations[2].scid; }
  AuthorityRuling ask(const std::string& action, core::Instant now) const {
    return authorization(*replica->replica->view(), {globex(), action, "Badge", now, now}, kLimit);
  }
  AuthorityRuling recognized(core::Instant now) const {
    return recognition(*replica->replica->view(), {globex(), "issue", "Badge", now, now}, kLimit);
  }

  static inline const core::Instant kLater = kNow + 1h;
  Consortium consortium;
  std::unique_ptr<registry::testing::Node> replica;
  std::vector<Author> authors;
};

TEST_CASE("who may delegate by a silent accreditor alone is not said to have no links left",
          "[node][trust]") {
  TwoAccreditors world;
  const auto later = TwoAccreditors::kLater;
  CHECK(world.ask("delegate", kNow).status == AuthorityStatus::active);
  world.speak_later(0);
  // The fresh chain through Acme is enough to issue, and leaves no link.
  CHECK(world.ask("issue", later).status == AuthorityStatus::active);
  for (const auto& ruling : {world.ask("delegate", later), world.recognized(later)}) {
    CHECK(ruling.status == AuthorityStatus::undetermined);
    CHECK(ruling.stale_feed == world.initech());
  }
  const auto said = explain(*world.replica->replica->view(),
                            {world.globex(), "delegate", "Badge", later, later}, kLimit);
  CHECK(*said.find_string("code") == "registry_stale");
  CHECK(*said.find_string("staleFeed") == world.initech());
  const auto warned =
      warning_of_accrediting(*world.replica->replica->view(), world.globex(), {"Badge"}, later);
  REQUIRE(warned);
  CHECK_THAT(*warned, Catch::StartsWith("whether this organisation may accredit Badge itself now "
                                        "cannot be told: "));
  const auto both = warning_of_accrediting(*world.replica->replica->view(), world.globex(),
                                           {"Badge", "Foo"}, later);
  REQUIRE(both);
  CHECK_THAT(*both, Catch::StartsWith("this organisation may not accredit Foo itself now") &&
                        Catch::Contains("; whether this organisation may accredit Badge itself"));

  world.speak_later(1);
  CHECK(world.ask("delegate", later).status == AuthorityStatus::active);
  CHECK(world.recognized(later).status == AuthorityStatus::active);
}

TEST_CASE("who has a link left by a fresh accreditor may delegate whoever else is silent",
          "[node][trust]") {
  TwoAccreditors world;
  world.accredit(0, 1);
  world.accredit(1, 5);
  world.speak_later(0);
  CHECK(world.ask("delegate", TwoAccreditors::kLater).status == AuthorityStatus::active);
  // Without a chain that leaves one, silence or not, there is none.
  TwoAccreditors without;
  without.accredit(1, 0);
  without.speak_later(0);
  CHECK(without.ask("delegate", TwoAccreditors::kLater).status == AuthorityStatus::none);
  CHECK(without.recognized(TwoAccreditors::kLater).status == AuthorityStatus::none);
  CHECK(without.ask("issue", TwoAccreditors::kLater).status == AuthorityStatus::active);
}

TEST_CASE("who may delegate by a forked accreditor alone is told that",
          "[node][trust][GOSSIP-04]") {
  TwoAccreditors world;
  auto twin = world.authors[1];
  world.replica->receive({world.authors[1].note("one story"), twin.note("another story")});
  CHECK(world.ask("issue", kNow).status == AuthorityStatus::active);
  CHECK(world.ask("delegate", kNow).status == AuthorityStatus::forked);
  CHECK(world.recognized(kNow).status == AuthorityStatus::forked);
}

TEST_CASE("who issues or accredits without authority is warned, with the command that tells more",
          "[node][trust]") {
  World world;
  const auto view = world.replica.replica->view();
  CHECK_FALSE(warning_of_issuing(*view, world.did(0), "Badge", kNow));
  const auto unknown = warning_of_issuing(*view, world.did(0), "Diploma", kNow);
  REQUIRE(unknown);
  CHECK(*unknown ==
        "no member believes this yet: nobody has granted Diploma to this organisation (avow trust "
        "explain --entity " +
            world.did(0) + " --resource Diploma)");
  CHECK(warning_of_issuing(*view, world.did(1), "Badge", kNow));

  CHECK_FALSE(warning_of_accrediting(*view, world.did(0), {"Badge"}, kNow));
  const auto partly = warning_of_accrediting(*view, world.did(0), {"Badge", "Foo", "Bar"}, kNow);
  REQUIRE(partly);
  CHECK_THAT(*partly, Catch::Contains("may not accredit Foo, Bar itself now") &&
                          Catch::Contains("--resource Foo --action delegate"));
  // Who may issue may not for that accredit others.
  auto acme = world.author(0);
  world.replica.receive(
      {acme.open(), acme.next("accredit", accredit_body(world.did(1), "Badge", 0))});
  const auto later = world.replica.replica->view();
  CHECK_FALSE(warning_of_issuing(*later, world.did(1), "Badge", kNow));
  CHECK(warning_of_accrediting(*later, world.did(1), {"Badge"}, kNow));
  // What cannot be told now is not said to be nobody's.
  const auto stale = warning_of_issuing(*later, world.did(1), "Badge", kNow + 1h);
  REQUIRE(stale);
  CHECK_THAT(*stale, Catch::StartsWith("whether members believe this cannot be told: "));
}

TEST_CASE("of whom nothing is known and of whom too little is the same answer", "[node][trust]") {
  const World world;
  const auto view = world.replica.replica->view();
  for (const char* action : {"issue", "delegate", "govern", "operate-node"}) {
    const auto stranger =
        authorization(*view, {"did:web:stranger.example", action, "Diploma", kNow, kNow}, kLimit);
    const auto member = world.ask(1, action, "Diploma");
    CHECK(stranger.status == AuthorityStatus::none);
    CHECK(member.status == stranger.status);
    CHECK(member.message == stranger.message);
  }
}

TEST_CASE("an accreditation counts for as long as its author is heard of", "[node][trust]") {
  World world;
  auto acme = world.author(0);
  world.replica.receive(
      {acme.open(), acme.next("accredit", accredit_body(world.did(1), "Badge", 0))});
  const auto status = [&](core::Instant at, core::Instant now) {
    return world.status(1, "issue", "Badge", at, now);
  };
  CHECK(status(kNow, kNow) == AuthorityStatus::active);
  CHECK(status(kNow + kLimit, kNow + kLimit) == AuthorityStatus::active);
  CHECK(status(kNow + kLimit + 1ms, kNow + kLimit + 1ms) == AuthorityStatus::undetermined);
  CHECK(world.ask(1, "issue", "Badge", kNow + 1h, kNow + 1h).stale_feed ==
        world.consortium.organisations[0].scid);
  // About a time of which enough was heard, the answer stays what it was.
  CHECK(status(kNow, kNow + 24h) == AuthorityStatus::active);
  CHECK(status(kNow + kLimit, kNow + 24h) == AuthorityStatus::active);
  CHECK(status(kNow + kLimit + 1ms, kNow + 24h) == AuthorityStatus::undetermined);
  CHECK(status(kNow - 1ms, kNow + 24h) == AuthorityStatus::none);
  // What the charter grants is nobody's statement.
  CHECK(world.status(0, "issue", "Badge", kNow + 24h, kNow + 24h) == AuthorityStatus::active);
}

TEST_CASE("of a forked feed neither its own member nor whom it accredited may do anything",
          "[node][trust][GOSSIP-04]") {
  World world;
  auto acme = world.author(0);
  const auto opening = acme.open();
  const auto accredited = acme.next("accredit", accredit_body(world.did(1), "Badge", 0));
  auto twin = acme;
  world.replica.receive({opening, accredited, acme.note("one story")});
  REQUIRE(world.status(1, "issue", "Badge") == AuthorityStatus::active);
  world.replica.receive({twin.note("another story")});
  CHECK(world.status(0, "issue", "Badge") == AuthorityStatus::forked);
  CHECK(world.status(1, "issue", "Badge") == AuthorityStatus::forked);
  CHECK(world.status(1, "issue", "Diploma") == AuthorityStatus::none);
  // Of whom was accredited too it is said whose feed stands in the way, and from which statement on.
  const auto said =
      explain(*world.replica.replica->view(), {world.did(1), "issue", "Badge", kNow, kNow}, kLimit);
  CHECK(*said.find_string("code") == "issuer_forked");
  REQUIRE(said.find("forkedAt") != nullptr);
  CHECK(*said.find("forkedAt") ==
        core::Json::object({{"feed", world.consortium.organisations[0].scid},
                            {"frozenAt", core::Json::object({{"epoch", 1}, {"sequence", 2}})}}));
}

TEST_CASE("of who is stopped in an emergency it is said who called it", "[node][trust]") {
  World world;
  const auto& all = world.consortium.organisations;
  registry::Objects calls;
  for (const auto* by : {&all[1], &all[2]}) {
    calls.emergencies.push_back(registry::testing::emergency_by(*by, world.consortium.charter(),
                                                                all[0].scid, "2026-11-21T08:00:00Z",
                                                                "2026-11-21T09:00:00Z")
                                    .text);
  }
  world.replica.receive(calls);
  const auto said =
      explain(*world.replica.replica->view(), {world.did(0), "issue", "Badge", kNow, kNow}, kLimit);
  CHECK(*said.find_string("code") == "issuer_suspended");
  const bool in_order = all[1].scid < all[2].scid;
  REQUIRE(said.find("stoppedBy") != nullptr);
  CHECK(*said.find("stoppedBy") ==
        core::Json::object(
            {{"member", all[0].did},
             {"from", "2026-11-21T08:00:00.000Z"},
             {"until", "2026-11-21T09:00:00.000Z"},
             {"emergency", true},
             {"by", core::Json::array({all[in_order ? 1 : 2].did, all[in_order ? 2 : 1].did})}}));
}

TEST_CASE("of a network whose rules are not known here nothing is said", "[node][trust]") {
  World world;
  const auto& all = world.consortium.organisations;
  const auto charter = world.consortium.charter();
  registry::Objects objects;
  objects.slots = {registry::testing::ballots_for({&all[0], &all[1], &all[2]}, charter,
                                                  registry::testing::slot_of_later_rules(charter))
                       .decision};
  REQUIRE(world.status(0, "issue", "Badge") == AuthorityStatus::active);
  world.replica.receive(objects);
  for (const char* action : {"issue", "delegate", "govern", "operate-node"})
    CHECK(world.status(0, action, "Badge") == AuthorityStatus::undetermined);
  const auto& view = *world.replica.replica->view();
  CHECK(recognition(view, {world.did(0), "issue", "Badge", kNow, kNow}, kLimit).status ==
        AuthorityStatus::undetermined);
  const auto said = explain(view, {world.did(0), "issue", "Badge", kNow, kNow}, kLimit);
  CHECK(*said.find_string("code") == "rules_unknown");
  CHECK(*said.find_string("message") ==
        "slot 2 has rules version 2, and this software knows only up to 1");
}

TEST_CASE("a governor governs the network and nothing else", "[node][trust]") {
  const World world({0, 1});
  const std::string network = authority_id(world.replica.replica->view()->charter());
  CHECK(world.status(0, "govern", network) == AuthorityStatus::active);
  CHECK(world.status(1, "govern", network) == AuthorityStatus::active);
  CHECK(world.status(2, "govern", network) == AuthorityStatus::none);
  CHECK(world.status(0, "govern", network + "x") == AuthorityStatus::none);
  CHECK(world.status(0, "govern", "Badge") == AuthorityStatus::none);
  CHECK(authorization(*world.replica.replica->view(),
                      {"did:web:stranger.example", "govern", network, kNow, kNow}, kLimit)
            .status == AuthorityStatus::none);
  // Two minutes is what clocks may differ.
  CHECK(world.status(0, "govern", network, kNow - 2min) == AuthorityStatus::active);
  CHECK(world.status(0, "govern", network, kNow - 2min - 1ms) == AuthorityStatus::undetermined);
}

TEST_CASE("who explains takes the network's id for the authority's, a TRQP question does not",
          "[node][trust]") {
  const World world{{0, 1}};
  const auto& view = *world.replica.replica->view();
  const auto& network = view.charter().network;
  const auto told = [&](std::size_t of, const std::string& id, const std::string& action) {
    return explain(view, {world.did(of), action, id, kNow, kNow}, kLimit);
  };
  const auto yes = told(0, network, "govern");
  CHECK(*yes.find("authorized") == core::Json(true));
  CHECK(*yes.find_string("resource") == authority_id(view.charter()));
  CHECK(*told(2, network, "govern").find("authorized") == core::Json(false));
  CHECK(*told(0, network + "x", "govern").find("authorized") == core::Json(false));
  CHECK(*told(0, network, "issue").find_string("resource") == network);
  CHECK(world.status(0, "govern", network) == AuthorityStatus::none);
}

TEST_CASE("an explanation names what stands about who governs and who operates a node",
          "[node][trust]") {
  World world{{0, 1}};
  const std::string url = "https://node.acme.example";
  const auto tell = [&](std::size_t of, const std::string& action, const std::string& resource,
                        core::Instant at = kNow) {
    return explain(*world.replica.replica->view(), {world.did(of), action, resource, at, kNow},
                   kLimit);
  };
  const auto network = authority_id(world.replica.replica->view()->charter());
  for (const std::size_t of : {0U, 2U}) {
    CAPTURE(of);
    const auto told = tell(of, "govern", network);
    CHECK(*told.find("authorized") == core::Json(of == 0));
    CHECK(*told.find("decidedBy") == core::Json::object({{"slot", 1}}));
  }
  CHECK(tell(0, "govern", network, kNow - 3min).find("decidedBy") == nullptr);
  CHECK(tell(0, "operate-node", url).find("decidedBy") == nullptr);
  CHECK(tell(0, "issue", "Badge").find("decidedBy") == nullptr);
  auto acme = world.author(0);
  const auto named = [&](const std::string& one) {
    return acme.next("node.set", core::Json::object({{"urls", core::Json::array({one})}}));
  };
  world.replica.receive({acme.open(), named("https://old.example"), named(url)});
  for (const auto& resource : {url, std::string("https://old.example")}) {
    CAPTURE(resource);
    const auto told = tell(0, "operate-node", resource);
    CHECK(*told.find("authorized") == core::Json(resource == url));
    CHECK(*told.find("decidedBy") ==
          core::Json::object(
              {{"by", world.did(0)}, {"kind", "node.set"}, {"epoch", 1}, {"sequence", 2}}));
  }
}

TEST_CASE("an explanation has the chain and the code of a verdict, or what is missing",
          "[node][trust]") {
  World world;
  auto acme = world.author(0);
  world.replica.receive(
      {acme.open(), acme.next("accredit", accredit_body(world.did(1), "Badge", 0))});
  const auto tell = [&](const std::string& entity, const std::string& action, core::Instant now) {
    return explain(*world.replica.replica->view(), {entity, action, "Badge", now, now}, kLimit);
  };
  const auto yes = tell(world.did(1), "issue", kNow);
  CHECK(*yes.find("authorized") == core::Json(true));
  CHECK(yes.find_string("code")->empty());
  CHECK(yes.find("missing")->as_array()->empty());
  const auto& chain = *yes.find("chain")->as_array();
  REQUIRE(chain.size() == 2);
  CHECK(*chain[0].find_string("by") == "charter");
  CHECK(chain[0].find("sequence") == nullptr);
  CHECK(*chain[1].find_string("by") == world.did(0));
  CHECK(*chain[1].find("sequence") == core::Json(1));

  const auto code = [&](const std::string& entity, const std::string& action, core::Instant now) {
    return *tell(entity, action, now).find_string("code");
  };
  CHECK(code(world.did(1), "delegate", kNow) == "issuer_not_authorised");
  CHECK(code(world.did(2), "issue", kNow) == "issuer_not_authorised");
  CHECK(code("did:web:stranger.example", "issue", kNow) == "issuer_unknown");
  CHECK(code(world.did(1), "issue", kNow + 1h) == "registry_stale");
  CHECK(*tell(world.did(1), "issue", kNow + 1h).find_string("staleFeed") ==
        world.consortium.organisations[0].scid);
  const auto no = tell(world.did(2), "issue", kNow);
  CHECK(*no.find("missing")->as_array()->front().find_string("reason") == "never_given");
  CHECK(tell(world.did(2), "fly", kNow).find("missing")->as_array()->empty());
}

TEST_CASE("who asks about somebody who is no member is told that, and strangers are not",
          "[node][trust]") {
  World world;
  const auto& view = *world.replica.replica->view();
  for (const std::string action : {"issue", "delegate", "govern", "operate-node"}) {
    CAPTURE(action);
    for (const std::string entity : {"acme.example", "did:web:acme.example:agents:Bot"}) {
      const AuthorityQuestion question{entity, action, "Badge", kNow, kNow};
      const auto told = explain(view, question, kLimit);
      CHECK(*told.find_string("message") ==
            "\"" + entity + "\" is not the DID of a member of this network; see: avow member list");
      CHECK(told.find("missing")->as_array()->empty());
      CHECK(authorization(view, question, kLimit).message ==
            authorization(view, {world.did(2), action, "Diploma", kNow, kNow}, kLimit).message);
    }
  }
  const auto member = explain(view, {world.did(2), "issue", "Badge", kNow, kNow}, kLimit);
  CHECK(member.find_string("message")->find("member list") == std::string::npos);
  // What nobody can be given has nothing to do with who asks.
  const auto revoking = explain(view, {"acme.example", "revoke", "Badge", kNow, kNow}, kLimit);
  CHECK(revoking.find_string("message")->find("by who issued it") != std::string::npos);
}

TEST_CASE("a member operates the nodes that it has named, while it is heard of", "[node][trust]") {
  World world;
  const std::string url = "https://node.acme.example";
  CHECK(world.status(0, "operate-node", url) == AuthorityStatus::none);
  auto acme = world.author(0);
  world.replica.receive(
      {acme.open(),
       acme.next("node.set", core::Json::object({{"urls", core::Json::array({url})}}))});
  CHECK(world.status(0, "operate-node", url) == AuthorityStatus::active);
  CHECK(world.status(0, "operate-node", url + "/") == AuthorityStatus::none);
  CHECK(world.status(1, "operate-node", url) == AuthorityStatus::none);
  const auto late = kNow + kLimit;
  CHECK(world.status(0, "operate-node", url, late, late) == AuthorityStatus::active);
  CHECK(world.status(0, "operate-node", url, late + 1ms, late + 1ms) ==
        AuthorityStatus::undetermined);
  CHECK(world.status(0, "operate-node", url, kNow, kNow + 1h) == AuthorityStatus::undetermined);
  auto twin = acme;
  world.replica.receive({acme.note("one story"), twin.note("another story")});
  CHECK(world.status(0, "operate-node", url) == AuthorityStatus::forked);
}

TEST_CASE("a ruling is valid between the suspensions that slots have decided", "[node][trust]") {
  World world;
  const auto& all = world.consortium.organisations;
  const auto decide = [&](core::Json action) {
    registry::Objects objects;
    objects.slots = {registry::testing::ballots_for({&all[0], &all[1], &all[2]},
                                                    world.replica.replica->view()->charter(),
                                                    {std::move(action)})
                         .decision};
    world.replica.receive(objects);
  };
  decide(registry::testing::suspend_action(all[0].scid, "2026-11-21T08:10:00.000Z"));
  const auto begun = kNow + 10min;
  const auto ended = kNow + 20min;
  const auto valid = [&](core::Instant at) { return world.ask(0, "issue", "Badge", at, at).valid; };
  CHECK_FALSE(valid(kNow).from);
  CHECK(valid(kNow).until == begun);
  CHECK(valid(begun).from == begun);
  CHECK_FALSE(valid(begun).until);
  decide(registry::testing::reinstate_action(all[0].scid, "2026-11-21T08:20:00.000Z"));
  CHECK(world.status(0, "issue", "Badge", ended - 1ms, ended - 1ms) == AuthorityStatus::suspended);
  CHECK(valid(ended - 1ms).until == ended);
  CHECK(world.status(0, "issue", "Badge", ended, ended) == AuthorityStatus::active);
  CHECK(valid(ended).from == ended);
  CHECK_FALSE(valid(ended).until);
}

TEST_CASE("a suspended member operates no node by the network's authority", "[node][trust]") {
  World world;
  const std::string url = "https://node.acme.example";
  const auto& all = world.consortium.organisations;
  registry::Objects calls;
  for (const auto* by : {&all[1], &all[2]}) {
    calls.emergencies.push_back(registry::testing::emergency_by(*by, world.consortium.charter(),
                                                                all[0].scid, "2026-11-21T08:00:01Z",
                                                                "2026-11-21T08:10:00Z")
                                    .text);
  }
  world.replica.receive(calls);
  auto acme = world.author(0);
  world.replica.receive(
      {acme.open(),
       acme.next("node.set", core::Json::object({{"urls", core::Json::array({url})}}))});
  const auto begun = kNow + 1s;
  const auto ended = kNow + 10min;
  const auto status = [&](core::Instant at) {
    return world.status(0, "operate-node", url, at, at);
  };
  CHECK(status(begun - 1ms) == AuthorityStatus::active);
  CHECK(status(begun) == AuthorityStatus::suspended);
  CHECK(status(ended - 1ms) == AuthorityStatus::suspended);
  CHECK(status(ended) == AuthorityStatus::active);
  CHECK(world.ask(0, "operate-node", url, begun - 1ms, begun - 1ms).valid.until == begun);
  CHECK(world.ask(0, "operate-node", url, begun, begun).valid.until == ended);
  CHECK(world.ask(0, "operate-node", url, ended, ended).valid.from == ended);
  // As of what it issues it is said.
  CHECK(world.status(0, "issue", "Badge", begun, begun) == AuthorityStatus::suspended);
  const auto said = explain(*world.replica.replica->view(),
                            {world.did(0), "operate-node", url, begun, begun}, kLimit);
  CHECK(*said.find_string("code") == "issuer_suspended");
  REQUIRE(said.find("stoppedBy") != nullptr);
  CHECK(*said.find("stoppedBy")->find_string("until") == "2026-11-21T08:10:00.000Z");
}

}  // namespace
}  // namespace avow::node::authority_test
