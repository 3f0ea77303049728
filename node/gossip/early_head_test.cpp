// A stop of another member is acknowledged at once: by a head that is signed before it is due.

#include <condition_variable>
#include <mutex>

#include <catch2/catch.hpp>

#include "core/testing/scripted_fetcher.h"
#include "core/testing/temp_dir.h"
#include "node/testing/gossip_parts.h"

namespace avow::node::gossip::early_head_test {
namespace {

using registry::testing::kNow;

TEST_CASE("who has counted a stop of another member signs a head that says so before one is due",
          "[node][gossip]") {
  const registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const auto& globex = consortium.organisations[1];
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(charter));
  const auto own_head = [&] {
    const auto view = rooms.replica.view();
    return *view->counted_head(rooms.membership->feed());
  };
  REQUIRE(own_head().heard.empty());
  rooms.clock.advance(std::chrono::seconds(10));  // of two heads of one moment the first stays

  std::mutex mutex;
  std::condition_variable changed;
  bool has_said = false;
  rooms.membership->on_said = [&] {
    const std::lock_guard lock(mutex);
    has_said = true;
    changed.notify_all();
  };
  core::testing::ScriptedFetcher network;
  Gossip gossip(testing::gossip_parts(rooms, network, {}));
  gossip.start();
  registry::testing::Author author(globex, charter.network);
  const auto opening = author.open();
  const auto stop = author.next(
      "agent.suspend", core::Json::object({{"agent", core::to_multibase(core::sha256("agent"))},
                                           {"suspended", true}}));
  registry::Objects objects;
  objects.statements = {opening.text, stop.text};
  REQUIRE(testing::must(gossip.receive(objects)).accepted.size() == 2);
  {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return has_said; }));
  }
  gossip.stop();
  CHECK(own_head().heard == std::vector<registry::Word>{
                                {globex.scid, 1, 1, stop.hash, kNow + std::chrono::seconds(10)}});
  CHECK_FALSE(rooms.membership->has_news_to_say());
}

}  // namespace
}  // namespace avow::node::gossip::early_head_test
