// Governors whose log has more entries of one version than are kept, or than the one that a settlement has named: what was
// decided with a key of any of them is read by everybody, and nobody fills room with the rest.

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include <catch2/catch.hpp>

#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/testing/orders.h"

namespace spare_entries_test {

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
  KeyVersion above_second = keys.after(second.entry, kNow, 1);
  KeyVersion above_first = keys.after(first.entry, kNow);
};

/// The others have named the first of those entries. `w.charter` is in force after that.
struct Settled {
  Settled() { settlement = decide({settle_action(w.first.entry)}); }
  std::string decide(core::Json::Array actions) {
    const auto& governors = w.consortium.organisations;
    auto decision =
        ballots_for({&w.acme, &w.globex, &governors[2]}, w.charter, std::move(actions)).decision;
    w.charter = must(apply_slot(w.charter, must(parse_decision(decision)).slot, false));
    return decision;
  }
  /// The settlement, both entries of that version, and what follows each.
  void tell(Node& node) const {
    for (const auto& text :
         {settlement, w.first.text(), w.second.text(), w.above_first.text(), w.above_second.text()})
      give(node, text);
  }
  /// The same governors, Umbrella with that version of its log or later ones.
  std::string name_umbrella(std::int64_t version) {
    auto governors = w.charter.governors;
    for (auto& one : governors) {
      if (one.scid == w.umbrella.scid) one.version = version;
    }
    return decide({registry::charter_action(w.charter, governors)});
  }

  World w;
  Charter founding = w.charter;
  std::string settlement;
};

