#include <atomic>
#include <iostream>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "core/random.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/changes.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/feed_watch.h"
#include "interop-tests/harness/loops.h"
#include "interop-tests/harness/wait.h"

namespace crash_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

constexpr int kWorkers = 3;

std::size_t acknowledged_by(const std::vector<std::unique_ptr<Changes>>& workers) {
  std::size_t count = 0;
  for (const auto& worker : workers) count += worker->acknowledged();
  return count;
}

/// One life of the node: load, SIGKILL some time after it has acknowledged a few changes, start.
void crash_under_load(Node& node, std::vector<std::unique_ptr<Changes>>& workers,
                      std::size_t changes, std::chrono::milliseconds until_kill) {
  const std::size_t before = acknowledged_by(workers);
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  threads.reserve(workers.size());
  for (const auto& worker : workers) threads.emplace_back([&] { worker->go_on(stop); });
  // Otherwise there is no load: everything may be revoked, or the machine too slow for a fixed time.
  const bool loaded = eventually([&] { return acknowledged_by(workers) >= before + changes; });
  pause(until_kill);
  node.kill();
  stop = true;
  threads.clear();
  CHECK(loaded);
  node.start();
}

void check_no_fork(const Node& node) {
  const Reply status = node.admin().get("/v1/status");
  const Json* members = status.body.find("members");
  REQUIRE(members != nullptr);
  for (const Json& member : *members->as_array()) CHECK(member.find("frozenAt") == nullptr);
}

}  // namespace

TEST_CASE("a node that is killed again and again under load loses nothing and signs nothing twice",
          "[crash][STORE-01][GOSSIP-18]") {
  core::SystemRandom system;
  const std::uint64_t seed = core::uniform(system, 1'000'000);
  const std::size_t count = loops("AVOW_CRASH_LOOPS", 200, 25);
  std::cout << "crash_test seed " << seed << std::endl;
  std::mt19937_64 random(seed);

  ConsortiumOptions options;
  options.names = {"acme", "globex"};
  options.links = {{0, 1}};
  Consortium consortium(options);
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  consortium.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  std::vector<std::unique_ptr<Changes>> workers;
  for (std::uint64_t i = 0; i < kWorkers; ++i)
    workers.push_back(std::make_unique<Changes>(acme, agent, seed + i));

  FeedWatch watch;
  for (std::size_t loop = 0; loop < count; ++loop) {
    INFO("seed " << seed << ", loop " << loop);
    std::vector<std::size_t> before;
    before.reserve(workers.size());
    for (const auto& worker : workers) before.push_back(worker->known().size());
    crash_under_load(acme, workers, random() % 12, std::chrono::milliseconds(random() % 30));
    for (std::size_t i = 0; i < workers.size(); ++i) {
      CHECK(workers[i]->lost(before[i]) == "");
      CHECK(workers[i]->lost_of_unanswered() == "");
    }
    if (loop % 10 == 0) CHECK(audit_complaint(acme) == "");  // reads all that there is
    watch.read(acme);
    watch.read(globex);
  }
  INFO("seed " << seed);
  consortium.settle();
  for (const auto& worker : workers) {
    CHECK(worker->lost(0) == "");
    for (const auto& known : worker->known()) {
      const std::string code = known.acknowledged == "active" ? "" : known.acknowledged;
      CHECK(verify_credential(globex, known.credential).code() == code);
    }
  }
  for (const Node* node : {&acme, &globex}) {
    watch.read(*node);
    check_no_fork(*node);
    CHECK(audit_complaint(*node) == "");
  }
  CHECK(watch.signed_twice().empty());
  std::cout << "crash_test " << count << " kills, " << acknowledged_by(workers) << " acknowledged, "
            << watch.statements() << " statements" << std::endl;
}

TEST_CASE("a node that is asked to end under load answers what it began and loses nothing",
          "[crash][STORE-20]") {
  Consortium consortium(two_members_apart());
  Node& acme = consortium[0];
  acme.start();
  const Agent agent(acme, "CustomerSupportAgent", 1);
  Changes worker(acme, agent, 1);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t before = worker.acknowledged();
    std::atomic<bool> stop = false;
    std::jthread thread([&] { worker.go_on(stop); });
    REQUIRE(eventually([&] { return worker.acknowledged() > before + 3; }));
    acme.stop();  // throws unless it ends with 0
    stop = true;
    thread.join();
    acme.start();
    CHECK(worker.lost(0) == "");
  }
  CHECK(audit_complaint(acme) == "");
}

}  // namespace crash_test
