#include "node/api/gossip_routes.h"

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/body.h"
#include "registry/feed_store.h"
#include "registry/gossip/messages.h"

namespace avow::node::api::gossip_routes_test {
namespace {

using core::Json;
using registry::testing::Consortium;
using testing::Answer;
using testing::must;

constexpr const char* kOwnUrl = "https://peers.globex.example";

/// Globex's peer routes; its gossip has no threads running.
struct World {
  World() {
    http::RouteTable routes;
    add_gossip_routes(routes, {gossip, rooms.replica, *rooms.database, *rooms.membership,
                               /*witness=*/nullptr, &known, &signatures});
    caller.emplace(std::move(routes));
  }
  Answer push(const std::vector<std::string>& statements) {
    Json texts = Json::array();
    for (const std::string& text : statements) texts.push_back(text);
    return caller->post("/gossip/v1/push", Json::object({{"statements", std::move(texts)}}));
  }

  const Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[1], folder.path()};
  core::testing::ScriptedFetcher fetcher;
  gossip::Gossip gossip{gossip::Gossip::Parts{*rooms.database,
                                              rooms.replica,
                                              *rooms.membership,
                                              rooms.audit,
                                              fetcher,
                                              rooms.clock,
                                              rooms.random,
                                              rooms.log,
                                              "",
                                              {}}};
  /// What waits for the peer.
  std::int64_t queued() {
    std::int64_t size = 0;
    rooms.read([&](core::Connection& connection) {
      size = registry::FeedReader(connection).outbox_size(testing::kPeer);
    });
    return size;
  }

  std::string proven;  // by the peer
  const gossip::KnownPeers known{
      rooms.replica, {{testing::kPeer, ""}}, [this](const std::string&) { return proven; }};
  gossip::SignedRequests signatures{known, rooms.clock, kOwnUrl};
  std::optional<testing::RouteCaller> caller;
};

TEST_CASE("a node without a charter takes and gives nothing", "[node][api][gossip]") {
  World world;
  CHECK(world.push({"{}"}).code() == "no_charter");
  CHECK(world.push({"{}"}).status == 503);
  CHECK(world.caller->get("/gossip/v1/since").status == 503);
  CHECK(world.caller->get("/gossip/v1/head/scid").status == 503);
  CHECK(world.caller->post("/gossip/v1/fetch", Json::object()).status == 503);
  CHECK(world.caller->post("/gossip/v1/tree", Json::object()).status == 503);
}

TEST_CASE("what a peer pushed is durable, in the change log, and given when fetched",
          "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  registry::testing::Author acme(world.consortium.organisations[0],
                                 world.consortium.charter().network);
  const auto opening = acme.open();

  const Answer taken = world.push({opening.text, "no statement"});

  CHECK(taken.status == 200);
  CHECK(*taken.body.find("accepted") == Json::array({opening.hash}));
  CHECK(taken.body.find("rejected")->as_array()->size() == 1);
  CHECK(world.caller->get("/gossip/v1/since").text.find(opening.hash) != std::string::npos);
  const Answer fetched = world.caller->post(
      "/gossip/v1/fetch", Json::object({{"hashes", Json::array({opening.hash})}}));
  CHECK(*fetched.body.find("statements") == Json::array({opening.text}));

  const auto& own = world.rooms.organisation.entry.scid;
  CHECK(world.caller->get("/gossip/v1/head/" + own).status == 200);
  CHECK(world.caller->get("/gossip/v1/head/" + acme.organisation().scid).status == 404);
  CHECK(world.caller->get("/gossip/v1/head/none").status == 404);
}

TEST_CASE("where the view differs from the asker's is told, and the change log of one feed",
          "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  registry::testing::Author acme(world.consortium.organisations[0],
                                 world.consortium.charter().network);
  const auto opening = acme.open();
  const auto& feed = acme.organisation().scid;
  const registry::ViewTree before(world.rooms.replica.view()->parts());
  const std::vector<registry::TreeRange> everything{before.root()};
  const auto ask = [&] {
    return world.caller->post("/gossip/v1/tree", gossip::to_json(everything));
  };
  CHECK(ask().text == R"({"diff":[],"leaves":[]})");
  world.push({opening.text});
  const auto answer = gossip::parse_tree_answer(ask().body);
  REQUIRE(answer);
  const auto different = before.compare(everything, *answer).parts;
  REQUIRE(different.size() == 1);
  CHECK(different.begin()->first == feed);

  const auto since = [&](const std::string& query) {
    return gossip::parse_since_answer(world.caller->get("/gossip/v1/since" + query).body)
        .value()
        .changes;
  };
  CHECK(since("").ids.size() > 1);  // its own feed too
  const auto of_feed = since("?feed=" + feed);
  REQUIRE(of_feed.ids.size() == 1);
  CHECK(of_feed.ids[0].hash == opening.hash);
  CHECK(since("?feed=" + feed + "&cursor=" + std::to_string(of_feed.cursor)).ids.empty());
  CHECK(since("?feed=").ids.empty());  // no slot yet after the first
  CHECK(since("?feed=nobody").ids.empty());
}

