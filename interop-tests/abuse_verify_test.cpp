#include <atomic>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"
#include "node/node.h"
#include "vc/present.h"

namespace abuse_verify_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// One organisation alone in its consortium with an agent: everything that is asked of one verifier.
struct World {
  static ConsortiumOptions alone() {
    ConsortiumOptions options;
    options.names = {"acme"};
    options.links = {};
    return options;
  }
  World() {
    consortium.start();
    enrolled = std::make_unique<Agent>(acme, "Support", 1);
  }
  const Agent& agent() const { return *enrolled; }

  Consortium consortium{alone()};
  Node& acme = consortium[0];
  std::unique_ptr<Agent> enrolled;
};

void check_alive(const Node& node) {
  CHECK(node.at_public().get("/healthz").status == 200);
}

}  // namespace

TEST_CASE("a credential of 300 KB is refused by its size [VC-36]", "[abuse][vc]") {
  World world;
  Json credential = world.agent().issue();
  credential.set("name", std::string(std::size_t{300} * 1024, 'n'));
  for (const char* profile : {"consortium", "w3c"}) {
    const Reply refused = verify_credential(world.acme, credential, profile);
    CHECK(refused.status == 413);
    CHECK(refused.code() == "too_large");
  }
  check_alive(world.acme);
}

TEST_CASE("of many presentations over one challenge at once one is accepted [VP-01] [VP-02]",
          "[abuse][vp]") {
  World world;
  const Json presentation = world.agent().present_to(world.acme, world.agent().issue());
  std::atomic<int> accepted = 0;
  std::atomic<int> used = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i) {
      threads.emplace_back([&] {
        const Reply reply = verify_presentation(world.acme, presentation);
        if (reply.status == 200) ++accepted;
        if (reply.status == 400 && reply.code() == "challenge_used") ++used;
      });
    }
  }
  CHECK(accepted == 1);
  CHECK(used == 99);
}

TEST_CASE("more than sixteen credentials in one presentation are refused [VP-14]", "[abuse][vp]") {
  World world;
  const auto present = [&](std::size_t count) {
    const std::vector<Json> credentials(count, world.agent().issue());
    const Challenge challenge = challenge_of(world.acme);
    const vc::Holder holder{world.agent().did(), world.agent().did() + "#key-1",
                            world.agent().key()};
    return vc::present(credentials, holder, {challenge.challenge, challenge.domain, now()});
  };
  const auto sixteen = present(16);
  REQUIRE(sixteen);
  CHECK(verify_presentation(world.acme, *sixteen).status == 200);

  // What the library would not make, by hand: one more, and 500.
  for (const std::size_t count : {std::size_t{17}, std::size_t{100}, std::size_t{500}}) {
    CAPTURE(count);
    Json many = *sixteen;
    Json credentials = Json::array();
    for (std::size_t i = 0; i < count; ++i)
      credentials.push_back(many.find("verifiableCredential")->as_array()->front());
    many.set("verifiableCredential", std::move(credentials));
    const Reply refused = verify_presentation(world.acme, many);
    INFO(refused.text.substr(0, 300));
    if (refused.status == 413) {
      CHECK(count == 500);  // larger than any body may be
    } else {
      CHECK(refused.status == 400);
      CHECK(refused.code() == "too_many_credentials");
      CHECK(*refused.body.find("verified") == Json(false));
    }
  }
  check_alive(world.acme);
}

TEST_CASE("a web page of another origin moves nothing at the peer listener [HTTP-40]",
          "[abuse][http]") {
  World world;
  core::HttpRequest request;
  request.method = "POST";
  request.url = "/gossip/v1/push";
  request.headers = {{"Content-Type", "application/json"}, {"Origin", "https://evil.example"}};
  request.body = "{}";
  const Reply refused = world.acme.at_peer().exchange(request);
  CHECK(refused.status == 403);
  CHECK(refused.code() == "origin_not_allowed");
  CHECK(refused.header("Access-Control-Allow-Origin").empty());
  request.headers.pop_back();
  CHECK(world.acme.at_peer().exchange(request).status == 200);
}

namespace {

/// A node in this process, so that it can be asked what it serves; a new one without a consortium.
struct NodeHere {
  NodeHere() {
    config.directory.root = files.data();
    config.listen = {own_address(), files.public_port()};
    config.peer_listen = {own_address(), files.peer_port()};
    auto opened = node::Node::open(config, *core::SecretBytes::copy_of(core::as_bytes(kPassphrase)),
                                   {clock, random, nowhere, nowhere, nowhere, log});
    if (!opened) throw std::runtime_error(opened.error().what);
    running = std::move(*opened);
    running->start();
  }

  const core::testing::TempDir folder;
  const Node files{folder.path(), "acme"};
  node::NodeConfig config;
  const core::SystemClock clock;
  core::SystemRandom random;
  core::testing::ScriptedFetcher nowhere;
  std::ostringstream logged;
  node::Log log{logged, clock};
  std::unique_ptr<node::Node> running;
};

/// A path of that pattern.
std::string path_of(std::string pattern) {
  for (std::size_t at = 0; (at = pattern.find('{')) != std::string::npos;)
    pattern.replace(at, pattern.find('}') + 1 - at, "x");
  return pattern;
}

}  // namespace

TEST_CASE("what the admin socket does, no other listener does", "[abuse][http]") {
  // What changes nothing, and is for everybody.
  const std::set<std::string> open{"/healthz",
                                   "/readyz",
                                   "/challenges",
                                   "/credentials/verify",
                                   "/presentations/verify",
                                   "/1.0/identifiers/{did...}",
                                   "/v1/issued/{leaf}"};
  const NodeHere here;
  std::set<std::string> asked;
  for (const auto& [method, pattern] : here.running->admin_routes()) {
    if (open.contains(pattern)) continue;
    core::HttpRequest request;
    request.method = method;
    request.url = path_of(pattern);
    if (method != "GET") {
      request.headers = {{"Content-Type", "application/json"}};
      request.body = "{}";
    }
    CAPTURE(method, request.url);
    for (const Client& elsewhere : {here.files.at_public(), here.files.at_peer()}) {
      const Reply refused = elsewhere.exchange(request);
      CHECK(refused.status == 404);
      CHECK(refused.code() == "no_such_route");
    }
    const Reply answered = here.files.admin().exchange(request);
    CHECK(answered.status >= 200);
    CHECK(answered.code() != "no_such_route");
    asked.insert(request.url);
  }
  for (const char* changes :
       {"/credentials/issue", "/v1/credentials", "/v1/credentials/x/revoke", "/v1/trust/accredit"})
    CHECK(asked.contains(changes));
}

TEST_CASE("the public routes take JSON and nothing else [HTTP-39] [HTTP-22]", "[abuse][http]") {
  World world;
  for (const char* type :
       {"text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"}) {
    core::HttpRequest request;
    request.method = "POST";
    request.url = "/credentials/verify";
    request.headers = {{"Content-Type", type}};
    request.body = "{}";
    CHECK(world.acme.at_public().exchange(request).status == 415);
  }
}

}  // namespace abuse_verify_test
