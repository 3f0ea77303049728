// Random histories of feeds with forks, rotations and an eviction: the same set gives the same view root, however it comes.

#include <algorithm>
#include <deque>
#include <random>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/random.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/testing/reference_fold.h"
#include "revocation/status_base.h"

namespace feed_history_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

using Engine = std::mt19937_64;

std::size_t below(Engine& engine, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine);
}

/// Mostly all bits that the histories use, so that most bases keep what was revoked before.
core::Json random_base(const std::string& list, Engine& engine) {
  const std::uint32_t from = below(engine, 4) == 0 ? 1 : 0;
  revocation::StatusBase base{list, {}};
  for (std::uint32_t i = from; i < 64; ++i) base.bits.set(revocation::StatusListIndex(i));
  return to_json(base);
}

struct History {
  std::vector<std::string> entries;
  std::vector<Statement> statements;
  std::vector<DecidedSlot> slots = {};
};

/// One organisation that rotates, forks, and goes on writing with retired keys.
class Wanderer {
 public:
  Wanderer(const Organisation& of, std::uint8_t number, const std::string& network)
      : keys_(of, number), origin_(of, network), entry_(of.entry) {
    open(origin_);
  }

  void step(Engine& engine, History& out) {
    const auto die = below(engine, 40);
    if (die == 0) return rotate(engine, out);
    auto& branch = branches_[below(engine, branches_.size())];
    // A copy goes on from where its original stands, and so forks with whatever that says next.
    if (die < 3) return void(branches_.push_back(branch));
    const int index = static_cast<int>(below(engine, 64));
    const std::string list = below(engine, 2) == 0 ? "r1" : "s1";
    if (below(engine, 12) == 0) return say(branch, "status.base", random_base(list, engine));
    const bool clears = list == "s1" && below(engine, 3) == 0;
    say(branch, "status.delta", clears ? delta_body(list, {}, {index}) : delta_body(list, {index}));
  }
  void finish(History& out) const {
    out.statements.insert(out.statements.end(), said_.begin(), said_.end());
  }

 private:
  void open(Author author) {
    said_.push_back(author.open());
    branches_.push_back(std::move(author));
    if (said_.size() > 1) return;
    say(branches_.back(), "status.list", list_body("r1", "revocation"));
    say(branches_.back(), "status.list", list_body("s1", "suspension"));
  }
  void say(Author& author, const std::string& kind, core::Json body) {
    said_.push_back(author.next(kind, std::move(body)));
  }
  void rotate(Engine& engine, History& out) {
    if (entry_.version == 5) return;
    const auto when = kNow - std::chrono::hours(100 - entry_.version);
    if (below(engine, 12) == 0) {
      out.entries.push_back(keys_.after(entry_, when, /*variant=*/1).text());
    }
    versions_.push_back(keys_.after(entry_, when));
    const auto& version = versions_.back();
    out.entries.push_back(version.text());
    entry_ = version.entry;
    const auto openings = below(engine, 6) == 0 ? 2 : 1;
    const auto before = said_.size();
    for (int i = 0; i < openings; ++i) {
      // Any statement of an earlier epoch may be the one that is continued.
      const auto& continued = said_[below(engine, before)];
      open(origin_.in_epoch(entry_.version, version.key, version.key_id, continued.hash));
    }
  }

  KeyHistory keys_;
  Author origin_;
  did::WebvhEntry entry_;
  std::deque<KeyVersion> versions_;
  std::vector<Author> branches_;
  std::vector<Statement> said_;
};

History random_history(const Consortium& consortium, const std::string& network, Engine& engine,
                       std::size_t steps) {
  History out;
  std::deque<Wanderer> all;
  for (std::size_t i = 0; i < consortium.organisations.size(); ++i) {
    all.emplace_back(consortium.organisations[i], static_cast<std::uint8_t>(i + 1), network);
  }
  for (std::size_t i = 0; i < steps; ++i) all[below(engine, all.size())].step(engine, out);
  for (const auto& one : all) one.finish(out);
  return out;
}

std::string reference_root(const Charter& charter, const History& history) {
  ReferenceFold fold(charter.json);
  for (const auto& text : history.entries) fold.add_entry(*core::parse_json(text));
  for (const auto& statement : history.statements) fold.add_statement(statement.json);
  for (const auto& decided : history.slots) fold.add_slot(decided.slot.json);
  return fold.root();
}