/// Takes what another has, and what that turns out to need, as a peer that pulls does.
void pull(Node& node, const Node& from) {
  from.read([&](core::Connection& theirs) {
    std::vector<ObjectId> lacking;
    const auto there = from.replica->since(theirs, 0, kMaxBatch).ids;
    node.read([&](core::Connection& ours) { lacking = node.replica->missing(ours, there); });
    for (const auto& id : lacking) {
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

  // Orders of what comes to the one that was shown the two others.
  std::vector<std::string> rest{decision};
  for (std::size_t i = 0; i <= above; ++i) rest.push_back(side[i]->text());
  for (const auto& [number, order] : orders_of(rest)) {
    CAPTURE(number);
    Node node(w.charter);
    give(node, w.first.text());
    give(node, w.second.text());
    for (const auto& text : order) give(node, text);
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
  }
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
  CHECK(node.replica->spares().find(w.umbrella.scid, w.third.entry.entry_hash));
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

TEST_CASE("a settlement neither refuses nor takes back what was decided with another entry's key",
          "[registry][governance][settle]") {
  const Settled s;
  const auto& w = s.w;
  // Set aside; what follows that; and beyond the two that are kept.
  const int which = GENERATE(0, 1, 2);
  const auto& by = which == 0 ? w.second : which == 1 ? w.above_second : w.third;
  const auto decision = w.decision(by);
  std::vector<std::string> all{w.first.text(), w.second.text(), s.settlement, decision};
  if (which > 0) all.push_back(by.text());
  Node reference(s.founding);
  for (const auto& text : all) give(reference, text);
  CHECK(slot_of(reference) == 3);
  for (const auto& [number, order] : orders_of(all)) {
    CAPTURE(number);
    Node node(s.founding);
    for (const auto& text : order) give(node, text);
    for (std::size_t i = 0; i < 2 && node.root() != reference.root(); ++i) pull(node, reference);
    CHECK(slot_of(node) == 3);
    CHECK(node.root() == reference.root());
    CHECK(entries(node, w) == 1);
    node.restart();
    CHECK(node.root() == reference.root());
  }
  // Whoever has nothing but the settled entry yet.
  Node later(s.founding);
  give(later, s.settlement);
  give(later, w.first.text());
  for (std::size_t i = 0; i < 2; ++i) pull(later, reference);
  CHECK(later.root() == reference.root());
}

TEST_CASE("a vote by the key of an entry that is set aside is read as before it was",
          "[registry][governance][settle]") {
  const Settled s;
  const auto& w = s.w;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto prepare_by = [&](const KeyVersion& by) {
    auto vote = cast(w.umbrella, w.charter, VotePhase::prepare, 1, value);
    vote.epoch = by.entry.version;
    vote.key = by.key_id;
    return must(sign_vote(vote, by.key)).text;
  };
  const auto& by = GENERATE_COPY(false, true) ? w.above_second : w.second;
  Node before(s.founding);
  for (const auto& text : {w.second.text(), w.above_second.text(), s.settlement, prepare_by(by)})
    give(before, text);
  give(before, w.first.text());
  Node after(s.founding);
  for (const auto& text : {s.settlement, w.first.text(), w.second.text(), w.above_second.text()})
    give(after, text);
  CHECK(give(after, prepare_by(by)).accepted.size() == 1);
  for (const auto* node : {&before, &after}) {
    node->read([&](core::Connection& connection) {
      FeedReader store(connection);
      CHECK(must(node->replica->election(store)).votes().size() == 1);
    });
  }
}

TEST_CASE("a vote that came before the other entry of its key's version is asked for again",
          "[registry][governance][settle]") {
  const Settled s;
  const auto& w = s.w;
  Node node(s.founding);
  const bool is_settled = GENERATE(false, true);
  give(node, w.first.text());
  if (is_settled) give(node, s.settlement);
  auto vote = cast(w.umbrella, is_settled ? w.charter : s.founding, VotePhase::prepare, 1,
                   core::to_multibase(core::sha256("value")));
  vote.epoch = 2;
  vote.key = w.second.key_id;
  const auto text = must(sign_vote(vote, w.second.key)).text;
  CHECK(give(node, text).rejected.size() == 1);
  const auto asked = node.replica->asks();
  give(node, w.second.text());
  CHECK(node.replica->asks() == asked + 1);
  CHECK(give(node, text).accepted.size() == 1);
}

TEST_CASE(
    "a charter that names a later version than a settled one hears what follows the named entry",
    "[registry][governance][settle]") {
  Settled s;
  // Version 2 is the settled one itself; 3 the first that is later.
  const std::int64_t named = GENERATE(2, 3);
  const auto charter = s.name_umbrella(named);
  const auto& w = s.w;
  const bool is_thiefs = GENERATE(true, false);
  const auto& by = is_thiefs ? w.above_second : w.above_first;
  const bool is_heard = !is_thiefs || named == 2;
  const auto decision = w.decision(by);
  std::vector<std::string> all{w.second.text(), by.text(), decision, w.first.text()};
  std::string root;
  for (const auto& [number, order] : orders_of(all)) {
    CAPTURE(number);
    Node node(s.founding);
    for (const auto& text : {s.settlement, charter}) give(node, text);
    for (const int again : {1, 2}) {
      static_cast<void>(again);
      for (const auto& text : order) give(node, text);
    }
    CHECK(slot_of(node) == (is_heard ? 4 : 3));
    if (root.empty()) root = node.root();
    CHECK(node.root() == root);
  }
}

TEST_CASE(
    "of each entry that is set aside two are kept that follow it, and the settled log goes on",
    "[registry][governance][settle][GOSSIP-07]") {
  const Settled s;
  const auto& w = s.w;
  Node node(s.founding);
  for (const auto& text : {s.settlement, w.first.text(), w.second.text()}) give(node, text);
  std::vector<std::size_t> accepted;
  for (const auto variant : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}})
    accepted.push_back(
        give(node, w.keys.after(w.second.entry, kNow, variant).text()).accepted.size());
  CHECK(accepted == std::vector<std::size_t>{1, 1, 0});
  const auto fourth = w.keys.after(w.above_first.entry, kNow);
  CHECK(give(node, fourth.text()).held.size() == 1);  // waits for what it follows
  CHECK(give(node, w.above_first.text()).accepted.size() == 2);
  const auto view = node.replica->view();
  const auto* log = view->log(w.umbrella.scid);
  CHECK(log->newest_counted() == 4);
  CHECK(log->of_version(3).size() == 1);
  CHECK(log->of_any_side(3).size() == 3);
  // Whoever witnesses asks what follows an entry that counts.
  const auto one_more = must(parse_log_entry(w.keys.after(w.second.entry, kNow, 4).text()));
  const auto judged = [&](bool takes_aside) {
    return judge_log_entry(one_more, *log, {}, {w.charter.witness_lists, false, false, takes_aside},
                           kNow);
  };
  CHECK(std::holds_alternative<Error>(judged(false)));
  CHECK(std::holds_alternative<EntryAccepted>(judged(true)));
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
  CHECK(node.replica->view()->log(w.umbrella.scid)->of_any_side(3).size() == 3);
}

TEST_CASE("what is spare of a log is bounded, and its newest stay", "[registry][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  give(node, w.first.text());
  give(node, w.second.text());
  give(node, w.third.text());
  for (std::size_t i = 0; i < SpareEntries::kMaxPerVersion; ++i) {
    CHECK(node.replica->spares().find(w.umbrella.scid, w.third.entry.entry_hash));
    give(node, w.keys.after(w.umbrella.entry, kNow, static_cast<std::uint8_t>(10 + i)).text());
  }
  CHECK_FALSE(node.replica->spares().find(w.umbrella.scid, w.third.entry.entry_hash));
  CHECK(node.replica->spares().bytes() < 9 * w.third.text().size() + 9);
  // It comes again when a decision that waits for it asks for it.
  CHECK(give(node, w.decision(w.third)).need.contains({w.umbrella.scid, kLogEpoch, 2}));
  CHECK(give(node, w.third.text()).decided == std::vector<std::int64_t>{2});
}

TEST_CASE(
    "what is set aside stays whatever is settled above it, in any order of coming and reading",
    "[registry][governance][settle]") {
  Settled s;
  const auto& w = s.w;
  // Stored entries of a version are read in the order of their hashes: all six orders of these three.
  std::array<std::size_t, 3> order{0, 1, 2};
  for (auto i = GENERATE(range(0, 6)); i > 0; --i)
    std::next_permutation(order.begin(), order.end());
  CAPTURE(order);
  std::vector<KeyVersion> three;  // to be named; beside it; above the one that is set aside
  const auto is_drawn = [&] {
    for (std::size_t i = 1; i < 3; ++i) {
      if (three[order[i]].entry.entry_hash < three[order[i - 1]].entry.entry_hash) return false;
    }
    return true;
  };
  for (std::uint8_t variant = 0; three.empty() || !is_drawn(); variant += 3) {
    REQUIRE(variant < 240);
    three.clear();
    for (const auto* previous : {&w.first, &w.first, &w.second}) {
      three.push_back(
          w.keys.after(previous->entry, kNow, static_cast<std::uint8_t>(variant + three.size())));
    }
  }
  const auto above = s.decide({settle_action(three[0].entry)});
  std::sort(order.begin(), order.end());
  do {
    CAPTURE(order);
    Node node(s.founding);
    for (const auto& text : {w.first.text(), w.second.text(), s.settlement, above})
      give(node, text);
    for (const auto i : order) give(node, three[i].text());
    const auto root = node.root();
    for (const bool is_restarted : {false, true}) {
      CAPTURE(is_restarted);
      if (is_restarted) node.restart();
      const auto view = node.replica->view();
      const auto* log = view->log(w.umbrella.scid);
      CHECK(log->current().webvh.entry_hash == three[0].entry.entry_hash);
      for (const auto& one : three) CHECK(log->holds(3, one.entry.entry_hash));
      CHECK(node.root() == root);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a key whose say the charter has ended takes no room from its governor",
          "[registry][governance][settle]") {
  Settled s;
  const auto charter = s.name_umbrella(3);
  const auto& w = s.w;
  Node node(s.founding);
  s.tell(node);
  const bool is_named_first = GENERATE(true, false);
  if (is_named_first) give(node, charter);
  const auto close_by = [&](const KeyVersion& by, std::size_t round) {
    auto vote = cast(w.umbrella, w.charter, VotePhase::close, static_cast<std::int64_t>(round), "");
    vote.epoch = by.entry.version;
    vote.key = by.key_id;
    return must(sign_vote(vote, by.key)).text;
  };
  const auto held = [&](bool is_checked) {
    const auto all = node.replica->held_texts().all();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& one) { return one.is_checked == is_checked; }));
  };
  for (std::size_t i = 0; i < HeldTexts::kMaxEach; ++i) give(node, close_by(w.above_second, 2 + i));
  CHECK(held(true) == (is_named_first ? 0 : HeldTexts::kMaxEach));
  if (!is_named_first) give(node, charter);
  REQUIRE(slot_of(node) == 3);
  CHECK(held(true) == 0);
  CHECK(held(false) == (is_named_first ? HeldTexts::kMaxUncheckedEach : 0));
  // Of the governor's own as many as of any.
  for (std::size_t i = 0; i <= HeldTexts::kMaxEach; ++i) give(node, close_by(w.above_first, 2 + i));
  CHECK(held(true) == HeldTexts::kMaxEach);
  // Nor has that key more for a slot that is not open yet.
  auto ahead = w.charter;
  ahead.slot_hashes.push_back(core::to_multibase(core::sha256("elsewhere")));
  for (std::size_t i = 0; i < 2 * HeldTexts::kMaxUncheckedEach; ++i) {
    auto vote = cast(w.umbrella, ahead, VotePhase::commit, static_cast<std::int64_t>(1 + i),
                     core::to_multibase(core::sha256("value")));
    vote.epoch = 3;
    vote.key = w.above_second.key_id;
    give(node, must(sign_vote(vote, w.above_second.key)).text);
  }
  CHECK(held(false) == HeldTexts::kMaxUncheckedEach);
}

TEST_CASE("what a key without a say has signed first goes over to the room of who signed it too",
          "[registry][governance][settle]") {
  Settled s;
  const auto charter = s.name_umbrella(3);
  const auto& w = s.w;
  Node node(s.founding);
  s.tell(node);
  auto ahead = w.charter;
  ahead.slot_hashes.push_back(core::to_multibase(core::sha256("elsewhere")));
  const auto drafted = must(draft_slot(
      ahead, {suspend_action(w.consortium.organisations[2].scid, "2026-11-23T08:00:00.000Z")},
      false));
  const auto by_umbrella = [&](const KeyVersion& by) {
    auto vote = cast(w.umbrella, ahead, VotePhase::commit, 1, drafted.hash);
    vote.epoch = 3;
    vote.key = by.key_id;
    return must(sign_vote(vote, by.key));
  };
  const auto vote = by_umbrella(w.above_second);
  // Commits stand in the order of their signers.
  std::vector<Vote> commits{vote};
  for (const auto& one : w.consortium.organisations) {
    if (one.scid > w.umbrella.scid)
      commits.push_back(cast(one, ahead, VotePhase::commit, 1, drafted.hash));
  }
  REQUIRE(commits.size() > 1);
  const auto decision = World::made(drafted, commits);
  const auto rooms = [&] {
    std::vector<std::string> signers;
    for (const auto& one : node.replica->held_texts().all()) {
      CHECK(one.is_checked);
      signers.push_back(one.signer == w.umbrella.scid ? "umbrella" : "another");
    }
    return signers;
  };
  using Rooms = std::vector<std::string>;
  const auto retry = [&] {
    node.write([&](core::Transaction& tx) { must(node.replica->retry_held(tx, kNow)); });
  };
  const auto in_one_commit = [&](const std::vector<std::string>& texts) {
    node.write([&](core::Transaction& tx) {
      for (const auto& text : texts)
        must(node.replica->receive(tx, objects_of(std::span(&text, 1)), "one", kNow));
    });
  };
  SECTION("when the charter ends its say") {
    give(node, decision);
    CHECK(rooms() == Rooms{"umbrella"});
    give(node, charter);
  }
  SECTION("when that was decided in the same commit, but after it was held") {
    in_one_commit({decision, charter});
    retry();
  }
  SECTION("a vote, which nobody else has signed, goes") {
    if (GENERATE(false, true)) {
      in_one_commit({vote.text, charter});
    } else {
      give(node, vote.text);
      give(node, charter);
    }
    retry();
    CHECK(rooms().empty());
    give(node, by_umbrella(w.above_first).text);
    CHECK(rooms() == Rooms{"umbrella"});
    return;
  }
  REQUIRE(slot_of(node) == 3);
  CHECK(rooms() == Rooms{"another"});
}

TEST_CASE("an entry that was refused before the set aside one that it follows is asked for again",
          "[registry][settle]") {
  Settled s;
  const auto& w = s.w;
  const auto ours = w.keys.after(w.above_first.entry, kNow);
  const auto beside = w.keys.after(w.above_first.entry, kNow, 7);
  const auto theirs = w.keys.after(w.above_second.entry, kNow, 1);
  Node node(s.founding);
  for (const auto& text : {s.settlement, w.first.text(), w.second.text(), w.above_first.text(),
                           ours.text(), beside.text()})
    give(node, text);
  const bool is_settled_too = GENERATE(false, true);
  if (is_settled_too) {
    give(node, s.decide({settle_action(ours.entry)}));
  }
  CHECK(give(node, theirs.text()).rejected.size() == 1);
  const MissingRange asked{w.umbrella.scid, kLogEpoch, 4};
  const auto receipt = give(node, w.above_second.text());
  CHECK(receipt.accepted.size() == 1);
  CHECK(receipt.need.contains(asked));
  CHECK(give(node, theirs.text()).accepted.size() == 1);
  // Above it is nothing to ask for twice, and what counts asks for nothing else.
  CHECK_FALSE(give(node, theirs.text()).need.contains(asked));
  if (is_settled_too) CHECK(give(node, w.keys.after(ours.entry, kNow).text()).need.empty());
}

TEST_CASE("a settlement that names an entry which was refused as a third brings it back",
          "[registry][governance][settle]") {
  Settled s;
  World& w = s.w;
  w.charter = s.founding;
  const auto settlement = s.decide({settle_action(w.third.entry)});
  Node node(s.founding);
  for (const auto* one : {&w.first, &w.second, &w.third}) give(node, one->text());
  REQUIRE(entries(node, w) == 2);
  const auto is_counted = [&] {
    const auto* counted = node.replica->view()->log(w.umbrella.scid)->counted(2);
    return counted != nullptr && counted->webvh.entry_hash == w.third.entry.entry_hash;
  };
  SECTION("it lies aside here") {
    give(node, settlement);
    CHECK(is_counted());
  }
  SECTION("it is gone, and so is who sent the settlement") {
    node.restart();
    give(node, settlement);
    REQUIRE_FALSE(is_counted());
    const auto is_wanted = [&] {
      bool wanted = false;
      node.read([&](core::Connection& c) {
        wanted = node.replica->wanted(c).need_hashes.contains(w.third.entry.entry_hash);
      });
      return wanted;
    };
    CHECK(is_wanted());
    give(node, w.third.text());
    CHECK(is_counted());
    CHECK_FALSE(is_wanted());
  }
}

TEST_CASE("the entry above one that is spare no more is asked for with the disputed version",
          "[registry][governance][settle]") {
  const Settled s;
  const auto& w = s.w;
  Node node(s.founding);
  for (const auto& text : {w.first.text(), w.second.text(), s.settlement, w.third.text()})
    give(node, text);
  for (std::size_t i = 0; i < SpareEntries::kMaxPerVersion; ++i)
    give(node, w.keys.after(w.umbrella.entry, kNow, static_cast<std::uint8_t>(10 + i)).text());
  REQUIRE_FALSE(node.replica->spares().find(w.umbrella.scid, w.third.entry.entry_hash));
  const auto needs = give(node, w.decision(w.above_third)).need;
  for (const std::int64_t version : {2, 3})
    CHECK(needs.contains({w.umbrella.scid, kLogEpoch, version}));
  // Of a version that is not above the disputed one, that one alone.
  Node beside(s.founding);
  for (const auto& text : {w.first.text(), w.second.text(), s.settlement}) give(beside, text);
  CHECK(give(beside, w.decision(w.third)).need ==
        std::set<MissingRange>{{w.umbrella.scid, kLogEpoch, 2}, {w.umbrella.scid, kLogEpoch, 3}});
  // As a peer answers that.
  give(node, w.third.text());
  CHECK(give(node, w.above_third.text()).decided == std::vector<std::int64_t>{3});
}

TEST_CASE("a decision is looked at again when the spare entry that it waits for was not committed",
          "[registry][governance][settle]") {
  const World w;
  Node node(w.charter);
  for (const auto& text : {w.first.text(), w.second.text(), w.decision(w.third)}) give(node, text);
  REQUIRE(node.replica->held_texts().all().size() == 1);
  const auto retry = [&] {
    node.write([&](core::Transaction& tx) { must(node.replica->retry_held(tx, kNow)); });
  };
  retry();
  const auto done = node.database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
    const auto receipt =
        must(node.replica->receive(tx, Objects{.log_entries = {w.third.text()}}, "one", kNow));
    CHECK(receipt.decided == std::vector<std::int64_t>{2});
    return core::fail(core::Error{core::ErrorCode::storage, "the disk is full"});
  });
  REQUIRE_FALSE(done);
  CHECK(slot_of(node) == 1);
  give(node, w.third.text());
  retry();
  CHECK(slot_of(node) == 2);
  CHECK(entries(node, w) == 3);
}

}  // namespace spare_entries_test
