// Governance names the entry of a forked version that counts (`settle`): in a replica, in any order of arrival.

#include <algorithm>
#include <numeric>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/witness_proof.h"

namespace settlement_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

/// Acme's log has two entries of version 2, its own and a thief's, and a feed goes on under each.
struct World {
  explicit World(std::size_t witnesses = 0) : consortium(3, witnesses) {
    first_open = author.open();
    own_open = own.open();
    own_note = own.note("ours");
    stolen_open = stolen.open(kNow + core::Milliseconds(1));
    stolen_note = stolen.note("a thief's", kNow + core::Milliseconds(1));
  }
  std::string settlement(std::int64_t version, const std::string& hash) const {
    return slot({settle_action(acme.scid, version, hash)});
  }
  std::string slot(Json::Array actions) const {
    std::vector<const Organisation*> governors;
    for (const auto& one : consortium.organisations) governors.push_back(&one);
    return ballots_for(governors, charter, std::move(actions)).decision;
  }
  /// Decided by everybody, Acme with a key of that version of its log.
  std::string slot_by(const KeyVersion& version, Json::Array actions) const {
    const auto drafted = must(draft_slot(charter, std::move(actions), false));
    std::vector<Vote> commits;
    for (const auto& one : consortium.organisations) {
      auto vote = cast(one, charter, VotePhase::commit, 1, drafted.hash);
      if (one.scid == acme.scid) {
        vote.epoch = version.entry.version;
        vote.key = version.key_id;
        vote = must(sign_vote(vote, version.key));
      }
      commits.push_back(std::move(vote));
    }
    return make_decision(drafted, commits).text;
  }
  /// What witnesses say of a version.
  Objects proofs(const KeyVersion& version, std::size_t count) const {
    Objects objects;
    const auto witnesses = witness_keys(count);
    const auto& id = version.entry.version_id;
    for (const auto& witness : witnesses) {
      objects.witness_proofs.push_back(witness_proof_text(
          acme.scid,
          *did::read_webvh_witness_proof(id, did::create_webvh_witness_proof(id, witness, kNow))));
    }
    return objects;
  }
  static Objects entry(const KeyVersion& version) { return {.log_entries = {version.text()}}; }
  static Objects said(const std::vector<Statement>& statements) {
    Objects objects;
    for (const auto& one : statements) objects.statements.push_back(one.text);
    return objects;
  }
  static Objects decided(const std::string& decision) { return {.slots = {decision}}; }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion ours = keys.after(acme.entry, kNow);
  KeyVersion theirs = keys.after(acme.entry, kNow, 1);
  KeyVersion third = keys.after(ours.entry, kNow);
  KeyVersion thiefs_third = keys.after(theirs.entry, kNow, 1);
  Author author{acme, charter.network};
  Statement first_open;
  Author own = continuing(ours);
  Author stolen = continuing(theirs);
  Statement own_open, own_note, stolen_open, stolen_note;

 private:
  Author continuing(const KeyVersion& version) {
    auto before = Author(acme, charter.network);
    return before.in_epoch(2, version.key, version.key_id, before.open().hash);
  }
};

std::optional<std::pair<std::int64_t, std::int64_t>> end_of(const Node& node,
                                                            const std::string& scid) {
  const auto* fold = node.replica->view()->feed(scid);
  if (fold == nullptr || !fold->position()) return std::nullopt;
  return std::pair(fold->position()->epoch, fold->position()->sequence);
}

/// Takes what another has, in the order in which that got it, and what that turns out to need, as a peer that pulls does.
void pull(Node& node, const Node& from) {
  from.read([&](core::Connection& theirs) {
    for (const auto& id : from.replica->since(theirs, 0, kMaxBatch).ids) {
      std::vector<std::string> hashes{id.hash};
      std::vector<StatementRange> ranges;
      for (std::size_t round = 0; round < 4; ++round) {
        const auto receipt =
            node.receive(from.replica->fetch(theirs, ranges, hashes, kMaxAnswerBytes));
        hashes.assign(receipt.need_hashes.begin(), receipt.need_hashes.end());
        ranges.clear();
        for (const auto& need : receipt.need)
          ranges.push_back({need.feed, need.epoch, need.from, need.from + 9});
        if (hashes.empty() && ranges.empty()) break;
      }
    }
  });
}

