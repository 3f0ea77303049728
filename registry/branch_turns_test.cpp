// Openings that continue two branches in turn: what a member may say, and what it costs those who hold the branches.

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include <catch2/catch.hpp>

#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace branch_turns_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kTurns = 6;

/// A feed that forks into two branches, and as many epochs as there are turns, to continue either.
struct World {
  explicit World(int length) {
    auto twin = first;
    for (int i = 0; i < length; ++i) {
      branches[0].push_back(first.next("status.delta", delta_body("r1", {1})));
      branches[1].push_back(twin.next("status.delta", delta_body("r1", {2})));
    }
    for (std::int64_t turn = 0; turn < kTurns; ++turn) {
      const auto& before = versions.empty() ? acme.entry : versions.back().entry;
      versions.push_back(keys.after(before, kNow - 10h + turn * 1h));
    }
  }

  /// That of a turn, 0, 1, … : the next epoch's, from the end of that branch.
  Statement opening(std::int64_t turn, std::size_t branch) const {
    const auto& version = versions.at(static_cast<std::size_t>(turn));
    return first.in_epoch(turn + 2, version.key, version.key_id, branches.at(branch).back().hash)
        .open();
  }
  std::vector<Statement> openings(std::int64_t from, std::int64_t end) const {
    std::vector<Statement> all;
    for (auto turn = from; turn < end; ++turn)
      all.push_back(opening(turn, static_cast<std::size_t>(turn % 2)));
    return all;
  }
  std::vector<Statement> with(const std::vector<Statement>& more) const {
    auto all = common;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void know_keys(Node& node) const {
    for (const auto& version : versions) node.receive_entries({version.text()});
  }
  /// These one by one, and after each what is asked for of the branches.
  void give(Node& node, const std::vector<Statement>& openings) const {
    for (const auto& opening : openings) {
      node.receive({opening});
      for (std::size_t i = 0; i <= branches[0].size(); ++i) {
        Receipt wanted;
        node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
        for (const auto& branch : branches) {
          for (const auto& one : branch)
            if (wanted.need_hashes.contains(one.hash)) node.receive({one});
        }
      }
    }
  }
  void give_branches(Node& node) const {
    know_keys(node);
    node.receive(with(branches[0]));
    node.receive(branches[1]);
  }
  /// Of who has never seen the other branch: a fork of a closed epoch has no effect.
  std::string root_of(std::int64_t turn) const {
    Node node(charter);
    know_keys(node);
    const auto branch = static_cast<std::size_t>(turn % 2);
    node.receive(with(branches.at(branch)));
    node.receive({opening(turn, branch)});
    return node.root();
  }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  Author first{acme, charter.network};
  std::vector<Statement> common{first.open(),
                                first.next("status.list", list_body("r1", "revocation"))};
  std::array<std::vector<Statement>, 2> branches;
  std::deque<KeyVersion> versions;
};

/// The hashes of statements in the change log, as it lists them.
std::vector<std::string> listed(const Node& node) {
  std::vector<std::string> hashes;
  node.read([&](core::Connection& connection) {
    Changes changes{.cursor = 0, .more = true};
    while (changes.more) {
      changes = node.replica->since(connection, changes.cursor, kMaxBatch);
      for (const auto& id : changes.ids)
        if (id.object_class == ObjectClass::statement) hashes.push_back(id.hash);
    }
  });
  return hashes;
}

/// Reads a peer's change log on from `cursor`, takes what is new in it, and then what it asks for, as long as that is given.
void pull(Node& node, const Node& peer, std::int64_t& cursor) {
  const auto fetch = [&](const std::vector<StatementRange>& ranges,
                         const std::vector<std::string>& hashes) {
    Objects objects;
    peer.read([&](core::Connection& connection) {
      objects = peer.replica->fetch(connection, ranges, hashes, kMaxAnswerBytes);
    });
    return !objects.empty() && !node.receive(objects).accepted.empty();
  };
  Changes changes;
  peer.read([&](core::Connection& connection) {
    changes = peer.replica->since(connection, cursor, kMaxBatch);
  });
  REQUIRE_FALSE(changes.more);
  cursor = changes.cursor;
  std::vector<std::string> lacking;
  node.read([&](core::Connection& connection) {
    for (const auto& id : node.replica->missing(connection, changes.ids))
      lacking.push_back(id.hash);
  });
  fetch({}, lacking);
  for (bool goes_on = true; goes_on;) {
    Receipt wanted;
    node.read([&](core::Connection& connection) { wanted = node.replica->wanted(connection); });
    std::vector<StatementRange> ranges;
    for (const auto& range : wanted.need)
      ranges.push_back({range.feed, range.epoch, range.from, range.from + 100});
    goes_on = fetch(ranges, {wanted.need_hashes.begin(), wanted.need_hashes.end()});
  }
}

/// How many rows of the store a batch changes.
std::int64_t rows_changed(Node& node, const std::vector<Statement>& batch) {
  std::int64_t changed = 0;
  node.write([&](core::Transaction& tx) {
    const auto total = [&] {
      auto query = tx.query("SELECT total_changes()");
      query.step();
      return query.integer(0);
    };
    const auto before = total();
    Objects objects;
    for (const auto& one : batch) objects.statements.push_back(one.text);
    must(node.replica->receive(tx, objects, "one", kNow));
    changed = total() - before;
  });
  return changed;
}

}  // namespace

