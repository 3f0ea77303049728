#include "registry/stopped_agents.h"

#include <catch2/catch.hpp>

#include "registry/testing/node.h"
#include "registry/testing/reference_tree.h"

namespace stopped_agents_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using core::Json;

namespace {

const std::string kAgent = agent_hash("did:web:acme.example:agents:support");
const std::string kOther = agent_hash("did:web:acme.example:agents:other");

Json suspension(const std::string& agent, bool suspended = true) {
  return to_json(AgentSuspension{agent, suspended});
}
Json disowning(const std::string& agent, core::Instant from) {
  return to_json(AgentDisowning{agent, from});
}

/// The feed of Acme.
struct Feed {
  Feed() { node.receive({author.open()}); }
  void say(const std::string& kind, const Json& body, core::Instant at = kNow) {
    node.receive({author.next(kind, body, at)}, "one", at);
  }
  const FeedFold& fold() const { return *node.replica->view()->feed(acme.scid); }
  const AgentStop* stop(const std::string& agent) const {
    return fold().stopped_agents().find(agent);
  }
  std::string code(StatementKind kind, const Json& body) const {
    const auto checked = fold().check(kind, body, kNow, charter.members.find(acme.scid)->second);
    return checked ? "" : std::string(code_name(checked.error().code));
  }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  Node node{charter};
  Author author{acme, charter.network};
};

}  // namespace

TEST_CASE("an agent is named by the SHA-256 of its DID", "[registry][stopped_agents]") {
  // printf did:web:acme.example:agents:support | sha256sum
  CHECK(kAgent == "uLVpGBC8AjrPjz1cMU-2LCDpxYU7spUluia_pd21TsZk");
  CHECK(is_agent_hash(kAgent));
  for (const std::string& text :
       {std::string(), kAgent.substr(1), kAgent + "A", "U" + kAgent.substr(1), kAgent.substr(0, 42),
        std::string("did:web:acme.example:a")})
    CHECK_FALSE(is_agent_hash(text));
}

TEST_CASE("the last word on a suspension counts, a disowning is final",
          "[registry][stopped_agents]") {
  Feed feed;
  CHECK(feed.stop(kAgent) == nullptr);
  feed.say("agent.suspend", suspension(kAgent), kNow + 1s);
  REQUIRE(feed.stop(kAgent) != nullptr);
  CHECK(feed.stop(kAgent)->suspended_since == kNow + 1s);
  CHECK(feed.stop(kAgent)->suspended_by == SaidAt{1, 1});
  CHECK(feed.stop(kOther) == nullptr);
  feed.say("agent.suspend", suspension(kAgent), kNow + 2s);
  CHECK(feed.stop(kAgent)->suspended_since == kNow + 1s);
  CHECK(feed.stop(kAgent)->suspended_by == SaidAt{1, 1});
  feed.say("agent.suspend", suspension(kOther, false), kNow + 3s);
  CHECK(feed.stop(kAgent)->suspended_since);
  feed.say("agent.suspend", suspension(kAgent, false), kNow + 4s);
  CHECK(feed.stop(kAgent) == nullptr);

  feed.say("agent.disown", disowning(kAgent, kNow + 10s), kNow + 5s);
  CHECK(feed.stop(kAgent)->disowned_from == kNow + 10s);
  CHECK_FALSE(feed.stop(kAgent)->suspended_since);
  feed.say("agent.disown", disowning(kAgent, kNow + 11s), kNow + 6s);
  CHECK(feed.stop(kAgent)->disowned_from == kNow + 10s);
  feed.say("agent.disown", disowning(kAgent, kNow + 9s), kNow + 7s);
  CHECK(feed.stop(kAgent)->disowned_from == kNow + 9s);
  feed.say("agent.suspend", suspension(kAgent), kNow + 8s);
  feed.say("agent.suspend", suspension(kAgent, false), kNow + 9s);
  REQUIRE(feed.stop(kAgent) != nullptr);
  CHECK(feed.stop(kAgent)->disowned_from == kNow + 9s);
  CHECK(feed.stop(kAgent)->disowned_by == SaidAt{1, 7});

  const auto root = feed.node.root();
  feed.node.restart();
  CHECK(feed.node.root() == root);
  CHECK(feed.stop(kAgent)->disowned_from == kNow + 9s);
}

TEST_CASE("a broken body stops the agent that it names, and lets none go on",
          "[registry][stopped_agents]") {
  Feed feed;
  auto resume = suspension(kAgent, false);
  resume.set("more", true);
  feed.say("agent.suspend", resume);
  REQUIRE(feed.stop(kAgent) != nullptr);
  CHECK(feed.stop(kAgent)->suspended_since);
  feed.say("agent.suspend", resume);
  CHECK(feed.stop(kAgent)->suspended_since);
  feed.say("agent.disown", Json::object({{"agent", kOther}}), kNow + 1s);
  REQUIRE(feed.stop(kOther) != nullptr);
  CHECK(feed.stop(kOther)->disowned_from == kNow + 1s);
  const auto root = feed.fold().interval_digest();
  feed.say("agent.suspend",
           Json::object({{"agent", "did:web:acme.example:a"}, {"suspended", true}}));
  feed.say("agent.disown", Json::object());
  CHECK(feed.fold().interval_digest() == root);
}