std::vector<std::size_t> shuffled(std::size_t count, int seed) {
  core::testing::SeededRandom shuffle{static_cast<std::uint64_t>(seed)};
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) {
    core::Bytes byte(1);
    shuffle.fill(byte);
    std::swap(order[i - 1], order[byte[0] % i]);
  }
  return order;
}

}  // namespace

TEST_CASE("a settled entry counts, and with it what its keys have signed [GOSSIP-04]",
          "[registry][settle][GOSSIP-04]") {
  const World w;
  Node node(w.charter);
  node.receive({w.first_open});
  const bool hears_thief_first = GENERATE(true, false);
  for (const auto* version :
       {hears_thief_first ? &w.theirs : &w.ours, hears_thief_first ? &w.ours : &w.theirs}) {
    node.receive(World::entry(*version));
    node.receive(World::said(version == &w.ours ? std::vector{w.own_open, w.own_note}
                                                : std::vector{w.stolen_open, w.stolen_note}));
  }
  const auto forked = node.root();
  CHECK(node.replica->view()->log(w.acme.scid)->fork() == 2);
  CHECK(node.replica->view()->frozen(w.acme.scid));
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(1, 0));

  const auto receipt = node.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  REQUIRE(receipt.decided == std::vector<std::int64_t>{2});
  node.receive(World::said({w.own_open, w.own_note}));
  const auto view = node.replica->view();
  CHECK_FALSE(view->log(w.acme.scid)->fork());
  CHECK(view->log(w.acme.scid)->current().webvh.entry_hash == w.ours.entry.entry_hash);
  CHECK_FALSE(view->frozen(w.acme.scid));
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(2, 1));
  CHECK(view->feed(w.acme.scid)->position()->hash == w.own_note.hash);
  CHECK(node.root() != forked);

  // The thief's keys sign nothing any more, and its entry says nothing.
  const auto root = node.root();
  CHECK(node.receive(World::said({w.stolen_open})).rejected.size() == 1);
  CHECK(node.receive(World::entry(w.theirs)).duplicate.size() == 1);
  CHECK(node.root() == root);
  node.restart();
  CHECK(node.root() == root);
  // The log goes on from the entry that was named, and from no other: what follows that is kept for its keys alone.
  node.receive(World::entry(w.thiefs_third));
  CHECK(node.replica->view()->log(w.acme.scid)->newest_counted() == 2);
  CHECK(node.root() == root);
  CHECK(node.receive(World::entry(w.third)).accepted.size() == 1);
}

TEST_CASE("a fork, what was signed on both sides and its settlement give one view in any order",
          "[registry][settle]") {
  const World w;
  const std::vector<Objects> parts{
      World::said({w.first_open}),  World::entry(w.ours),
      World::entry(w.theirs),       World::entry(w.third),
      World::entry(w.thiefs_third), World::said({w.own_open}),
      World::said({w.own_note}),    World::said({w.stolen_open}),
      World::said({w.stolen_note}), World::decided(w.settlement(2, w.ours.entry.entry_hash))};
  Node never_saw_the_thief(w.charter);
  for (const std::size_t i : {0U, 1U, 3U, 5U, 6U, 9U}) never_saw_the_thief.receive(parts[i]);
  const auto expected = never_saw_the_thief.root();
  CHECK(end_of(never_saw_the_thief, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(2, 1));

  const int seed = GENERATE(range(1, 13));
  CAPTURE(seed);
  const auto order = shuffled(parts.size(), seed);
  CAPTURE(order);
  Node node(w.charter);
  for (const auto i : order) node.receive(parts[i]);
  // What was refused while the log was forked is asked for again.
  for (const auto& part : parts) node.receive(part);
  CHECK(node.root() == expected);
  node.restart();
  CHECK(node.root() == expected);
}

TEST_CASE("of what was refused a settlement leaves as evidence what the named entry's keys signed",
          "[registry][settle]") {
  const World w;
  auto own = w.own;
  const bool is_ours = GENERATE(true, false);
  auto signer = is_ours ? w.own : w.stolen;
  const auto early = signer.note("earlier than the one before", kNow - core::Milliseconds(1));
  Node node(w.charter);
  node.receive({w.first_open});
  node.receive(World::entry(is_ours ? w.ours : w.theirs));
  node.receive(World::said(is_ours ? std::vector{w.own_open, w.own_note}
                                   : std::vector{w.stolen_open, w.stolen_note}));
  REQUIRE(node.receive(World::said({early})).rejected.size() == 1);
  node.receive(World::entry(is_ours ? w.theirs : w.ours));
  node.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  node.receive(World::said({w.own_open, w.own_note, own.note("goes on")}));
  CHECK(node.replica->view()->frozen(w.acme.scid).has_value() == is_ours);
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(2, is_ours ? 1 : 2));
}