TEST_CASE("what a peer has pushed itself is not queued back for it", "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  registry::testing::Author acme(world.consortium.organisations[0],
                                 world.consortium.charter().network);
  world.proven = "z6MkOfThePeer";
  const auto before = world.queued();
  world.caller->peer_key = "z6MkOfThePeer";
  world.push({acme.open().text});
  CHECK(world.queued() == before);
  // By another key, and by none, whatever it says of itself.
  world.caller->peer_key = "z6MkOfAnother";
  world.push({acme.note("one").text});
  CHECK(world.queued() == before + 1);
  world.caller->peer_key.reset();
  world.caller->post("/gossip/v1/push",
                     Json::object({{"from", testing::kPeer},
                                   {"statements", Json::array({acme.note("two").text})}}));
  CHECK(world.queued() == before + 2);
}

TEST_CASE("from public addresses who has no key that is known gives and does not read",
          "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  registry::testing::Author acme(world.consortium.organisations[0],
                                 world.consortium.charter().network);
  world.push({acme.open().text});
  const auto key =
      core::Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, 1))->public_key();
  const auto feed = world.rooms.organisation.entry.scid;
  const auto reads = [&](int status) {
    CHECK(world.caller->get("/gossip/v1/since").status == status);
    CHECK(world.caller->get("/gossip/v1/head/" + feed).status == status);
    CHECK(world.caller->post("/gossip/v1/fetch", Json::object()).status == status);
    CHECK(world.caller->post("/gossip/v1/tree", Json::object({{"ranges", Json::array()}})).status ==
          status);
  };
  reads(200);
  world.caller->peer = "8.8.8.8";
  reads(403);
  world.caller->peer_key = key.to_multikey();
  reads(403);
  CHECK(world.caller->get("/gossip/v1/since").code() == "peer_unknown");
  CHECK(world.caller->post("/gossip/v1/holding", Json::object()).code() == "peer_unknown");
  const registry::NodeSet nodes{{"https://acme.example"}, {}, {{{}, key}}};
  CHECK(world.push({acme.next("node.set", registry::to_json(nodes)).text}).status == 200);
  reads(200);
}

TEST_CASE("from public addresses a member reads by its signature, too", "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  world.caller->peer = "8.8.8.8";
  const auto ask = [&](const core::Ed25519SigningKey& key, const std::string& nonce) {
    core::HttpRequest request;
    request.url = std::string(kOwnUrl) + "/gossip/v1/since?cursor=0";
    gossip::sign_request(request, key, world.rooms.clock.now(), nonce);
    http::NamedValues headers{{"host", "peers.globex.example"}};
    for (const auto& [name, value] : request.headers)
      headers.emplace_back(name == "Content-Digest"    ? "content-digest"
                           : name == "Signature-Input" ? "signature-input"
                                                       : "signature",
                           value);
    return world.caller->get("/gossip/v1/since?cursor=0", headers);
  };
  const auto& acme = world.consortium.organisations[0].key;
  CHECK(world.caller->get("/gossip/v1/since?cursor=0").code() == "peer_unknown");
  CHECK(ask(acme, "one").status == 200);
  CHECK(ask(acme, "one").code() == "replay");
  CHECK(ask(acme, "one").status == 401);
  CHECK(ask(acme, "two").status == 200);
  const auto stranger = core::Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, 77));
  CHECK(ask(*stranger, "three").code() == "peer_unknown");
}

TEST_CASE("a query or a message of another form is 400 with its place", "[node][api][gossip]") {
  World world;
  must(world.rooms.join(world.consortium.charter()));
  for (const char* query : {"cursor=-1", "cursor=x", "cursor=", "cursor=1e3", "cursor=0x1",
                            "cursor=99999999999999999999", "max=0", "max=-5", "max=x"}) {
    CAPTURE(query);
    CHECK(world.caller->get("/gossip/v1/since?" + std::string(query)).code() == "bad_query");
  }
  CHECK(world.caller->get("/gossip/v1/since?max=999999999").status == 200);
  for (const char* path : {"/gossip/v1/push", "/gossip/v1/fetch", "/gossip/v1/tree"}) {
    CHECK(world.caller->post_text(path, "{").code() == "malformed_json");
    CHECK(world.caller->post_text(path, "[]").status == 400);
  }
  const Answer refused =
      world.caller->post("/gossip/v1/push", Json::object({{"statements", "text"}}));
  CHECK(refused.status == 400);
  CHECK(*refused.body.find("errors")->as_array()->front().find_string("pointer") == "/statements");
  CHECK(world.caller->get("/gossip/v1/push").status == 405);
}

}  // namespace
}  // namespace avow::node::api::gossip_routes_test
