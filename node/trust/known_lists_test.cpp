#include "node/trust/known_lists.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"

namespace avow::node::known_lists_test {
namespace {

using namespace std::chrono_literals;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::kNow;
using testing::must;

const std::string kUrl = "https://acme.example/status/r1";

/// Globex's rooms; Acme's feed is written by the test.
struct World {
  World() { must(globex.join(consortium.charter())); }
  void receive(const std::vector<registry::Statement>& statements) {
    registry::Objects heard;
    for (const auto& statement : statements) heard.statements.push_back(statement.text);
    globex.write([&](core::Transaction& tx) {
      REQUIRE(globex.replica.receive(tx, heard, "http://10.0.0.2:8444", kNow));
    });
  }
  std::string code(const std::string& issuer, const std::string& url, core::Instant at = kNow) {
    const auto list = known.find(issuer, url, at);
    return list ? "ok" : std::string(revocation::code_name(list.error().code));
  }

  const Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms globex{consortium.organisations[1], folder.path()};
  const KnownLists known{*globex.lists, *globex.membership, globex.replica};
  const std::string acme_did = consortium.organisations[0].did;
  Author acme{consortium.organisations[0], consortium.charter().network};
};

TEST_CASE("a member's list is known as its feed says", "[node][known_lists]") {
  World world;
  world.receive({world.acme.open(),
                 world.acme.next("status.list", registry::testing::list_body("r1", "revocation")),
                 world.acme.next("status.delta", registry::testing::delta_body("r1", {7}))});
  const auto list = world.known.find(world.acme_did, kUrl, kNow);
  REQUIRE(list);
  CHECK(list->issuer == world.acme_did);
  CHECK(*list->evidence.find("sequence")->as_integer() == 2);
  CHECK(world.globex.replica.view()->list_at(world.acme_did, kUrl)->bits->set_indexes().size() ==
        1);
}

TEST_CASE("a list is known while its feed is fresh, to the millisecond", "[node][known_lists]") {
  World world;
  world.receive({world.acme.open(),
                 world.acme.next("status.list", registry::testing::list_body("r1", "revocation"))});
  CHECK(world.code(world.acme_did, kUrl, kNow + 15min) == "ok");
  CHECK(world.code(world.acme_did, kUrl, kNow + 15min + 1ms) == "registry_stale");
}

TEST_CASE("a list that nobody published is not fetched, it is unknown", "[node][known_lists]") {
  World world;
  world.receive({world.acme.open()});
  CHECK(world.code(world.acme_did, kUrl) == "STATUS_RETRIEVAL_ERROR");
  CHECK(world.code("did:web:stranger.example", "https://stranger.example/1") ==
        "STATUS_RETRIEVAL_ERROR");
}

TEST_CASE("nothing is concluded from the lists of a forked feed [STATUS-21]",
          "[node][known_lists][STATUS-21]") {
  World world;
  const auto opening = world.acme.open();
  const auto list =
      world.acme.next("status.list", registry::testing::list_body("r1", "revocation"));
  auto twin = world.acme;
  world.receive(
      {opening, list, world.acme.next("status.delta", registry::testing::delta_body("r1", {7}))});
  REQUIRE(world.code(world.acme_did, kUrl) == "ok");
  world.receive({twin.next("status.delta", registry::testing::delta_body("r1", {8}))});
  CHECK(world.code(world.acme_did, kUrl) == "registry_stale");
  // Nor from there being none: it may have been published since.
  CHECK(world.code(world.acme_did, "https://acme.example/status/r2") == "registry_stale");
  CHECK(world.code("did:web:acme.example:agents:a-1", "https://elsewhere.example/1") ==
        "registry_stale");
  CHECK(world.code("did:web:stranger.example", "https://stranger.example/1") ==
        "STATUS_RETRIEVAL_ERROR");
}

TEST_CASE("nothing is concluded from a list of which a delta could not be read",
          "[node][known_lists]") {
  World world;
  world.receive({world.acme.open(),
                 world.acme.next("status.list", registry::testing::list_body("r1", "revocation"))});
  REQUIRE(world.code(world.acme_did, kUrl) == "ok");
  world.receive({world.acme.next("status.delta", registry::testing::delta_body("r1", {7}).set(
                                                     "encoding", "of a later version"))});
  CHECK(world.code(world.acme_did, kUrl) == "STATUS_VERIFICATION_ERROR");
}

TEST_CASE("the own lists are known at once and never stale", "[node][known_lists]") {
  World world;
  const Agent agent = must(world.globex.enrolment->add(world.globex.request("Support"), "uid 1"));
  must(world.globex.issuer->issue(world.globex.draft(agent), "uid 1"));
  const auto own = world.globex.lists->lists().front().declaration;
  const std::string did = world.globex.organisation.did().text();
  CHECK(world.code(did, own.url) == "ok");
  CHECK(world.code(did, own.url, kNow + 24h) == "ok");
  CHECK(world.code(did, own.url + "x") == "STATUS_RETRIEVAL_ERROR");
}

}  // namespace
}  // namespace avow::node::known_lists_test