TEST_CASE("an opening that was refused for the key of what it continues counts once that key does",
          "[registry][settle]") {
  const World w;
  did::WebvhChange change;
  const auto other_id = w.acme.did + "#other-key";
  change.document = w.keys.document(other_id, w.theirs.key);
  const auto update = w.keys.update_key(2);
  change.update_keys = {{update.public_key()}};
  change.next_key_hashes = {{did::webvh_key_hash(w.keys.update_key(3).public_key().to_multikey())}};
  const KeyVersion theirs{*did::append_webvh_entry(w.acme.entry, change, update, kNow),
                          w.keys.update_key(2), other_id};
  const auto their_third = w.keys.after(theirs.entry, kNow);  // by the same key as ours
  REQUIRE(their_third.key_id == w.third.key_id);
  Author before{w.acme, w.charter.network};
  auto first = before.in_epoch(2, w.ours.key, w.ours.key_id, before.open().hash);
  auto twin = first;
  const auto continued = first.open();
  const auto rival = twin.open(kNow + core::Milliseconds(1));
  const auto opened = before.in_epoch(3, w.third.key, w.third.key_id, continued.hash).open();
  const auto settlement = World::decided(w.settlement(2, w.ours.entry.entry_hash));
  const auto learn = [&](Node& node) {
    node.receive(World::entry(w.ours));
    node.receive(World::entry(w.third));
    node.receive(settlement);
  };
  const auto refuse = [&](Node& node) {
    node.receive(World::entry(theirs));
    node.receive(World::entry(their_third));
    for (const auto& one : {w.first_open, opened, continued}) node.receive({one});
    CHECK(node.receive({opened}).rejected.size() == 1);
  };
  Node node(w.charter);
  refuse(node);
  learn(node);
  if (GENERATE(true, false)) node.restart();
  node.receive({rival});
  node.receive({continued});
  node.receive({opened});
  node.receive({continued});

  // Over a restart it is remembered, though nobody gives it again: another of its epoch is a fork.
  Node forgets_not(w.charter);
  refuse(forgets_not);
  learn(forgets_not);
  forgets_not.restart();
  forgets_not.receive({before.in_epoch(3, w.third.key, w.third.key_id, w.first_open.hash).open()});
  CHECK(end_of(forgets_not, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(1, 0));
  CHECK(forgets_not.replica->view()->frozen(w.acme.scid));

  Node other(w.charter);
  other.receive(World::entry(theirs));
  learn(other);
  for (const auto& one : {w.first_open, rival, continued, opened, continued}) other.receive({one});
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(3, 0));
  CHECK(node.root() == other.root());
}

TEST_CASE("an opening of a forked version takes back nothing until its entry counts",
          "[registry][settle]") {
  const World w;
  Author before{w.acme, w.charter.network};
  auto author = before.in_epoch(2, w.ours.key, w.ours.key_id, before.open().hash);
  const auto opened = author.open();
  const auto list = author.next("status.list", list_body("r1", "revocation"));
  auto twin = author;
  const auto stop = author.next("status.delta", delta_body("r1", {3}));
  Node node(w.charter);
  node.receive(World::entry(w.ours));
  node.receive({w.first_open, opened, list, stop});
  node.receive({twin.note("another story")});
  REQUIRE(node.replica->view()->frozen(w.acme.scid));
  const bool is_log_forked = GENERATE(true, false);
  node.receive(World::entry(w.third));
  if (is_log_forked) node.receive(World::entry(w.keys.after(w.ours.entry, kNow, 1)));

  const auto next = author.in_epoch(3, w.third.key, w.third.key_id, list.hash).open();
  CHECK(node.receive({next}).lapsed.size() == (is_log_forked ? 0 : 1));
  auto lapsed =
      node.receive(World::decided(w.settlement(3, w.third.entry.entry_hash))).lapsed.size();
  lapsed += node.receive({next}).lapsed.size();
  CHECK(lapsed == (is_log_forked ? 1 : 0));
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(3, 0));
}

