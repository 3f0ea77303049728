// Random histories of feeds with forks, rotations and an eviction: the same set gives the same view root, however it comes.

#include <catch2/catch.hpp>

#include "core/testing/runs.h"
#include "core/testing/sanitizer.h"
#include "registry/testing/governors.h"
#include "registry/testing/random_history.h"

namespace feed_history_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::testing::seeds;

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

}  // namespace

TEST_CASE(
    "any order, repetition and batching of the same objects gives the same view root, and an "
    "eviction whenever it comes and whatever it cuts",
    "[registry][replica][epoch][evict]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  for (const auto seed : seeds(20, 400)) {
    INFO("AVOW_SEED=" << seed);
    Engine engine(seed);
    auto history = random_history(consortium, charter.network, engine, below(engine, 60));
    if (below(engine, 3) == 0) add_eviction(consortium, charter, history, engine);
    REQUIRE(difference(consortium, charter, history, engine) == "");
  }
}

TEST_CASE("a second fold agrees on a thousand statements with forks, rotations and an eviction",
          "[registry][replica][epoch]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  for (const auto seed : seeds(1, 10)) {
    INFO("AVOW_SEED=" << seed);
    Engine engine(seed);
    // Each costs ten times as much under a sanitizer.
    const std::size_t statements = core::testing::kSanitized ? 250 : 1000;
    auto history = random_history(consortium, charter.network, engine, statements);
    add_eviction(consortium, charter, history, engine);
    CHECK(difference(consortium, charter, history, engine) == "");
  }
}

}  // namespace feed_history_test
