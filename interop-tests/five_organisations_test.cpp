// A network that nobody owns, from its founding to a successor: what demo/governance.sh tells a person.

#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/governing.h"
#include "interop-tests/harness/wait.h"

namespace five_organisations_test {

using namespace avow;
using namespace avow::interop;
using core::Json;
namespace fs = std::filesystem;

namespace {

/// Three who found and govern; Umbrella and Hooli join later.
class Network {
 public:
  Network() : consortium_(three()) { consortium_.start(); }

  /// Its log is admitted, its node starts, and it may issue.
  void admit(Node& member, const std::vector<Node*>& neighbours) {
    decide(governors, {"member", "admit", (member.data() / "did.jsonl").string()});
    member.charter = consortium_.charter();
    for (const Node* neighbour : neighbours) member.peers.push_back(neighbour->peer_url());
    member.start();
    members.push_back(&member);
    decide(governors, {"trust", "grant", member.did(), "--type", "AgentCapabilityCredential"});
  }
  /// Each running node says so of it: accepted if `code` is empty.
  void all_say(const Json& credential, const std::string& code) {
    for (Node* verifier : members) {
      if (!verifier->running()) continue;
      INFO("at " << verifier->name());
      const bool says_so = eventually([&] {
        const Reply verdict = verify_credential(*verifier, credential);
        return code.empty() ? verdict.status == 200 : verdict.code() == code;
      });
      INFO(verify_credential(*verifier, credential).text);
      CHECK(says_so);
    }
  }
  static Finished offline(const Node& node, std::vector<std::string> words) {
    words.insert(words.end(), {"--passphrase-file", node.passphrase_file().string(), "--json"});
    return node.avow(std::move(words));
  }
  fs::path folder() const { return consortium_.folder(); }

 private:
  static ConsortiumOptions three() {
    ConsortiumOptions options;
    options.links = {{0, 1}, {1, 2}};
    return options;
  }
  Consortium consortium_;