TEST_CASE("a settlement stands in for proofs that witnesses do not give", "[registry][settle]") {
  const World w(3);  // all three are needed, and one is lost
  const auto decision = World::decided(w.settlement(2, w.ours.entry.entry_hash));
  const auto newest = [&](const Node& node) {
    return node.replica->view()->log(w.acme.scid)->newest_counted();
  };
  Node node(w.charter);
  node.receive(World::entry(w.ours));
  node.receive(w.proofs(w.ours, 2));
  CHECK(newest(node) == 1);
  node.receive(decision);
  CHECK(newest(node) == 2);
  // Of any other version the witnesses are asked as before.
  node.receive(World::entry(w.third));
  node.receive(w.proofs(w.third, 2));
  CHECK(newest(node) == 2);
  // Another entry of the version is without effect, also with its threshold.
  const auto root = node.root();
  node.receive(World::entry(w.theirs));
  node.receive(w.proofs(w.theirs, 3));
  CHECK(node.root() == root);

  Node other(w.charter);
  other.receive(World::entry(w.theirs));
  other.receive(w.proofs(w.theirs, 3));
  CHECK(newest(other) == 2);
  other.receive(decision);
  // Until the entry that was named is here, it changes nothing.
  CHECK(other.replica->view()->log(w.acme.scid)->current().webvh.entry_hash ==
        w.theirs.entry.entry_hash);
  other.receive(World::entry(w.ours));
  CHECK(other.root() == root);
  other.restart();
  CHECK(other.root() == root);
}

TEST_CASE("a settlement of an entry that nobody has, or of another version, is without effect",
          "[registry][settle]") {
  const World w;
  const bool is_of_another = GENERATE(false, true);
  const auto settled = is_of_another ? w.third.entry.entry_hash : "QmNobodyHasThis";
  const std::vector<Statement> counted{w.own_open, w.own_note};
  Node node(w.charter);
  node.receive({w.first_open});
  node.receive(World::decided(w.settlement(2, settled)));
  node.receive(World::entry(w.ours));
  node.receive(World::said(counted));
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(2, 1));
  Node late(w.charter);
  late.receive({w.first_open});
  late.receive(World::entry(w.ours));
  late.receive(World::said(counted));
  const auto receipt = late.receive(World::decided(w.settlement(2, settled)));
  CHECK(receipt.need.contains({w.acme.scid, kLogEpoch, 2}));
  CHECK(late.root() == node.root());
  // It does not hide a fork either.
  for (auto* one : {&node, &late}) {
    one->receive(World::entry(w.theirs));
    CHECK(one->replica->view()->log(w.acme.scid)->fork() == 2);
    one->restart();
  }
  CHECK(late.root() == node.root());
}

TEST_CASE("what was revoked with a thief's keys lapses, and the node that had applied it is told",
          "[registry][settle]") {
  const World w;
  Node node(w.charter);
  auto first = Author(w.acme, w.charter.network);
  const auto opening = first.open();
  const auto list = first.next("status.list", list_body("r1", "revocation"));
  node.receive({opening, list});
  const auto is_revoked = [&](std::uint32_t index) {
    const auto bits = node.replica->view()->list_at(w.acme.did, "https://acme.example/status/r1");
    return bits->bits->get(revocation::StatusListIndex(index));
  };
  node.receive(World::entry(w.theirs));
  auto stolen = first.in_epoch(2, w.theirs.key, w.theirs.key_id, list.hash);
  node.receive({stolen.open(), stolen.next("status.delta", delta_body("r1", {7}))});
  CHECK(is_revoked(7));
  node.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  CHECK(is_revoked(7));
  const auto receipt = node.receive(World::entry(w.ours));
  CHECK_FALSE(is_revoked(7));
  REQUIRE(receipt.lapsed.size() == 1);
  CHECK(receipt.lapsed.front().indexes.size() == 1);
  auto own = first.in_epoch(2, w.ours.key, w.ours.key_id, list.hash);
  node.receive({own.open(), own.next("status.delta", delta_body("r1", {8}))});
  CHECK(is_revoked(8));
  CHECK_FALSE(is_revoked(7));
}