/// The first organisation is evicted, with any of its statements as the cut.
DecidedSlot random_eviction(const Consortium& consortium, const Charter& charter,
                            const History& history, Engine& engine) {
  const auto& all = consortium.organisations;
  std::vector<const Statement*> of_first;
  for (const auto& statement : history.statements) {
    if (statement.feed == all[0].scid) of_first.push_back(&statement);
  }
  const auto& cut = *of_first[below(engine, of_first.size())];
  const auto ballots = ballots_for({&all[0], &all[1], &all[2]}, charter,
                                   {evict_action(cut), charter_action({all[1].scid, all[2].scid})});
  return must(parse_decision(ballots.decision));
}

/// Gives what the node asks for, until it asks for nothing that there is.
/// gives whether anything of it was new
bool serve(Node& node, const History& history) {
  std::map<std::string, const Statement*> by_hash;
  for (const auto& statement : history.statements) by_hash[statement.hash] = &statement;
  for (std::size_t round = 0; round <= history.statements.size(); ++round) {
    Receipt wanted;
    node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
    std::vector<Statement> batch;
    for (const auto& hash : wanted.need_hashes) {
      if (by_hash.contains(hash)) batch.push_back(*by_hash[hash]);
    }
    if (batch.empty() || node.receive(batch).accepted.empty()) return round > 0;
  }
  return true;
}

/// In any order, in batches of any size, some of it twice; then what is asked for, as peers give it. Again until a round
/// gives nothing new.
void deliver(Node& node, const History& history, Engine& engine) {
  struct Item {
    const std::string* entry = nullptr;
    const Statement* statement = nullptr;
    const DecidedSlot* slot = nullptr;
  };
  std::vector<Item> items;
  for (const auto& slot : history.slots) items.push_back({nullptr, nullptr, &slot});
  for (const auto& text : history.entries) items.push_back({&text, nullptr, nullptr});
  for (const auto& statement : history.statements) items.push_back({nullptr, &statement, nullptr});
  bool is_any_new = true;
  for (int round = 0; round < 5 && is_any_new; ++round) {
    is_any_new = false;
    std::shuffle(items.begin(), items.end(), engine);
    std::vector<Statement> statements;
    std::vector<std::string> entries;
    const auto take = [&](const Receipt& receipt) {
      is_any_new = is_any_new || !receipt.accepted.empty();
    };
    const auto flush = [&] {
      if (below(engine, 2) == 0) std::reverse(statements.begin(), statements.end());
      take(node.receive_entries(entries));
      take(node.receive(statements));
      entries.clear();
      statements.clear();
    };
    for (const auto& item : items) {
      if (item.entry != nullptr) entries.push_back(*item.entry);
      if (item.statement != nullptr) statements.push_back(*item.statement);
      if (item.slot != nullptr) {
        Objects objects;
        objects.slots = {item.slot->text};
        take(node.receive(objects));
      }
      if (below(engine, 8) == 0 && !statements.empty()) statements.push_back(statements.front());
      if (below(engine, 10) == 0 || statements.size() > 200) flush();
    }
    flush();
    if (serve(node, history)) is_any_new = true;
  }
}

}  // namespace

TEST_CASE("any order, repetition and batching of the same objects gives the same view root",
          "[registry][replica][epoch]") {
  const Consortium consortium(2);
  const auto charter = consortium.charter();
  const bool holds = rc::check([&] {
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    const auto history =
        random_history(consortium, charter.network, engine, *rc::gen::inRange<std::size_t>(0, 60));
    Node node(charter);
    deliver(node, history, engine);
    const auto expected = reference_root(charter, history);
    RC_ASSERT(node.root() == expected);
    node.restart();  // incremental = from nothing
    RC_ASSERT(node.root() == expected);
  });
  CHECK(holds);
}

TEST_CASE("an eviction gives the same view root whenever it comes, and whatever it cuts",
          "[registry][replica][epoch][evict]") {
  const Consortium consortium(3);
  const auto charter = consortium.charter();
  const bool holds = rc::check([&] {
    Engine engine(*rc::gen::arbitrary<std::uint64_t>());
    auto history =
        random_history(consortium, charter.network, engine, *rc::gen::inRange<std::size_t>(0, 60));
    history.slots.push_back(random_eviction(consortium, charter, history, engine));
    Node node(charter);
    deliver(node, history, engine);
    const auto expected = reference_root(charter, history);
    RC_ASSERT(node.root() == expected);
    node.restart();
    RC_ASSERT(node.root() == expected);
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
    history.slots.push_back(random_eviction(consortium, charter, history, engine));
    Node node(charter);
    deliver(node, history, engine);
    CHECK(node.root() == reference_root(charter, history));
    node.restart();
    CHECK(node.root() == reference_root(charter, history));
  }
}

}  // namespace feed_history_test
