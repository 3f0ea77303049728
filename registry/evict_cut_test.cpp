// What counts of an evicted member: the cut that the slot names and its ancestors, whatever its feed has become.

#include <catch2/catch.hpp>

#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace evict_cut_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

const std::string kNoLists = core::to_multibase(core::sha256(core::ByteView{}));

using Position = std::pair<std::int64_t, std::int64_t>;

/// Four founders; the fourth has rotated twice, and is evicted by the others.
struct Eviction {
  Consortium consortium{4};
  Charter charter = consortium.charter();
  const Organisation& umbrella = consortium.organisations[3];
  KeyHistory keys{umbrella, 4};
  KeyVersion second = keys.after(umbrella.entry, kNow - std::chrono::hours(2));
  KeyVersion third = keys.after(second.entry, kNow - std::chrono::hours(1));
  Author first{umbrella, charter.network};

  void know_keys(Node& node) const { node.receive_entries({second.text(), third.text()}); }

  /// The decision of slot 2: nothing counts after `cut`.
  Objects at(const Statement& cut) const { return decision(evict_action(cut)); }
  Objects of_everything() const {
    return decision(core::Json::object({{"action", "evict"},
                                        {"scid", umbrella.scid},
                                        {"epoch", 1},
                                        {"sequence", -1},
                                        {"hash", ""}}));
  }
  Author in_second(const std::string& previous) const {
    return first.in_epoch(2, second.key, second.key_id, previous);
  }
  Author in_third(const std::string& previous) const {
    return first.in_epoch(3, third.key, third.key_id, previous);
  }
  Position position(const Node& node) const {
    const auto* fold = node.replica->view()->feed(umbrella.scid);
    return fold == nullptr ? Position{0, -1}
                           : Position{fold->position()->epoch, fold->position()->sequence};
  }
  /// Gives what the node asks for by hash out of these, until it asks for none of them.
  static void serve(Node& node, const std::vector<Statement>& known) {
    for (std::size_t round = 0; round <= known.size(); ++round) {
      Receipt wanted;
      node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
      std::vector<Statement> batch;
      for (const auto& statement : known) {
        if (wanted.need_hashes.contains(statement.hash)) batch.push_back(statement);
      }
      if (batch.empty()) return;
      node.receive(batch);
    }
  }
  /// The same root whether the eviction came last, first, or in between; and after a restart.
  std::string root_in_any_order(const std::vector<Statement>& all, const Objects& decision) const {
    std::set<std::string> roots;
    for (const std::size_t before : {std::size_t{0}, all.size() / 2, all.size()}) {
      Node node(charter);
      know_keys(node);
      const auto middle = all.begin() + static_cast<std::ptrdiff_t>(before);
      for (auto one = all.begin(); one != middle; ++one) node.receive({*one});
      node.receive(decision);
      for (auto one = middle; one != all.end(); ++one) node.receive({*one});
      serve(node, all);
      roots.insert(node.root());
      node.restart();
      roots.insert(node.root());
    }
    CHECK(roots.size() == 1);
    return *roots.begin();
  }

 private:
  Objects decision(core::Json evict) const {
    const auto& all = consortium.organisations;
    Objects objects;
    objects.slots = {
        ballots_for({&all[0], &all[1], &all[2]}, charter,
                    {std::move(evict), charter_action({all[0].scid, all[1].scid, all[2].scid})})
            .decision};
    return objects;
  }
};

}  // namespace

TEST_CASE("a cut in a later epoch keeps what its opening continues, and no more",
          "[registry][governance][evict]") {
  Eviction f;
  std::vector<Statement> all{f.first.open()};
  all.push_back(f.first.note("continued"));
  auto second = f.in_second(f.first.last());
  all.push_back(f.first.note("abandoned"));
  all.push_back(second.open());
  all.push_back(second.note("the cut"));
  const auto decision = f.at(all.back());
  all.push_back(second.note("after it"));
  Node node(f.charter);
  f.know_keys(node);
  node.receive(all);
  CHECK(f.position(node) == Position{2, 2});
  node.receive(decision);
  CHECK(f.position(node) == Position{2, 1});
  CHECK(node.root() == f.root_in_any_order(all, decision));
}

TEST_CASE("a cut chooses among branches, forked or not", "[registry][governance][evict]") {
  Eviction f;
  std::vector<Statement> all{f.first.open()};
  auto twin = f.first;
  all.push_back(f.first.note("one story"));
  all.push_back(f.first.note("goes on"));
  all.push_back(twin.note("another story"));
  all.push_back(twin.note("and its end"));
  const auto one = f.root_in_any_order(all, f.at(all[2]));
  const auto other = f.root_in_any_order(all, f.at(all[4]));
  CHECK(one != other);
  Node node(f.charter);
  node.receive(f.at(all[4]));
  node.receive(all);
  Eviction::serve(node, all);
  CHECK(f.position(node) == Position{1, 2});
  CHECK(node.replica->view()->feed(f.umbrella.scid)->position()->hash == all[4].hash);
  CHECK_FALSE(node.replica->view()->frozen(f.umbrella.scid).has_value());
}