TEST_CASE("of what a slot undoes the batch that decided it tells, and no other of the same commit",
          "[registry][settle]") {
  const World w;
  Node node(w.charter);
  auto first = Author(w.acme, w.charter.network);
  const auto opening = first.open();
  const auto list = first.next("status.list", list_body("r1", "revocation"));
  auto stolen = first.in_epoch(2, w.theirs.key, w.theirs.key_id, list.hash);
  auto own = first.in_epoch(2, w.ours.key, w.ours.key_id, list.hash);
  const auto own_opening = own.open();
  node.receive({opening, list});
  node.receive(World::entry(w.theirs));
  node.receive({stolen.open(), stolen.next("status.delta", delta_body("r1", {7}))});
  Author other(w.consortium.organisations[1], w.charter.network);
  std::vector<std::size_t> told;
  node.write([&](core::Transaction& tx) {
    for (const auto& objects :
         {World::entry(w.ours), World::decided(w.settlement(2, w.ours.entry.entry_hash)),
          World::said({own_opening}), World::said({other.open()})}) {
      told.push_back(must(node.replica->receive(tx, objects, "one", kNow)).lapsed.size());
    }
  });
  CHECK(told == std::vector<std::size_t>{0, 1, 0, 0});
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(2, 0));
  CHECK(node.replica->view()->feed(w.consortium.organisations[1].scid)->position().has_value());
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
}

TEST_CASE("an entry refused for what it follows is asked for again once that is the named one",
          "[registry][settle]") {
  const World w;
  Node node(w.charter);
  node.receive(World::entry(w.theirs));
  CHECK(node.receive(World::entry(w.third)).rejected.size() == 1);
  CHECK(node.replica->asks() == 0);
  const bool is_at_once = GENERATE(true, false);
  const auto settled = World::decided(w.settlement(2, w.ours.entry.entry_hash));
  if (is_at_once) {
    auto both = World::entry(w.ours);
    both.slots = settled.slots;
    node.receive(both);
    CHECK(node.replica->asks() == 1);
  } else {
    node.receive(settled);
    CHECK(node.replica->asks() == 1);
    CHECK(node.receive(World::entry(w.third)).held.size() == 1);
    node.receive(World::entry(w.ours));
  }
  if (is_at_once) node.receive(World::entry(w.third));
  CHECK(node.replica->view()->log(w.acme.scid)->newest_counted() == 3);
}

TEST_CASE("an opening that both keys have signed alike counts with the signature of the named one",
          "[registry][settle]") {
  // What is hashed has no signature in it, and both keys have one name.
  const World w;
  auto stolen = Author(w.acme, w.charter.network)
                    .in_epoch(2, w.theirs.key, w.theirs.key_id, w.first_open.hash);
  const auto twin = stolen.open();
  REQUIRE(twin.hash == w.own_open.hash);
  Node node(w.charter);
  node.receive({w.first_open});
  node.receive(World::entry(w.theirs));
  CHECK(node.receive({twin}).accepted.size() == 1);
  node.receive(World::entry(w.ours));
  const auto receipt = node.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  CHECK(receipt.need.contains({w.acme.scid, 2, 0}));
  CHECK(end_of(node, w.acme.scid) == std::pair<std::int64_t, std::int64_t>(1, 0));
  CHECK(node.receive({w.own_open, w.own_note}).accepted.size() == 2);
  Node peer(w.charter);
  for (const auto& objects : {World::said({w.first_open}), World::entry(w.ours)})
    peer.receive(objects);
  peer.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  node.read([&](core::Connection& c) {
    const std::vector<StatementRange> range{{w.acme.scid, 2, 0, 9}};
    CHECK(peer.receive(node.replica->fetch(c, range, {}, kMaxAnswerBytes)).accepted.size() == 2);
  });
  CHECK(peer.root() == node.root());
}

