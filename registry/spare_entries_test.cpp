// Governors whose log has more entries of one version than are kept: what was decided with a key of any of them is read by
// everybody, and nobody fills room with the rest.

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// Four founders of whom three decide, and no witnesses. Umbrella, the fourth, has signed several entries of version 2.
struct World {
  std::string decision(const KeyVersion& by, const char* from = "2026-11-23T08:00:00.000Z",
                       const std::vector<const Organisation*>& with = {}) const {
    const auto drafted =
        must(draft_slot(charter, {suspend_action(consortium.organisations[2].scid, from)}, false));
    std::vector<Vote> commits;
    for (const auto* one : with.empty() ? std::vector{&acme, &globex} : with)
      commits.push_back(cast(*one, charter, VotePhase::commit, 1, drafted.hash));
    commits.push_back(commit(by, drafted.hash));
    return made(drafted, std::move(commits));
  }
  Vote commit(const KeyVersion& by, const std::string& value) const {
    auto vote = cast(umbrella, charter, VotePhase::commit, 1, value);
    vote.epoch = by.entry.version;
    vote.key = by.key_id;
    return must(sign_vote(vote, by.key));
  }
  static std::string made(const Slot& slot, std::vector<Vote> commits) {
    std::sort(commits.begin(), commits.end(),
              [](const Vote& one, const Vote& other) { return one.governor < other.governor; });
    return make_decision(slot, std::move(commits)).text;
  }

  Consortium consortium{4};
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  const Organisation& umbrella = consortium.organisations[3];
  KeyHistory keys{umbrella, 4};
  KeyVersion first = keys.after(umbrella.entry, kNow);
  KeyVersion second = keys.after(umbrella.entry, kNow, 1);
  KeyVersion third = keys.after(umbrella.entry, kNow, 2);
  KeyVersion above_third = keys.after(third.entry, kNow, 3);
  KeyVersion two_above_third = keys.after(above_third.entry, kNow, 3);
};

/// Takes what another has, and what that turns out to need, as a peer that pulls does.
void pull(Node& node, const Node& from) {
  from.read([&](core::Connection& theirs) {
    for (const auto& id : from.replica->since(theirs, 0, kMaxBatch).ids) {
      const std::vector<std::string> hashes{id.hash};
      const auto receipt = node.receive(from.replica->fetch(theirs, {}, hashes, kMaxAnswerBytes));
      std::vector<StatementRange> ranges;
      for (const auto& need : receipt.need)
        ranges.push_back({need.feed, need.epoch, need.from, need.from + 9});
      if (!ranges.empty()) node.receive(from.replica->fetch(theirs, ranges, {}, kMaxAnswerBytes));
    }
  });
}

std::size_t entries(const Node& node, const World& w, std::int64_t version = 2) {
  return node.replica->view()->log(w.umbrella.scid)->of_version(version).size();
}
std::int64_t slot_of(const Node& node) {
  return node.replica->view()->charter().slot();
}

}  // namespace

TEST_CASE("what was decided with the key of a third entry is read by whoever was shown two others",
          "[registry][governance][settle]") {
  const World w;
  const std::size_t above = GENERATE(0U, 1U, 2U);
  const KeyVersion* const side[] = {&w.third, &w.above_third, &w.two_above_third};
  const auto& by = *side[above];
  const auto decision = w.decision(by);
  Node elsewhere(w.charter);
  for (const auto* version : side) give(elsewhere, version->text());
  give(elsewhere, decision);
  REQUIRE(slot_of(elsewhere) == 2);
  give(elsewhere, w.first.text());
  give(elsewhere, w.second.text());
  CHECK(entries(elsewhere, w) == 2);

  // Every order of what comes to the one that was shown the two others.
  std::vector<std::string> rest{decision};
  for (std::size_t i = 0; i <= above; ++i) rest.push_back(side[i]->text());
  std::sort(rest.begin(), rest.end());
  do {
    Node node(w.charter);
    give(node, w.first.text());
    give(node, w.second.text());
    for (const auto& text : rest) give(node, text);
    for (std::size_t i = 0; i < above; ++i)
      pull(node, elsewhere);  // what came before what it follows is asked for again
    CHECK(slot_of(node) == 2);
    CHECK(entries(node, w) == 3);
    CHECK(entries(node, w, 3) == (above > 0 ? 1 : 0));
    if (above > 1) CHECK(entries(node, w, 4) == 1);
    CHECK(node.root() == elsewhere.root());
    node.restart();
    CHECK(node.root() == elsewhere.root());
    CHECK(entries(node, w) == 3);
    // And from it, whoever was shown the two others as well.
    Node later(w.charter);
    give(later, w.second.text());
    give(later, w.first.text());
    pull(later, node);
    CHECK(later.root() == elsewhere.root());
    CHECK(entries(later, w) == 3);
  } while (std::next_permutation(rest.begin(), rest.end()));
}

