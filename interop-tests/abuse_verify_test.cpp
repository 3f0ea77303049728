#include <atomic>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>

#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"
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