TEST_CASE("what governors decided with keys above a fork is read by whoever hears of that first",
          "[registry][settle][governance]") {
  const World w;
  const int seed = GENERATE(range(1, 4));
  CAPTURE(seed);
  const bool settles = seed != 2;
  const auto decision = w.slot_by(
      w.third,
      {settles ? settle_action(w.ours.entry)
               : suspend_action(w.consortium.organisations[2].scid, "2026-11-21T09:00:00.000Z")});
  const auto fourth = w.keys.after(w.third.entry, kNow);
  const auto other_fourth = w.keys.after(w.third.entry, kNow, 2);
  auto in_third =
      Author(w.acme, w.charter.network).in_epoch(3, w.third.key, w.third.key_id, w.own_note.hash);
  const std::vector<Objects> parts{
      World::said({w.first_open}), World::entry(w.ours),         World::said({w.own_open}),
      World::said({w.own_note}),   World::entry(w.third),        World::said({in_third.open()}),
      World::decided(decision),    World::entry(fourth),         World::entry(other_fourth),
      World::entry(w.theirs),      World::said({w.stolen_open}), World::entry(w.thiefs_third)};
  // Whoever heard of the thief last.
  Node first(w.charter);
  for (const auto& part : parts) first.receive(part);
  REQUIRE(first.replica->view()->charter().slot() == 2);
  const auto expected = first.root();
  first.restart();
  CHECK(first.root() == expected);

  const auto order = shuffled(parts.size(), seed);
  CAPTURE(order);
  Node node(w.charter);
  for (const auto i : order) node.receive(parts[i]);
  pull(node, first);
  CHECK(node.root() == expected);
  // And from that one, whoever was offline.
  Node newcomer(w.charter);
  pull(newcomer, node);
  CHECK(newcomer.root() == expected);
  node.restart();
  CHECK(node.root() == expected);
}

TEST_CASE("a head of an epoch above a fork waits for the entry of its key", "[registry][settle]") {
  const World w;
  Node node(w.charter);
  for (const auto* version : {&w.ours, &w.theirs, &w.thiefs_third})
    node.receive(World::entry(*version));
  auto in_third =
      Author(w.acme, w.charter.network).in_epoch(3, w.third.key, w.third.key_id, w.own_note.hash);
  auto head = head_of(w.acme, {in_third.open()}, core::to_multibase(core::sha256("")), kNow);
  head.key = w.third.key_id;
  head = must(sign_head(head, w.third.key));
  // At the fork itself there is none to come.
  auto at_fork = head;
  at_fork.epoch = 2;
  CHECK(node.receive_head(must(sign_head(at_fork, w.third.key))).rejected.size() == 1);
  const auto waits = node.receive_head(head);
  CHECK(waits.held == std::set<std::string>{head.id_hash});
  CHECK(waits.rejected.empty());
  CHECK(waits.need.contains({w.acme.scid, kLogEpoch, 2}));
  node.receive(World::entry(w.third));
  CHECK(node.receive_head(head).accepted.size() == 1);
}

TEST_CASE("of each side of a fork two entries a version are kept, and no side fills the other",
          "[registry][settle][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  node.receive(World::entry(w.theirs));
  CHECK(node.receive(World::entry(w.ours)).need.contains({w.acme.scid, kLogEpoch, 2}));
  std::vector<std::string> codes;
  for (const auto variant : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    const auto receipt = node.receive(World::entry(w.keys.after(w.theirs.entry, kNow, variant)));
    codes.emplace_back(receipt.rejected.empty() ? "accepted"
                                                : code_name(receipt.rejected[0].error.code));
  }
  CHECK(codes == std::vector<std::string>{"accepted", "accepted", "log_forked"});
  CHECK(node.receive(World::entry(w.third)).accepted.size() == 1);
  CHECK(node.replica->view()->log(w.acme.scid)->fork() == 2);
  CHECK(node.replica->view()->log(w.acme.scid)->of_version(3).size() == 3);
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
  CHECK(node.replica->view()->log(w.acme.scid)->of_version(3).size() == 3);
  // What is above the fork comes with it when it is asked for.
  Node peer(w.charter);
  peer.receive(World::entry(w.theirs));
  peer.receive(World::entry(w.third));
  const auto needs = peer.receive(World::entry(w.ours)).need;
  node.read([&](core::Connection& c) {
    for (const auto& need : needs) {
      const std::vector<StatementRange> range{{need.feed, need.epoch, need.from, need.from + 9}};
      peer.receive(node.replica->fetch(c, range, {}, kMaxAnswerBytes));
    }
  });
  CHECK(peer.replica->view()->log(w.acme.scid)->of_version(3).size() == 3);
  // Once it is settled, what follows the one that counts counts, and the rest says nothing.
  for (auto* one : {&node, &peer}) {
    one->receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
    CHECK(one->replica->view()->log(w.acme.scid)->newest_counted() == 3);
    CHECK(one->replica->view()->log(w.acme.scid)->of_version(3).size() == 1);
  }
  CHECK(peer.root() == node.root());
}

