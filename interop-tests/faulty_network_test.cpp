// Eight nodes, a faulty link each way between neighbours, processes that are killed and stopped, clocks that differ.

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "core/random.h"
#include "core/testing/sanitizer.h"
#include "core/testing/tree.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/changes.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/fault_proxy.h"
#include "interop-tests/harness/feed_watch.h"
#include "interop-tests/harness/loops.h"
#include "interop-tests/harness/wait.h"

namespace faulty_network_test {

using namespace avow;
using namespace avow::interop;
using namespace std::chrono_literals;
using core::Json;
using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

namespace {

constexpr std::size_t kNodes = 8;
constexpr std::size_t kIssuers = 3;
constexpr std::size_t kMaxDown = 3;
constexpr std::chrono::seconds kTier{10};
constexpr std::array<int, kNodes> kClockOffsets{0, 700, -700, 0, 350, -350, 700, 0};  // ms
/// How much longer than its tier a node may believe by these clocks.
constexpr Milliseconds kClocksApart{1'400};

ConsortiumOptions eight_members() {
  ConsortiumOptions options;
  options.names = {"acme", "globex", "initech", "umbrella", "hooli", "stark", "wayne", "wonka"};
  options.links = {};
  options.freshness = kTier;
  return options;
}

/// A ring whose opposite ends know each other as well; each link has faults of its own, each way.
class Network {
 public:
  Network() : consortium_(eight_members()) {
    for (std::size_t i = 0; i < kNodes; ++i) consortium_[i].has_tls = true;
    for (std::size_t i = 0; i < kNodes; ++i) {
      for (const std::size_t j : {i + 1, i + kNodes - 1, i + kNodes / 2}) connect(i, j % kNodes);
      set_clock(i);
    }
  }
  Node& operator[](std::size_t i) { return consortium_[i]; }
  Consortium& consortium() { return consortium_; }
  struct Link {
    std::size_t from;
    std::size_t to;
    std::unique_ptr<FaultProxy> proxy;
  };
  std::vector<Link>& links() { return links_; }
  std::uint64_t carried() const {
    std::uint64_t sum = 0;
    for (const auto& link : links_) sum += link.proxy->carried();
    return sum;
  }

 private:
  void connect(std::size_t from, std::size_t to) {
    links_.push_back({from, to, std::make_unique<FaultProxy>(consortium_[to].peer_port())});
    consortium_[from].peers.push_back("https://" + own_address() + ":" +
                                      std::to_string(links_.back().proxy->port()) + "#" +
                                      consortium_[to].node_key().public_key().to_multikey());
  }
  void set_clock(std::size_t i) {
    // A sanitizer has a clock_gettime of its own.
    if (core::testing::kSanitized || kClockOffsets.at(i) == 0) return;
    const auto library = core::testing::build_tree() / "libclock_offset.so";
    consortium_[i].wrapper = {"/usr/bin/env", "LD_PRELOAD=" + library.string(),
                              "AVOW_CLOCK_OFFSET_MS=" + std::to_string(kClockOffsets.at(i))};
  }

  Consortium consortium_;
  std::vector<Link> links_;
};

/// What those who ask know of the faults.
struct Condition {
  /// Down or stopped: it does not answer.
  std::array<std::atomic<bool>, kNodes> is_down{};
  /// Cut off from all others; kNodes: nobody.
  std::atomic<std::size_t> island = kNodes;
};

/// Does something to the network every now and then, and undoes it some time later.
class Faults {
 public:
  Faults(Network& network, Condition& condition, std::uint64_t seed)
      : network_(network), condition_(condition), random_(seed) {}

  void go_on_for(std::chrono::seconds time) {
    const auto end = Steady::now() + time;
    while (Steady::now() < end) {
      cause_one();
      pause(Milliseconds(between(50, 400)));
      undo_due(Steady::now());
    }
    undo_due(Steady::time_point::max());
  }
  std::string in_words() const {
    std::string words;
    for (const auto& [name, count] : counts_)
      words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    return words;
  }

 private:
  struct Undo {
    Steady::time_point at;
    std::function<void()> what;
  };

  int between(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

  void cause_one() {
    if (condition_.island == kNodes) return isolate_one();
    if (random_() % 10 < 7) return disturb_link();
    const std::size_t which = random_() % kNodes;
    auto& is_down = condition_.is_down;
    const auto count = std::count(is_down.begin(), is_down.end(), true);
    if (is_down.at(which) || static_cast<std::size_t>(count) >= kMaxDown) return;
    is_down.at(which) = true;
    Node& node = network_[which];
    if (random_() % 2 == 0) {
      ++counts_["kills"];
      node.kill();
      undo_after(between(0, 3'000), [this, which, &node] {
        node.launch();
        condition_.is_down.at(which) = false;
      });
    } else {
      ++counts_["stopped processes"];
      node.process().signal(SIGSTOP);
      undo_after(between(100, 4'000), [this, which, &node] {
        node.process().signal(SIGCONT);
        condition_.is_down.at(which) = false;
      });
    }
  }

  /// One that issues nothing hears of nobody for longer than it may believe what it knows.
  void isolate_one() {
    ++counts_["islands"];
    condition_.island = static_cast<std::size_t>(between(kIssuers, kNodes - 1));
    for (auto& link : network_.links()) {
      if (is_cut_off(link)) link.proxy->set({.loses_requests = true, .loses_answers = true});
    }
    constexpr int kLongest = static_cast<int>(Milliseconds(2 * kTier + kClocksApart).count());
    undo_after(between(kLongest, kLongest + 5'000), [this] {
      for (auto& link : network_.links()) {
        if (is_cut_off(link)) link.proxy->set({});
      }
      condition_.island = kNodes;
    });
  }
  bool is_cut_off(const Network::Link& link) const {
    return link.from == condition_.island || link.to == condition_.island;
  }

  void disturb_link() {
    auto& links = network_.links();
    const auto& one = links[random_() % links.size()];
    if (is_cut_off(one)) return;
    FaultProxy& link = *one.proxy;
    LinkFaults faults;
    switch (random_() % 6) {
      case 0:
        ++counts_["delays"];
        faults.delay = Milliseconds(between(10, 800));
        break;
      case 1:
        ++counts_["slow links"];
        faults.bytes_per_second = static_cast<std::size_t>(between(500, 20'000));
        break;
      case 2:
        ++counts_["cuts"];
        faults.loses_requests = faults.loses_answers = true;
        break;
      case 3:
        ++counts_["links without answers"];
        faults.loses_answers = true;
        break;
      case 4:
        ++counts_["links without requests"];
        faults.loses_requests = true;
        break;
      default:
        ++counts_["resets"];
        return link.reset_connections();
    }
    link.set(faults);
    undo_after(between(200, 8'000), [this, &one] {
      if (!is_cut_off(one)) one.proxy->set({});
    });
  }

  void undo_after(int milliseconds, std::function<void()> what) {
    undos_.push_back({Steady::now() + Milliseconds(milliseconds), std::move(what)});
  }
  void undo_due(Steady::time_point now) {
    for (auto undo = undos_.begin(); undo != undos_.end();) {
      if (undo->at > now) {
        ++undo;
        continue;
      }
      const auto what = std::move(undo->what);
      undo = undos_.erase(undo);
      what();
    }
  }

  Network& network_;
  Condition& condition_;
  std::mt19937_64 random_;
  std::vector<Undo> undos_;
  std::map<std::string, int> counts_;
};

/// Asks nodes about credentials that were stopped longer ago than their tier, again and again.
class Askers {
 public:
  Askers(Network& network, const Condition& condition,
         const std::vector<std::unique_ptr<Changes>>& changes, std::uint64_t seed)
      : network_(network), condition_(condition), changes_(changes), random_(seed) {}

  void go_on(const std::atomic<bool>& stop) {
    while (!stop) {
      pause(5ms);
      const auto& of = *changes_[random_() % changes_.size()];
      const auto known = of.known();
      if (known.empty()) continue;
      ask(of, known, random_() % known.size());
    }
  }
  std::size_t refused() const { return refused_; }
  std::size_t accepted_before() const { return accepted_before_; }
  const std::string& believed() const { return believed_; }

 private:
  void ask(const Changes& of, const std::vector<KnownCredential>& known, std::size_t which) {
    // Who is cut off is who may believe too long.
    const std::size_t island = condition_.island;
    const std::size_t at = island < kNodes && random_() % 2 == 0 ? island : random_() % kNodes;
    if (condition_.is_down.at(at)) return;
    const auto begun = Steady::now();
    const auto& before = known[which];
    const auto reply = verify_credential(network_[at], before.credential);
    if (reply.status == 0) return;
    const bool is_accepted = reply.ok() && reply.code().empty();
    const bool is_long_ago =
        before.stopped && !before.unanswered && begun - *before.stopped > kTier + kClocksApart;
    if (!is_long_ago) {
      accepted_before_ += is_accepted ? 1 : 0;
      return;
    }
    if (!is_accepted) {
      ++refused_;
      return;
    }
    // It may have been resumed while it was asked about.
    if (of.known()[which].stopped != before.stopped) return;
    believed_ +=
        network_[at].name() + " believes " + *before.credential.find_string("id") + ", which was " +
        before.acknowledged + " " +
        std::to_string(std::chrono::duration_cast<Milliseconds>(begun - *before.stopped).count()) +
        " ms before\n";
  }

  Network& network_;
  const Condition& condition_;
  const std::vector<std::unique_ptr<Changes>>& changes_;
  std::mt19937_64 random_;
  std::size_t refused_ = 0;
  std::size_t accepted_before_ = 0;
  std::string believed_;
};

/// Each node's verdict about each of these is what was acknowledged last.
void check_everybody_knows(Network& network, const Changes& changes) {
  constexpr std::size_t kAsked = 40;
  auto known = changes.known();
  if (known.size() > kAsked) known.erase(known.begin(), known.end() - kAsked);
  for (const auto& one : known) {
    const std::string code = one.acknowledged == "active" ? "" : one.acknowledged;
    for (std::size_t i = 0; i < kNodes; ++i) {
      INFO(network[i].name() << " about " << *one.credential.find_string("id"));
      std::string said;
      eventually(
          [&] { return (said = verify_credential(network[i], one.credential).code()) == code; });
      CHECK(said == code);
    }
  }
}

}  // namespace

TEST_CASE("in a network of faults nothing acknowledged is lost and nothing stopped is believed",
          "[faults]") {
  core::SystemRandom system;
  const std::uint64_t seed = core::uniform(system, 1'000'000);
  const std::chrono::seconds time(loops("AVOW_FAULT_SECONDS", 120, 30));
  std::cout << "faulty_network_test seed " << seed << std::endl;
  INFO("seed " << seed);
  Network network;
  network.consortium().start();
  network.consortium().settle();

  Condition condition;
  std::vector<std::unique_ptr<Agent>> agents;
  std::vector<std::unique_ptr<Changes>> changes;
  for (std::size_t i = 0; i < kIssuers; ++i) {
    agents.push_back(std::make_unique<Agent>(network[i], "CustomerSupportAgent", i + 1));
    changes.push_back(std::make_unique<Changes>(network[i], *agents.back(), seed + i, 150ms));
  }
  Faults faults(network, condition, seed);
  Askers askers(network, condition, changes, seed + 100);
  {
    std::atomic<bool> stop = false;
    std::vector<std::jthread> threads;
    for (const auto& one : changes) threads.emplace_back([&] { one->go_on(stop); });
    threads.emplace_back([&] { askers.go_on(stop); });
    try {
      faults.go_on_for(time);
    } catch (...) {
      stop = true;
      throw;
    }
    stop = true;
  }
  for (std::size_t i = 0; i < kNodes; ++i) network[i].wait_until_it_signs();
  network.consortium().settle();

  CHECK(askers.believed() == "");
  CHECK(askers.refused() > 0);
  CHECK(askers.accepted_before() > 0);
  std::size_t acknowledged = 0;
  for (const auto& one : changes) {
    CHECK(one->lost(0) == "");
    check_everybody_knows(network, *one);
    acknowledged += one->acknowledged();
  }
  FeedWatch watch;
  for (std::size_t i = 0; i < kNodes; ++i) {
    watch.read(network[i]);
    CHECK(audit_complaint(network[i]) == "");
    const auto status = network[i].admin().get("/v1/status");
    for (const Json& member : *status.body.find("members")->as_array())
      CHECK(member.find("frozenAt") == nullptr);
  }
  CHECK(watch.signed_twice() == "");
  std::cout << "faulty_network_test " << time.count() << " s: " << faults.in_words() << "; "
            << acknowledged << " acknowledged, " << askers.refused()
            << " times refused after the tier, " << watch.statements() << " statements, "
            << network.carried() / 1024 << " KiB carried" << std::endl;
}

}  // namespace faulty_network_test