TEST_CASE("the view root holds who is stopped", "[registry][stopped_agents]") {
  Feed feed;
  const auto empty = feed.fold().interval_digest();
  CHECK(empty == core::to_multibase(core::sha256(std::string_view())));
  feed.say("agent.suspend", suspension(kAgent));
  feed.say("agent.disown", disowning(kAgent, kNow + 1s));
  const auto since = core::format_milliseconds(kNow);
  const auto from = core::format_milliseconds(kNow + 1s);
  const auto end = "\",\"\",\"\",\"" + feed.acme.scid + "\"]";
  const auto digest =
      digest_of_rows({"[\"agent.disown\",\"" + kAgent + "\",\"\",\"" + from + end,
                      "[\"agent.suspend\",\"" + kAgent + "\",\"\",\"" + since + end});
  CHECK(feed.fold().interval_digest() == digest);
  feed.say("agent.suspend", suspension(kOther));
  feed.say("agent.suspend", suspension(kOther, false));
  CHECK(feed.fold().interval_digest() == digest);
}

TEST_CASE("what would have no effect on an agent is not said", "[registry][stopped_agents]") {
  Feed feed;
  const auto suspend = [&](bool on) {
    return feed.code(StatementKind::agent_suspend, suspension(kAgent, on));
  };
  const auto disown = [&](core::Instant from) {
    return feed.code(StatementKind::agent_disown, disowning(kAgent, from));
  };
  CHECK(suspend(true).empty());
  CHECK(suspend(false) == "no_effect");
  feed.say("agent.suspend", suspension(kAgent));
  CHECK(suspend(true) == "no_effect");
  CHECK(suspend(false).empty());
  CHECK(disown(kNow).empty());
  feed.say("agent.disown", disowning(kAgent, kNow));
  CHECK(disown(kNow) == "no_effect");
  CHECK(disown(kNow + 1ms) == "no_effect");
  CHECK(disown(kNow - 1ms).empty());
  CHECK(feed.code(StatementKind::agent_suspend, Json::object({{"agent", kAgent}})) == "malformed");
  CHECK(feed.code(StatementKind::agent_disown, Json::object({{"agent", kAgent}})) == "malformed");
}

TEST_CASE("a statement about one of very many costs a path of hashes, not all rows anew",
          "[registry][stopped_agents]") {
  Feed feed;
  const auto& member = feed.charter.members.find(feed.acme.scid)->second;
  auto statement = feed.author.next("agent.suspend", suspension(kAgent));
  FeedFold fold;
  const auto say = [&](StatementKind kind, const Json& body) {
    statement.kind = kind;
    statement.body = body;
    ++statement.sequence;
    fold.apply(statement, member);
  };
  const auto cost_of = [&](StatementKind kind, const Json& body) {
    fold.settle();
    const auto published = fold;  // a view that readers hold
    const auto before = fold.work();
    const auto digest = fold.interval_digest();
    say(kind, body);
    fold.settle();
    CHECK(fold.interval_digest() != digest);
    CHECK(published.interval_digest() == digest);
    return fold.work() - before;
  };
  for (int i = 0; i < 9'000; ++i) {
    const auto number = std::to_string(i);
    say(StatementKind::agent_suspend, suspension(agent_hash(number)));
    say(StatementKind::key_compromised,
        to_json(KeyCompromise{feed.acme.did + "#key-" + number, {1, 0}}));
  }
  // Ten levels and a leaf of sixteen, in the digest and in the map, for the row that goes and the one that comes.
  constexpr std::uint64_t kPaths = 150;
  CHECK(cost_of(StatementKind::agent_suspend, suspension(kOther)) < kPaths);
  CHECK(cost_of(StatementKind::agent_suspend, suspension(kOther, false)) < kPaths);
  CHECK(cost_of(StatementKind::agent_disown, disowning(agent_hash("7"), kNow)) < kPaths);
  CHECK(cost_of(StatementKind::key_compromised,
                to_json(KeyCompromise{feed.acme.did + "#other", {1, 0}})) < kPaths);
  CHECK(cost_of(StatementKind::accredit,
                accredit_body(feed.consortium.organisations[1].did, "Badge", 1)) < kPaths);
  CHECK(cost_of(StatementKind::issued,
                to_json(IssuedBatch{core::sha256(std::string_view("batch")), 1})) < kPaths);
}

}  // namespace stopped_agents_test