TEST_CASE("a decision that came before the other entry of its key's version waits for that",
          "[registry][governance][settle]") {
  const World w;
  Node node(w.charter);
  give(node, w.first.text());
  const auto receipt = give(node, w.decision(w.second));
  CHECK(receipt.rejected.empty());
  CHECK(receipt.need.contains({w.umbrella.scid, kLogEpoch, 2}));
  CHECK(give(node, w.second.text()).decided == std::vector<std::int64_t>{2});
}

TEST_CASE("a third entry is not kept by who holds two unless a quorum decided with it",
          "[registry][governance][settle][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  give(node, w.first.text());
  give(node, w.second.text());
  const auto root = node.root();
  const auto refused = [&](const std::string& text) {
    const auto receipt = give(node, text);
    return receipt.rejected.size() == 1 && receipt.accepted.empty();
  };
  CHECK(refused(w.third.text()));
  CHECK(refused(w.third.text()));
  CHECK(node.replica->spares().contains(w.umbrella.scid, w.third.entry.entry_hash));
  // Two commits of the three, and one that Globex never signed.
  const auto ballots = must(parse_decision(w.decision(w.third)));
  auto forged = ballots.commits;
  for (auto& vote : forged) {
    if (vote.governor == w.globex.scid) vote = must(sign_vote(vote, w.acme.key));
  }
  auto too_few = ballots.commits;
  std::erase_if(too_few, [&](const Vote& vote) { return vote.governor == w.globex.scid; });
  give(node, World::made(ballots.slot, forged));
  give(node, World::made(ballots.slot, too_few));
  // Nor by the key of an entry that nobody has.
  auto nobodys = ballots.commits;
  const auto fourth = w.keys.after(w.umbrella.entry, kNow, 3);
  for (auto& vote : nobodys) {
    if (vote.governor == w.umbrella.scid) vote = w.commit(fourth, ballots.slot.hash);
  }
  give(node, World::made(ballots.slot, nobodys));
  CHECK(entries(node, w) == 2);
  CHECK(slot_of(node) == 1);
  CHECK(node.root() == root);
  // Nor where a quorum is without it.
  const auto& initech = w.consortium.organisations[2];
  give(node, w.decision(w.third, "2026-11-23T09:00:00.000Z", {&w.acme, &w.globex, &initech}));
  CHECK(slot_of(node) == 2);
  CHECK(entries(node, w) == 2);
  node.restart();
  CHECK(entries(node, w) == 2);
  CHECK(node.replica->spares().bytes() == 0);
}

TEST_CASE("two decided values of a slot are seen by whoever has the keys of a third entry aside",
          "[registry][governance][settle]") {
  const World w;
  const auto& initech = w.consortium.organisations[2];
  Node node(w.charter);
  give(node, w.first.text());
  give(node, w.second.text());
  give(node, w.decision(w.first, "2026-11-23T09:00:00.000Z", {&w.acme, &initech}));
  REQUIRE(slot_of(node) == 2);
  const auto other = w.decision(w.third);
  const auto receipt = give(node, other);
  CHECK_FALSE(receipt.forked_slot.has_value());
  CHECK(receipt.need.contains({w.umbrella.scid, kLogEpoch, 2}));
  give(node, w.third.text());
  CHECK(give(node, other).forked_slot == 2);
  CHECK(entries(node, w) == 3);
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
}

TEST_CASE("what is spare of a log is bounded, and its newest stay", "[registry][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  give(node, w.first.text());
  give(node, w.second.text());
  give(node, w.third.text());
  for (std::size_t i = 0; i < SpareEntries::kMaxPerVersion; ++i) {
    CHECK(node.replica->spares().contains(w.umbrella.scid, w.third.entry.entry_hash));
    give(node, w.keys.after(w.umbrella.entry, kNow, static_cast<std::uint8_t>(10 + i)).text());
  }
  CHECK_FALSE(node.replica->spares().contains(w.umbrella.scid, w.third.entry.entry_hash));
  CHECK(node.replica->spares().bytes() < 9 * w.third.text().size() + 9);
  // It comes again when a decision that waits for it asks for it.
  CHECK(give(node, w.decision(w.third)).need.contains({w.umbrella.scid, kLogEpoch, 2}));
  CHECK(give(node, w.third.text()).decided == std::vector<std::int64_t>{2});
}
