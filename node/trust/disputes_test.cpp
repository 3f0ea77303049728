#include "node/trust/disputes.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace avow::node::disputes_test {
namespace {

using core::Json;
using namespace registry::testing;

struct World {
  Json rows() {
    Json found;
    node.read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      found = disputes(*node.replica->view(), store);
    });
    return found;
  }
  /// The two hashes, in the order of their texts.
  static Json pair(std::string a, std::string b) {
    if (b < a) std::swap(a, b);
    return Json::array({std::move(a), std::move(b)});
  }

  Consortium consortium;
  registry::Charter charter = consortium.charter();
  const registry::testing::Organisation& acme = consortium.organisations[0];
  Node node{charter};
  Author author{acme, charter.network};
};

}  // namespace

TEST_CASE("who contradicted themselves is named with both hashes, open until a later epoch",
          "[node][trust]") {
  World world;
  const auto opening = world.author.open();
  Author other = world.author;
  const auto one = world.author.note("one");
  const auto two = other.note("another");
  world.node.receive({opening, one});
  CHECK(world.rows() == Json::array());
  world.node.receive({two});
  Json row = Json::object({{"kind", "feed"},
                           {"where", "1/1"},
                           {"state", "open"},
                           {"did", world.acme.did},
                           {"hashes", World::pair(one.hash, two.hash)}});
  CHECK(world.rows() == Json::array({row}));

  const KeyHistory keys(world.acme, 1);
  const auto second = keys.after(world.acme.entry, kNow);
  world.node.receive_entries({second.text()});
  CHECK(world.rows() == Json::array({row}));
  auto next = world.author.in_epoch(2, second.key, second.key_id, one.hash);
  world.node.receive({next.open()});
  row.set("state", "settled");
  CHECK(world.rows() == Json::array({row}));
}

TEST_CASE("bits as a whole that lack a revocation are a dispute until an epoch leaves them out",
          "[node][trust]") {
  World world;
  const auto opening = world.author.open();
  const auto list =
      world.author.next("status.list", registry::testing::list_body("r1", "revocation"));
  const auto delta = world.author.next("status.delta", registry::testing::delta_body("r1", {3}));
  world.node.receive({opening, list, delta});
  CHECK(world.rows() == Json::array());
  world.node.receive({world.author.next("status.base", registry::testing::base_body("r1", {4}))});
  CHECK(world.rows() ==
        Json::array({Json::object(
            {{"kind", "base"}, {"where", "1/3"}, {"state", "open"}, {"did", world.acme.did}})}));
  const KeyHistory keys(world.acme, 1);
  const auto second = keys.after(world.acme.entry, kNow);
  world.node.receive_entries({second.text()});
  auto next = world.author.in_epoch(2, second.key, second.key_id, delta.hash);
  world.node.receive({next.open()});
  CHECK(world.rows() == Json::array());
}

TEST_CASE("two entries of one version are a dispute of the log", "[node][trust]") {
  World world;
  const KeyHistory keys(world.acme, 1);
  const auto one = keys.after(world.acme.entry, kNow);
  const auto two = keys.after(world.acme.entry, kNow + std::chrono::seconds(1));
  world.node.receive_entries({one.text()});
  CHECK(world.rows() == Json::array());
  world.node.receive_entries({two.text()});
  const Json rows = world.rows();
  REQUIRE(rows.as_array()->size() == 1);
  const Json& row = rows.as_array()->front();
  CHECK(*row.find("kind") == Json("log"));
  CHECK(*row.find("where") == Json("version 2"));
  CHECK(*row.find("state") == Json("open"));
  auto hashes = *row.find("hashes")->as_array();
  REQUIRE(hashes.size() == 2);
  CHECK(World::pair(*hashes[0].as_string(), *hashes[1].as_string()) ==
        World::pair(one.entry.entry_hash, two.entry.entry_hash));
}

TEST_CASE("two decided values of a slot are a dispute that names who signed both",
          "[node][trust]") {
  const Consortium consortium(4);
  const auto charter = consortium.charter();
  const auto& all = consortium.organisations;
  Node node(charter);
  const auto rows = [&] {
    Json found;
    node.read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      found = disputes(*node.replica->view(), store);
    });
    return found;
  };
  const auto decide = [&](const std::vector<const registry::testing::Organisation*>& by,
                          const char* from) {
    const auto ballots = ballots_for(by, charter, {suspend_action(all[3].scid, from)});
    registry::Objects objects;
    objects.slots = {ballots.decision};
    node.receive(objects);
    return ballots.slot.hash;
  };
  const auto one = decide({&all[0], &all[1], &all[2]}, "2026-12-01T08:00:00.000Z");
  CHECK(rows() == Json::array());
  const auto other = decide({&all[1], &all[2], &all[3]}, "2026-12-02T08:00:00.000Z");
  const bool in_order = all[1].scid < all[2].scid;
  const Json both = Json::array({all[in_order ? 1 : 2].did, all[in_order ? 2 : 1].did});
  Json::Array found = *rows().as_array();
  REQUIRE(found.size() == 1);
  const auto hashes = *found.front().find("hashes")->as_array();
  REQUIRE(hashes.size() == 2);
  CHECK(World::pair(*hashes[0].as_string(), *hashes[1].as_string()) == World::pair(one, other));
  found.front().erase("hashes");
  CHECK(found.front() ==
        Json::object(
            {{"kind", "slot"}, {"where", "slot 2"}, {"state", "open"}, {"signedBoth", both}}));
}

}  // namespace avow::node::disputes_test
