// An organisation that did not found the network: its node waits for the slot that admits it, and then says what others do.

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/timestamp.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/governing.h"
#include "interop-tests/harness/wait.h"

namespace admission_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// Three founders, and Umbrella, which knows Globex.
struct Founded {
  Founded() {
    consortium.start();
    umbrella.charter = consortium.charter();
    umbrella.peers = {globex.peer_url()};
  }

  void admit() { decide(governors, {"member", "admit", (umbrella.data() / "did.jsonl").string()}); }
  void grant() {
    const auto file = consortium.folder() / "grant.json";
    write_file(file, core::to_canonical(
                         Json::object({{"action", "grant"},
                                       {"member", umbrella.scid()},
                                       {"types", Json::array({"AgentCapabilityCredential"})},
                                       {"depth", 0},
                                       {"from", core::format_milliseconds(now())}})));
    decide(governors, {"govern", "propose", file.string()});
  }
  Json status() const { return umbrella.admin().get("/v1/status").body; }
  std::string root_at(const Node& node) const {
    const Json body = node.admin().get("/v1/status").body;
    const std::string* root = body.find_string("viewRoot");
    return root != nullptr ? *root : "";
  }
  /// Umbrella issues, and what it has issued becomes good at Initech, which it does not know, once that was granted.
  void check_issues() {
    const Agent agent(umbrella, "CustomerSupportAgent", 1);
    const auto warning = [&](const Json& claims) {
      const Reply issued = umbrella.admin().post(
          "/v1/credentials", Json::object({{"agent", agent.name()},
                                           {"type", "AgentCapabilityCredential"},
                                           {"lifetimeSeconds", 60},
                                           {"claims", claims}}));
      const std::string* text = issued.body.find_string("warning");
      return text != nullptr ? *text : std::to_string(issued.status);
    };
    CHECK(warning(support_claims()).starts_with("no member believes this yet"));
    const Json credential = agent.issue();
    const auto becomes = [&](const std::string& code) {
      return eventually([&] { return verify_credential(initech, credential).code() == code; });
    };
    CHECK(becomes("issuer_not_authorised"));
    grant();
    CHECK(becomes(""));
    CHECK(eventually([&] { return warning(support_claims()) == "201"; }));  // once it has heard
    const Reply accredited = umbrella.admin().post(
        "/v1/trust/accredit", Json::object({{"subject", acme.did()},
                                            {"types", Json::array({"AgentCapabilityCredential"})},
                                            {"depth", 0}}));
    CHECK(accredited.status == 200);
    CHECK(accredited.body.find("warning") != nullptr);  // its grant lets it accredit nobody
    CHECK(present_and_verify(agent, credential, initech).status == 200);
    REQUIRE(change_status(umbrella, credential, "revoke").status == 200);
    CHECK(becomes("revoked"));
    CHECK(eventually([&] { return root_at(umbrella) == root_at(acme); }));
  }

  Consortium consortium;
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  Node umbrella{consortium.folder(), "umbrella"};
  const std::vector<Node*> governors{&acme, &globex, &initech};
};

}  // namespace

TEST_CASE("a node that starts before its organisation is admitted waits, says why, and begins then",
          "[admission]") {
  Founded world;
  Node& umbrella = world.umbrella;
  umbrella.launch();
  CHECK(eventually([&] { return umbrella.at_public().get("/readyz").status == 200; }));
  const Finished told = umbrella.avow({"status"});
  CHECK(told.exit_code == 0);
  CHECK(told.out.find("no slot of the network that is known here admits " + umbrella.did()) !=
        std::string::npos);
  CHECK(told.out.find("avow member admit did.jsonl") != std::string::npos);
  CHECK_THROWS_WITH(Agent(umbrella, "TooEarly", 2), Catch::Contains("not_admitted"));
  // It follows the network meanwhile, and its restart changes nothing.
  CHECK(eventually([&] { return world.root_at(umbrella) == world.root_at(world.acme); }));
  umbrella.stop();
  umbrella.launch();
  CHECK(eventually([&] {
    const Json status = world.status();
    const Json* waits = status.find("mayNotSign");
    return waits != nullptr && *waits->find_string("code") == "not_admitted";
  }));

  world.admit();
  umbrella.wait_until_it_signs();
  world.check_issues();
  umbrella.restart();
  CHECK(world.status().find("mayNotSign") == nullptr);
}

TEST_CASE("a node that starts after its organisation was admitted learns of it from its peer",
          "[admission]") {
  Founded world;
  world.admit();
  world.umbrella.start();
  world.check_issues();
}

}  // namespace admission_test
