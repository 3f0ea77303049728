#include "node/node_keys.h"

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"

namespace avow::node::node_keys_test {
namespace {

using testing::must;

struct World {
  Keystore open() {
    auto passphrase = core::SecretBytes::copy_of(core::as_bytes("correct horse"));
    return must(Keystore::open(folder / "keys", std::move(*passphrase), kWeakestKdfCost, random));
  }
  const core::testing::TempDir folder;
  core::testing::SeededRandom random{1};
};

TEST_CASE("a node has two keys, made when they are not there, and keeps them", "[node_keys]") {
  World world;
  auto store = world.open();
  const auto made = must(open_node_keys(store, world.random));
  CHECK(made.now.public_key() != made.next);
  auto again = world.open();
  const auto kept = must(open_node_keys(again, world.random));
  CHECK(kept.now.public_key() == made.now.public_key());
  CHECK(kept.next == made.next);
}

TEST_CASE("a rotation takes the next key and gives the one before up [AUTH-24]", "[node_keys]") {
  World world;
  auto store = world.open();
  const auto first = must(open_node_keys(store, world.random));
  const auto second = must(rotate_node_key(store, world.random));
  CHECK(second.now.public_key() == first.next);
  CHECK(second.next != first.next);
  CHECK(second.next != first.now.public_key());
  const auto kept = must(open_node_keys(store, world.random));
  CHECK(kept.now.public_key() == second.now.public_key());
  CHECK(kept.next == second.next);
}

TEST_CASE("a rotation that was cut short is gone on with", "[node_keys]") {
  World world;
  auto store = world.open();
  const auto first = must(open_node_keys(store, world.random));
  SECTION("after the key before was removed") {
    must(store.remove("node"));
  }
  SECTION("after the next one has its place") {
    const auto next = must(store.load("node-next"));
    must(store.remove("node"));
    must(store.add("node", next));
  }
  SECTION("before another next one is made") {
    const auto next = must(store.load("node-next"));
    must(store.remove("node"));
    must(store.add("node", next));
    must(store.remove("node-next"));
  }
  const auto second = must(open_node_keys(store, world.random));
  CHECK(second.now.public_key() == first.next);
  CHECK(second.next != first.next);
}

}  // namespace
}  // namespace avow::node::node_keys_test
