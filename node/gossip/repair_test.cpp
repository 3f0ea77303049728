// What was lost between two nodes, although neither knows of it, is found by their views.

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/temp_dir.h"
#include "node/api/gossip_routes.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "registry/gossip/messages.h"

namespace avow::node::gossip::repair_test {
namespace {

using core::Json;
using testing::must;
using testing::Rooms;

constexpr const char* kPeer = "http://10.0.0.2:8444";

/// Acme's node, whose only peer is Globex's, and what lies between them.
struct World final : core::HttpFetcher {
  World() {
    must(acme.join(consortium.charter()));
    must(globex.join(consortium.charter()));
    http::RouteTable table;
    api::add_gossip_routes(table, {passive, globex.replica, *globex.database, *globex.membership});
    routes.emplace(std::move(table));
    auto parts = testing::gossip_parts(acme, *this, {kPeer});
    parts.pull_every = std::chrono::milliseconds(20);
    active.emplace(parts);
  }
  ~World() override { active->stop(); }

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const std::lock_guard lock(mutex);
    const auto target = request.url.substr(std::string(kPeer).size());
    if (target == "/gossip/v1/tree") {
      ++trees;
      if (knows_no_tree) return core::HttpResponse{404, {}, "{}"};
    }
    if (target == "/gossip/v1/push" && is_swallowing) {
      // Says that it has taken everything.
      PushAnswer all;
      const auto push = parse_push(core::parse_json(request.body).value()).value();
      for (const auto& text : push.objects.statements)
        all.accepted.push_back(registry::parse_statement(text).value().hash);
      for (const auto& text : push.objects.heads)
        all.accepted.push_back(registry::parse_head(text).value().id_hash);
      return core::HttpResponse{200, {}, core::to_canonical(to_json(all))};
    }
    const auto answer =
        request.method == "GET" ? routes->get(target) : routes->post_text(target, request.body);
    if (!target.starts_with("/gossip/v1/since") || target.find("&feed=") != std::string::npos)
      return core::HttpResponse{answer.status, {}, answer.text};
    auto since = parse_since_answer(answer.body).value();
    std::erase_if(since.changes.ids, [&](const auto& id) { return hidden.contains(id.hash); });
    return core::HttpResponse{
        200, {}, core::to_canonical(to_json(since.changes, since.root, since.node))};
  }
  static void give(Gossip& to, const std::vector<registry::Statement>& statements) {
    registry::Objects objects;
    for (const auto& one : statements) objects.statements.push_back(one.text);
    REQUIRE(must(to.receive(objects)).rejected.empty());
  }
  /// Globex's node has it, and its change log leaves it out.
  void hide_what_initech_said() {
    const auto opening =
        registry::testing::Author(consortium.organisations[2], consortium.charter().network).open();
    hidden.insert(opening.hash);
    give(passive, {opening});
  }
  bool comes_to_agree() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (acme.replica.view()->root() != globex.replica.view()->root()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  const registry::testing::Consortium consortium{3};
  const core::testing::TempDir folder_here;
  const core::testing::TempDir folder_there;
  Rooms acme{consortium.organisations[0], folder_here.path(), 0, {kPeer}};
  Rooms globex{consortium.organisations[1], folder_there.path()};
  Gossip passive{testing::gossip_parts(globex, *this, {})};
  std::optional<testing::RouteCaller> routes;
  std::optional<Gossip> active;
  std::mutex mutex;
  std::set<std::string> hidden;  // hashes that its change log leaves out
  bool is_swallowing = false;
  bool knows_no_tree = false;
  int trees = 0;
};

TEST_CASE("what a peer's change log left out comes once the views stay different",
          "[node][gossip]") {
  World world;
  world.hide_what_initech_said();
  world.active->start();
  CHECK(world.comes_to_agree());
  CHECK(world.acme.replica.view()->feed(world.consortium.organisations[2].scid) != nullptr);
}

TEST_CASE("what a peer said it had taken is given again once the views stay different",
          "[node][gossip]") {
  World world;
  world.active->start();
  REQUIRE(world.comes_to_agree());
  {
    const std::lock_guard lock(world.mutex);
    world.is_swallowing = true;
  }
  registry::testing::Author initech(world.consortium.organisations[2],
                                    world.consortium.charter().network);
  World::give(*world.active, {initech.open()});
  const auto swallowed = [&] {
    std::int64_t queued = 1;
    REQUIRE(world.acme.database->read([&](core::Connection& connection) {
      queued = registry::FeedReader(connection).outbox_size(kPeer);
    }));
    return queued == 0;
  };
  while (!swallowed()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  {
    const std::lock_guard lock(world.mutex);
    world.is_swallowing = false;
  }
  CHECK(world.comes_to_agree());
  CHECK(world.globex.replica.view()->feed(initech.organisation().scid) != nullptr);
}

TEST_CASE(
    "a peer that compares no views is reached all the same, and that it does not is told once",
    "[node][gossip]") {
  World world;
  world.knows_no_tree = true;
  world.hide_what_initech_said();
  world.active->start();
  const auto trees = [&] {
    const std::lock_guard lock(world.mutex);
    return world.trees;
  };
  while (trees() < 4) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(world.active->peers().front().reachable);
  world.active->stop();
  const auto log = world.acme.logged.str();
  CHECK(log.find("peer_lost") == std::string::npos);
  const auto told = log.find("view_not_repaired");
  REQUIRE(told != std::string::npos);
  CHECK(log.find("view_not_repaired", told + 1) == std::string::npos);
}

}  // namespace
}  // namespace avow::node::gossip::repair_test