 public:
  Node& acme = consortium_[0];
  Node& globex = consortium_[1];
  Node& initech = consortium_[2];
  Node umbrella{folder(), "umbrella"};
  Node hooli{folder(), "hooli"};
  const std::vector<Node*> governors{&acme, &globex, &initech};
  std::vector<Node*> members{&acme, &globex, &initech};
};

/// What `avow trust disputes` says there, as "<state> <kind> <where>".
std::vector<std::string> disputes_at(const Node& node) {
  std::vector<std::string> lines;
  const Reply answer = node.admin().get("/v1/trust/disputes");
  for (const Json& row : *answer.body.find("disputes")->as_array())
    lines.push_back(*row.find_string("state") + " " + *row.find_string("kind") + " " +
                    *row.find_string("where"));
  return lines;
}

std::string last_statement(const Node& node, const std::string& scid) {
  const Reply members = node.admin().get("/v1/members");
  for (const Json& member : *members.body.find("members")->as_array()) {
    if (*member.find_string("scid") == scid)
      return std::to_string(*member.find("epoch")->as_integer()) + "/" +
             std::to_string(*member.find("sequence")->as_integer());
  }
  return "";
}

}  // namespace

TEST_CASE("five organisations admit, rotate, are robbed, recover, evict, and take a successor",
          "[governance][GOSSIP-04]") {
  Network world;
  Node& acme = world.acme;
  Node& globex = world.globex;
  Node& initech = world.initech;
  Node& umbrella = world.umbrella;
  Node& hooli = world.hooli;

  // Admitted by those who govern, each starts a node of its own and is believed by all.
  world.admit(umbrella, {&initech});
  world.admit(hooli, {&umbrella, &globex});
  const Agent of_acme(acme, "Courier", 1);
  const Agent of_globex(globex, "Courier", 2);
  const Agent of_hooli(hooli, "Courier", 3);
  const Json from_acme = of_acme.issue();
  const Json from_globex = of_globex.issue();
  const Json from_hooli = of_hooli.issue();
  for (const Json& credential : {from_acme, from_globex, from_hooli}) world.all_say(credential, "");

  // Rotated: the old signature stays good beside the new one.
  globex.stop();
  REQUIRE(Network::offline(globex, {"key", "rotate"}).exit_code == 0);
  globex.start();
  const Json after = of_globex.issue();
  CHECK(after.find("proof")->find_string("verificationMethod")->ends_with("#key-2"));
  world.all_say(from_globex, "");
  world.all_say(after, "");

  // Stolen: signing key, database and passphrase; who has the update keys as well can fork the log. Both sign what comes
  // next.
  acme.stop();
  Node thief(world.folder(), "thief");
  fs::remove_all(thief.data());
  fs::copy(acme.data(), thief.data(), fs::copy_options::recursive);
  fs::remove(thief.data() / "keys" / "update-2.key.json");
  acme.start();
  thief.charter = acme.charter;
  thief.start();
  const Agent backdoor(thief, "Backdoor", 4);
  const Json stolen = backdoor.issue();
  const Agent dispatcher(acme, "Dispatcher", 5);
  const Json second = dispatcher.issue();
  world.all_say(second, "");
  thief.stop();
  thief.peers = {initech.peer_url()};
  thief.launch();
  for (const Json& credential : {from_acme, second, stolen})
    world.all_say(credential, "issuer_forked");
  const auto open = disputes_at(hooli);
  REQUIRE(open.size() == 1);
  CHECK(open.front().starts_with("open feed 1/"));
  for (const Node* node : world.members) CHECK(disputes_at(*node) == open);
  thief.stop();

  // Recovered with a key that the thief could not use before: what it said is struck out.
  const std::string fork = open.front().substr(open.front().rfind(' ') + 1);
  acme.stop();
  const Finished recovered =
      Network::offline(acme, {"key", "recover", "--strike", fork + "..", "--yes"});
  INFO(recovered.err);
  REQUIRE(recovered.exit_code == 0);
  acme.start();
  world.all_say(from_acme, "");
  world.all_say(second, "");
  CHECK(disputes_at(hooli) == std::vector<std::string>{"settled feed " + fork});
  // The thief's agent is nobody's again.
  for (Node* verifier : world.members) {
    const Reply verdict = present_and_verify(backdoor, stolen, *verifier);
    INFO(verdict.text);
    CHECK(verdict.code() == "key_not_found");
  }

  // And given up: what Acme had not published nobody can say it signed, whatever date it bears.
  const auto stays = world.folder() / "stays.json";
  write_file(stays, core::to_canonical(from_acme));
  REQUIRE(says(acme, {"key", "compromised", "#key-1"}).exit_code == 0);
  world.all_say(stolen, "key_compromised");
  const Finished published = acme.avow({"vc", "published", stays.string(), "--json"});
  REQUIRE(published.exit_code == 0);
  write_file(world.folder() / "published.json", published.out);
  const Finished shown = umbrella.avow({"verify", stays.string(), "--issued",
                                        (world.folder() / "published.json").string(), "--json"});
  INFO(shown.out << shown.err);
  CHECK(shown.exit_code == 0);

  // Evicted: final for that identity. Its successor has another, under the same domain.
  decide(world.governors, {"member", "evict", hooli.did()});
  world.all_say(from_hooli, "issuer_evicted");
  hooli.stop();
  world.members.pop_back();
  fs::create_directory(world.folder() / "successor");
  Node successor(world.folder() / "successor", "hooli");
  CHECK(successor.did() != hooli.did());
  CHECK(successor.domain() == hooli.domain());
  world.admit(successor, {&umbrella, &globex});
  const Agent of_successor(successor, "Courier", 6);
  world.all_say(of_successor.issue(), "");
  world.all_say(from_hooli, "issuer_evicted");
  CHECK(last_statement(acme, hooli.scid()) == last_statement(umbrella, hooli.scid()));
  for (const Node* node : world.members) CHECK(audit_complaint(*node) == "");
}

}  // namespace five_organisations_test