TEST_CASE("the change log lists a statement once, however often openings move it",
          "[registry][epoch]") {
  const World w(5);
  Node node(w.charter);
  w.give_branches(node);
  for (std::int64_t turn = 0; turn < kTurns; ++turn) {
    INFO("turn " << turn);
    w.give(node, w.openings(turn, turn + 1));
    CHECK(node.root() == w.root_of(turn));
  }
  auto all = w.with(w.openings(0, kTurns));
  for (const auto& branch : w.branches) all.insert(all.end(), branch.begin(), branch.end());
  std::set<std::string> said;
  for (const auto& one : all) said.insert(one.hash);
  const auto hashes = listed(node);
  CHECK(std::set<std::string>(hashes.begin(), hashes.end()) == said);
  CHECK(hashes.size() == said.size());
}

TEST_CASE("who has read the change log before statements moved learns of what moved them",
          "[registry][epoch]") {
  const World w(5);
  Node node(w.charter);
  Node reader(w.charter);
  std::int64_t cursor = 0;
  w.give_branches(node);
  SECTION("both branches have been on a chain") {
    w.give(node, w.openings(0, 2));
    pull(reader, node, cursor);
    REQUIRE(reader.root() == node.root());
    w.give(node, w.openings(2, 5));
  }
  SECTION("one of them has") {
    pull(reader, node, cursor);
    REQUIRE(reader.root() == node.root());
    w.give(node, w.openings(0, 5));
  }
  SECTION("the reader hears of the last turn alone") {
    w.give(node, w.openings(0, 5));
    cursor = 0;
  }
  SECTION("one batch brings several turns") {
    w.give(node, w.openings(0, 2));
    pull(reader, node, cursor);
    node.receive(w.openings(2, 5));
  }
  pull(reader, node, cursor);
  CHECK(node.root() == w.root_of(4));
  CHECK(reader.root() == node.root());
  reader.restart();
  CHECK(reader.root() == node.root());
}

TEST_CASE("the openings of one batch move the chains once", "[registry][epoch][hostile]") {
  constexpr int kLength = 100;
  const World w(kLength);
  const auto changed_by = [&](const std::vector<Statement>& batch) {
    Node node(w.charter);
    w.give_branches(node);
    w.give(node, w.openings(0, 2));  // both are held, the second branch on the chain
    const auto changed = rows_changed(node, batch);
    CHECK(node.root() == w.root_of(4));
    return changed;
  };
  const auto by_last = changed_by(w.openings(4, 5));
  CHECK(by_last >= kLength);
  CHECK(changed_by(w.openings(2, 5)) < by_last + kLength);
}

TEST_CASE("what lapses is told of the branch that counts at the end of a batch",
          "[registry][epoch]") {
  const World w(2);
  Node node(w.charter);
  w.give_branches(node);
  w.give(node, {w.opening(0, 1), w.opening(1, 0)});
  SECTION("the same as before") {
    CHECK(node.receive({w.opening(2, 1), w.opening(3, 0)}).lapsed.empty());
  }
  SECTION("the other") {
    const auto between = GENERATE(std::size_t{0}, std::size_t{1});
    const auto receipt = node.receive({w.opening(2, 1), w.opening(3, between), w.opening(4, 1)});
    REQUIRE(receipt.lapsed.size() == 1);
    CHECK(receipt.lapsed[0].epoch == 6);
    CHECK(receipt.lapsed[0].indexes == std::vector{revocation::StatusListIndex(1)});
  }
}

}  // namespace branch_turns_test
