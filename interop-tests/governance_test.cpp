// Organisations that govern themselves: what their people propose and sign at their own nodes is decided at all of them.

#include <catch2/catch.hpp>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/governing.h"
#include "interop-tests/harness/wait.h"

namespace governance_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// Four organisations in a ring: nobody's vote reaches the one opposite but through others.
struct Governed {
  Governed() : consortium(ring()) { consortium.start(); }

  static ConsortiumOptions ring() {
    ConsortiumOptions options;
    options.names = {"acme", "globex", "initech", "umbrella"};
    options.links = {{0, 1}, {1, 2}, {2, 3}, {3, 0}};
    return options;
  }
  /// Acme proposes, Globex and Initech vote with it: Umbrella is not asked.
  void decide(const std::vector<std::string>& words) {
    const auto slot = interop::decide({&acme, &globex, &initech}, words);
    for (Node* node : {&acme, &globex, &initech, &umbrella})
      CHECK(eventually([&] { return slot_at(*node) == slot; }));
  }
  bool becomes(Node& verifier, const Json& credential, const std::string& code) {
    return eventually([&] {
      const Reply verdict = verify_credential(verifier, credential);
      return code.empty() ? verdict.status == 200 : verdict.code() == code;
    });
  }
  /// What the check that refused has found.
  Json evidence(Node& verifier, const Json& credential) {
    const Reply verdict = verify_credential(verifier, credential);
    for (const Json& check : *verdict.body.find("checks")->as_array()) {
      const std::string* code = check.find_string("code");
      if (code != nullptr && *code == verdict.code()) return *check.find("evidence");
    }
    return Json::object();
  }

  Consortium consortium;
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  Node& umbrella = consortium[3];
};

}  // namespace

TEST_CASE("a member is suspended, reinstated and evicted by those who govern", "[governance]") {
  Governed world;
  const Agent agent(world.umbrella, "CustomerSupportAgent", 1);
  const Json credential = agent.issue();
  REQUIRE(world.becomes(world.globex, credential, ""));

  // Shown in words, and nothing signed without a person's word.
  const Finished shown = world.acme.avow({"member", "suspend", world.umbrella.did()});
  CHECK(shown.exit_code == 2);
  CHECK(shown.out.find("  - suspend " + world.umbrella.did() + " from ") != std::string::npos);
  CHECK_FALSE(is_proposed_at(world.acme));

  world.decide({"member", "suspend", world.umbrella.did()});
  for (Node* verifier : {&world.acme, &world.globex, &world.initech})
    CHECK(world.becomes(*verifier, credential, "issuer_suspended"));
  const Json why = world.evidence(world.globex, credential);
  CHECK(*why.find("member") == Json(world.umbrella.did()));
  CHECK(*why.find("slot") == Json(2));
  const Finished explained =
      world.globex.avow({"trust", "explain", "--entity", world.umbrella.did(), "--resource",
                         "AgentCapabilityCredential"});
  CHECK(explained.exit_code == 3);
  CHECK(explained.out.find("by slot 2") != std::string::npos);

  world.decide({"member", "reinstate", world.umbrella.did()});
  CHECK(world.becomes(world.globex, credential, ""));

  world.decide({"member", "evict", world.umbrella.did()});
  for (Node* verifier : {&world.acme, &world.globex, &world.initech})
    CHECK(world.becomes(*verifier, credential, "issuer_evicted"));
  // Final: there is no way back for this SCID, and its own node signs nothing more.
  CHECK(says(world.acme, {"member", "reinstate", world.umbrella.did()}).exit_code == 2);
  CHECK(says(world.umbrella, {"member", "suspend", world.acme.did()}).exit_code == 5);
  world.globex.restart();
  CHECK(world.becomes(world.globex, credential, "issuer_evicted"));
  world.consortium.settle();
  const Finished history = world.initech.avow({"govern", "history"});
  CHECK(history.out.find("evict " + world.umbrella.did()) != std::string::npos);
}

TEST_CASE("two of four governors suspend a member at once, for a while", "[governance]") {
  Governed world;
  const Agent agent(world.umbrella, "CustomerSupportAgent", 2);
  const Json credential = agent.issue();
  REQUIRE(world.becomes(world.globex, credential, ""));
  REQUIRE(
      says(world.acme, {"govern", "emergency", world.umbrella.did(), "--for", "1h"}).exit_code ==
      0);
  // Initech signs the times that Acme has begun with, as soon as it hears of them.
  REQUIRE(eventually([&] {
    return says(world.initech, {"govern", "emergency", world.umbrella.did()}).exit_code == 0;
  }));
  for (Node* verifier : {&world.acme, &world.globex, &world.initech})
    CHECK(world.becomes(*verifier, credential, "issuer_suspended"));
  CHECK(*world.evidence(world.globex, credential).find("emergency") == Json(true));
  world.consortium.settle();
}

TEST_CASE("what a member accredits it takes back, and whoever asks is told by which statement",
          "[governance][trust]") {
  Governed world;
  world.decide({"trust", "grant", world.acme.did(), "--type", "Badge", "--depth", "1"});
  const std::vector<std::string> of_globex{world.globex.did(), "--type", "Badge"};
  const auto acme_says = [&](const char* word) {
    std::vector<std::string> words{"trust", word};
    words.insert(words.end(), of_globex.begin(), of_globex.end());
    return world.acme.avow(words);
  };
  const auto explained = [&] {
    return world.initech.avow(
        {"trust", "explain", "--entity", world.globex.did(), "--resource", "Badge"});
  };
  CHECK(explained().exit_code == 3);
  REQUIRE(acme_says("accredit").exit_code == 0);
  CHECK(eventually([&] { return explained().exit_code == 0; }));

  const Finished revoked = acme_says("revoke");
  INFO(revoked.err);
  REQUIRE(revoked.exit_code == 0);
  CHECK(revoked.out.find("accreditation revoked  " + world.globex.did()) != std::string::npos);
  const auto words = [&] { return explained().out; };
  CHECK(eventually([&] { return words().find("that had ended, by its") != std::string::npos; }));
  INFO(words());
  CHECK(explained().exit_code == 3);
  // Nothing is left to take back.
  const Finished again = acme_says("revoke");
  CHECK(again.exit_code == 6);  // not found
  CHECK(again.err.find("fix:") != std::string::npos);
}

}  // namespace governance_test