TEST_CASE("forks of an evicted member cost no fold", "[registry][governance][evict][hostile]") {
  Eviction f;
  std::vector<Statement> chain{f.first.open()};
  std::vector<ForkProof> proofs;
  for (int i = 0; i < 20; ++i) {
    auto branch = f.first;
    const auto twin = branch.note("another " + std::to_string(i));
    chain.push_back(f.first.note(std::to_string(i)));
    proofs.push_back(must(make_fork_proof(chain.back(), twin)));
  }
  Node node(f.charter);
  node.receive(chain);
  node.receive(f.at(chain.back()));
  const auto root = node.root();
  const auto before = node.replica->folded_anew();
  for (auto proof = proofs.rbegin(); proof != proofs.rend(); ++proof)
    CHECK(node.receive_proof(proof->text).accepted.size() == 1);
  CHECK(node.replica->folded_anew() == before);
  CHECK(node.root() == root);
  CHECK(f.position(node) == Position{1, 20});
}

TEST_CASE("nothing of an evicted member counts before its cut is held with all its ancestors",
          "[registry][governance][evict]") {
  Eviction f;
  std::vector<Statement> all{f.first.open()};
  for (const char* text : {"1", "2", "3"}) all.push_back(f.first.note(text));
  Node node(f.charter);
  node.receive({all[0]});
  node.receive(f.at(all[3]));
  CHECK(f.position(node) == Position{0, -1});
  node.restart();  // what is missing is asked for after a restart too
  Eviction::serve(node, {all[3], all[2]});
  CHECK(f.position(node) == Position{0, -1});
  Eviction::serve(node, all);
  CHECK(f.position(node) == Position{1, 3});
}

TEST_CASE("the keys of the cut's epoch are asked for with it", "[registry][governance][evict]") {
  Eviction f;
  const auto opening = f.first.open();
  auto second = f.in_second(opening.hash);
  const auto cut = second.open();
  Node node(f.charter);
  node.receive(f.at(cut));
  const auto receipt = node.receive({opening, cut});
  CHECK(receipt.need.contains({f.umbrella.scid, kLogEpoch, 2}));
  CHECK(f.position(node) == Position{0, -1});
  node.receive_entries({f.second.text()});
  Eviction::serve(node, {opening, cut});
  CHECK(f.position(node) == Position{2, 0});
}

TEST_CASE("of a member that is evicted without a cut nothing counts",
          "[registry][governance][evict]") {
  Eviction f;
  const std::vector<Statement> all{f.first.open(), f.first.note("1")};
  Node node(f.charter);
  f.know_keys(node);
  node.receive(all);
  node.receive(f.of_everything());
  CHECK(f.position(node) == Position{0, -1});
  CHECK(node.root() == f.root_in_any_order(all, f.of_everything()));
}

TEST_CASE("a cut that names a statement at another place is none",
          "[registry][governance][evict]") {
  Eviction f;
  std::vector<Statement> all{f.first.open()};
  for (const char* text : {"1", "2"}) all.push_back(f.first.note(text));
  auto misplaced = all[1];
  misplaced.sequence = 2;
  const auto decision = f.at(misplaced);
  Node node(f.charter);
  f.know_keys(node);
  node.receive(all);
  node.receive(decision);
  CHECK(f.position(node) == Position{0, -1});
  CHECK(node.root() == f.root_in_any_order(all, decision));
}

TEST_CASE("once the cut is held no other branch takes its place", "[registry][governance][evict]") {
  Eviction f;
  std::vector<Statement> all{f.first.open()};
  auto twin = f.first;
  all.push_back(f.first.note("continued by epoch 3"));
  all.push_back(f.in_third(f.first.last()).open());
  const auto decision = f.at(all.back());
  all.push_back(twin.note("continued by epoch 2"));
  all.push_back(f.in_second(twin.last()).open());
  Node node(f.charter);
  f.know_keys(node);
  node.receive({all[0], all[1], all[2]});
  node.receive(decision);
  const auto receipt = node.receive({all[3], all[4]});
  CHECK(receipt.rejected.size() == 2);
  Eviction::serve(node, all);
  CHECK(f.position(node) == Position{3, 0});
  CHECK(node.root() == f.root_in_any_order(all, decision));
}

TEST_CASE("a head beyond the cut keeps nobody waiting", "[registry][governance][evict]") {
  Eviction f;
  const std::vector<Statement> all{f.first.open(), f.first.note("1"), f.first.note("2")};
  Node node(f.charter);
  node.receive({all[0]});
  node.receive_head(head_of(f.umbrella, all, kNoLists, kNow));
  REQUIRE(node.replica->view()->head_ahead(f.umbrella.scid) != nullptr);
  node.receive(f.at(all[0]));
  CHECK(node.replica->view()->head_ahead(f.umbrella.scid) == nullptr);
  const auto late = head_of(f.umbrella, all, kNoLists, kNow + std::chrono::minutes(1));
  const auto receipt = node.receive_head(late);
  REQUIRE(receipt.rejected.size() == 1);
  CHECK(code_name(receipt.rejected[0].error.code) == "beyond_cut");
  node.restart();
  CHECK(node.replica->view()->head_ahead(f.umbrella.scid) == nullptr);
}

}  // namespace evict_cut_test