TEST_CASE("two decided values of a slot take back its settlement, before a restart as after it",
          "[registry][settle][governance]") {
  const World w(3);
  const auto settled = World::decided(w.settlement(2, w.ours.entry.entry_hash));
  const auto otherwise = World::decided(w.settlement(2, "QmAnother"));
  const std::vector<Objects> parts{World::entry(w.theirs), w.proofs(w.theirs, 3),
                                   World::entry(w.ours),   settled,
                                   World::entry(w.third),  w.proofs(w.third, 3)};
  Node node(w.charter);
  for (const auto& part : parts) node.receive(part);
  const auto newest = [&](const Node& one) {
    return one.replica->view()->log(w.acme.scid)->current().webvh.entry_hash;
  };
  REQUIRE(newest(node) == w.third.entry.entry_hash);
  CHECK(node.receive(otherwise).forked_slot == 2);
  CHECK(newest(node) == w.theirs.entry.entry_hash);
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
  // Whoever got the second value before what followed the settled entry.
  const int seed = GENERATE(range(1, 3));
  CAPTURE(seed);
  Node other(w.charter);
  for (const auto i : shuffled(parts.size(), seed)) other.receive(parts[i]);
  other.receive(otherwise);
  for (const auto& part : parts) other.receive(part);
  CHECK(other.root() == root);
  other.restart();
  CHECK(other.root() == root);
}

TEST_CASE("what follows a named entry that is not here yet waits for it", "[registry][settle]") {
  const World w;
  Node node(w.charter);
  node.receive(World::entry(w.theirs));
  node.receive(World::decided(w.settlement(2, w.ours.entry.entry_hash)));
  const auto waits = node.receive(World::entry(w.third));
  CHECK(waits.held.size() == 1);
  CHECK(waits.need.contains({w.acme.scid, kLogEpoch, 2}));
  CHECK(node.receive(World::entry(w.ours)).accepted.size() == 2);
  CHECK(node.replica->view()->log(w.acme.scid)->current().webvh.entry_hash ==
        w.third.entry.entry_hash);
  // Nobody has it, and another follows what counts meanwhile.
  Node without(w.charter);
  without.receive(World::entry(w.theirs));
  without.receive(World::decided(w.settlement(2, "QmNobodyHasThis")));
  CHECK(without.receive(World::entry(w.thiefs_third)).accepted.size() == 1);
}

TEST_CASE("a fork below what was settled gives one view in any order, before a restart as after it",
          "[registry][settle]") {
  const World w;
  const auto other_third = w.keys.after(w.ours.entry, kNow, 2);
  const auto fourth = w.keys.after(w.third.entry, kNow);
  const std::vector<Objects> parts{World::entry(w.ours),
                                   World::entry(w.third),
                                   World::entry(other_third),
                                   World::entry(fourth),
                                   World::decided(w.settlement(3, w.third.entry.entry_hash)),
                                   World::said({w.first_open}),
                                   World::entry(w.theirs)};
  Node first(w.charter);
  for (const auto& part : parts) first.receive(part);
  const auto keys_of = [&](const Node& node) {
    const auto* log = node.replica->view()->log(w.acme.scid);
    return std::vector<std::size_t>{log->of_version(2).size(), log->of_version(3).size(),
                                    log->of_version(4).size()};
  };
  CHECK(first.replica->view()->log(w.acme.scid)->fork() == 2);
  CHECK(keys_of(first) == std::vector<std::size_t>{2, 2, 1});
  const auto expected = first.root();
  const int seed = GENERATE(range(1, 4));
  CAPTURE(seed);
  Node node(w.charter);
  for (const auto i : shuffled(parts.size(), seed)) node.receive(parts[i]);
  pull(node, first);
  for (const bool is_restarted : {false, true}) {
    CAPTURE(is_restarted);
    if (is_restarted) node.restart();
    CHECK(node.root() == expected);
    CHECK(keys_of(node) == keys_of(first));
  }
  // Settled below as well, the settlement above holds again.
  for (auto* one : {&first, &node}) {
    const auto charter = one->replica->view()->charter();
    std::vector<const Organisation*> governors;
    for (const auto& organisation : w.consortium.organisations) governors.push_back(&organisation);
    one->receive(
        World::decided(ballots_for(governors, charter, {settle_action(w.ours.entry)}).decision));
    CHECK(one->replica->view()->log(w.acme.scid)->current().webvh.entry_hash ==
          fourth.entry.entry_hash);
  }
  CHECK(node.root() == first.root());
}

}  // namespace settlement_test
