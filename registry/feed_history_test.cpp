// Random histories of feeds with forks, rotations and an eviction: the same set gives the same view root, however it comes.

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/random.h"
#include "registry/testing/governors.h"
#include "registry/testing/random_history.h"

namespace feed_history_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// The first organisation is evicted, with any of its statements as the cut.
void add_eviction(const Consortium& consortium, const Charter& charter, History& history,
                  Engine& engine) {
  const auto& all = consortium.organisations;
  std::vector<const Statement*> of_first;
  for (const auto& statement : history.statements) {
    if (statement.feed == all[0].scid) of_first.push_back(&statement);
  }
  const auto& cut = *of_first[below(engine, of_first.size())];
  const auto ballots = ballots_for({&all[0], &all[1], &all[2]}, charter,
                                   {evict_action(cut), charter_action({all[1].scid, all[2].scid})});
  history.slots.push_back(ballots.slot);
  history.governance.push_back(ballots.decision);
}

/// Two nodes that get all of it in different ways show the root of the second fold, and tell the same, also from nothing.
/// gives what differs, or nothing
std::string difference(const Consortium& consortium, const Charter& charter, const History& history,
                       Engine& engine) {
  const auto expected = reference_root_of(charter, history);
  std::string told_before;
  for (int left = 2; left > 0; --left) {
    Node node(charter);
    deliver(node, history, engine);
    for (const bool is_restarted : {false, true}) {
      if (is_restarted) node.restart();
      if (node.root() != expected) return "the root";
      const auto says = told(*node.replica->view(), consortium, history);
      if (!told_before.empty() && says != told_before)
        return std::string("what is told:\n").append(told_before).append("or:\n").append(says);
      told_before = says;
    }
  }
  return {};
}

}  // namespace

TEST_CASE(
    "any order, repetition and batching of the same objects gives the same view root, and an "
    "eviction whenever it comes and whatever it cuts",
    "[registry][replica][epoch][evict]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const bool holds = rc::check([&] {
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    auto history =
        random_history(consortium, charter.network, engine, *rc::gen::inRange<std::size_t>(0, 60));
    if (below(engine, 3) == 0) add_eviction(consortium, charter, history, engine);
    RC_ASSERT(difference(consortium, charter, history, engine) == "");
  });
  CHECK(holds);
}

TEST_CASE("a second fold agrees on a thousand statements with forks, rotations and an eviction",
          "[registry][replica][epoch]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  core::SystemRandom random;
  for (const std::uint64_t seed : {1U, core::uniform(random, 1'000'000)}) {
    INFO("seed " << seed);
    Engine engine(seed);
    auto history = random_history(consortium, charter.network, engine, 1000);
    add_eviction(consortium, charter, history, engine);
    CHECK(difference(consortium, charter, history, engine) == "");
  }
}

}  // namespace feed_history_test
