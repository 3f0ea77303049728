// A statement that its time, its hour or what it continues forbids, and another at its place: a fork, whichever came first.

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include <catch2/catch.hpp>

#include "core/testing/runs.h"
#include "registry/testing/rotated_member.h"

namespace refused_rival_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using Position = RotatedMember::Position;

namespace {

struct World : RotatedMember {
  /// What a copy of the feed's author says next.
  Statement says(const std::string& text, core::Instant time = kNow) const {
    auto twin = first;
    return twin.note(text, time);
  }
  std::optional<Position> frozen(const Node& of) const {
    const auto view = of.replica->view();
    const auto at = view->frozen(acme.scid);
    return at ? std::optional(Position(at->epoch, at->sequence)) : std::nullopt;
  }
  std::string refusal(Node& by, const Statement& of) const {
    const auto receipt = by.receive({of});
    return receipt.rejected.empty() ? "" : std::string(code_name(receipt.rejected[0].error.code));
  }

  /// Each once, in every order, and what is asked for: the feed counts up to `end`, and is forked at `fork`.
  void check_every_order(const std::vector<Statement>& all, const Position& end,
                         const std::optional<Position>& fork) const {
    std::map<std::string, Statement> by_text;
    std::vector<std::string> texts;
    for (const auto& statement : all) {
      by_text.emplace(statement.text, statement);
      texts.push_back(statement.text);
    }
    std::set<std::string> roots;
    for (const auto& [number, order] : orders_of(texts)) {
      std::vector<Statement> statements;
      for (const auto& text : order) statements.push_back(by_text.at(text));
      INFO("order " << number);
      const auto node = given(statements);
      give_what_is_asked(*node, all);
      CHECK(position(*node) == end);
      CHECK(frozen(*node) == fork);
      roots.insert(node->root());
      node->restart();
      roots.insert(node->root());
    }
    CHECK(roots.size() == 1);
  }
};

}  // namespace

TEST_CASE("a statement that its time forbids is evidence of a fork, whether it comes first or last",
          "[registry][epoch]") {
  World w;
  const auto rival = w.says("another");
  const auto on_time = w.says("two", kNow);
  const auto early = w.says("two", kNow - 1s);
  const auto earlier = w.says("two", kNow - 2s);
  SECTION("not a second early") {
    CHECK(w.refusal(*w.given({w.open, w.note}), on_time).empty());
    w.check_every_order({w.open, w.note, on_time, rival}, {1, 1}, Position{1, 2});
  }
  SECTION("a second early") {
    CHECK(w.refusal(*w.given({w.open, w.note}), early) == "time_went_back");
    w.check_every_order({w.open, w.note, early, rival}, {1, 1}, Position{1, 2});
  }
  SECTION("alone it is none") {
    w.check_every_order({w.open, w.note, early}, {1, 1}, std::nullopt);
  }
  SECTION("beside another that is forbidden too") {
    w.check_every_order({w.open, w.note, early, earlier}, {1, 1}, Position{1, 2});
  }
  SECTION("when its rival's time has not come") {
    w.check_every_order({w.open, w.note, early, w.says("ahead", kNow + 10min)}, {1, 1},
                        std::nullopt);
  }
  SECTION("when more follows its rival") {
    auto author = w.first;
    author.note("another");
    w.check_every_order({w.open, w.note, early, rival, author.note("three")}, {1, 1},
                        Position{1, 2});
  }
}

TEST_CASE("a statement that is more than its hour holds is evidence of a fork",
          "[registry][epoch]") {
  World w;
  const auto last = w.says("two");
  const auto next_hour = w.says("another", kNow + 1h);
  const auto now = kNow + 1h;
  const auto frozen_after = [&](const std::vector<Statement>& order) {
    const auto node = w.given({w.open, w.note});
    for (const auto& one : order) node->receive({one}, "one", now);
    return w.frozen(*node);
  };
  SECTION("as much as it holds") {
    w.limits.others = 2;
  }
  SECTION("one more") {
    w.limits.others = 1;
    CHECK(w.refusal(*w.given({w.open, w.note}), last) == "hourly_limit");
  }
  CHECK(frozen_after({last, next_hour}) == Position{1, 2});
  CHECK(frozen_after({next_hour, last}) == Position{1, 2});
  CHECK_FALSE(frozen_after({last}));
}

TEST_CASE("an opening that can continue nothing is evidence of a fork", "[registry][epoch]") {
  World w;
  SECTION("of the first epoch, that does not continue the network") {
    auto draft = Author(w.acme, w.charter.network).draft("epoch.open", core::Json::object());
    draft.previous = w.note.hash;
    const auto rival = must(sign_statement(draft, w.acme.key));
    const auto before = w.given({rival, w.open, w.note});
    const auto after = w.given({w.open, w.note, rival});
    CHECK(w.frozen(*before) == Position{1, 0});
    CHECK(before->root() == after->root());
  }
  const auto early = w.continuing(w.note).open(kNow - 1s);
  const auto rival = w.continuing(w.note).open();
  SECTION("of a later one, that is earlier than what it continues") {
    w.check_every_order({w.open, w.note, early, rival}, {1, 1}, Position{2, 0});
  }
  SECTION("and its rival waits for what nobody gives") {
    const auto waits = w.continuing(w.says("nobody gives this")).open();
    w.check_every_order({w.open, w.note, early, waits}, {1, 1}, Position{2, 0});
  }
  SECTION("alone it is none") {
    w.check_every_order({w.open, w.note, early}, {1, 1}, std::nullopt);
  }
  SECTION("the next epoch settles it") {
    const auto later = w.first.in_epoch(3, w.third.key, w.third.key_id, w.note.hash).open();
    w.check_every_order({w.open, w.note, early, rival, later}, {3, 0}, std::nullopt);
  }
}

TEST_CASE("what is refused with an opening that continues it is evidence too",
          "[registry][epoch]") {
  World w;
  auto twin = w.first;
  const auto early = twin.note("two", kNow - 1s);
  const auto above = twin.note("three");
  const auto opened = w.continuing(above).open();
  const auto rival = w.says("another");
  w.check_every_order({w.open, w.note, early, above, opened, rival}, {1, 1}, Position{1, 2});
}

TEST_CASE("evidence is kept over a restart, and is none unless it is well signed",
          "[registry][epoch]") {
  World w;
  const auto rival = w.says("another");
  auto early = w.says("two", kNow - 1s);
  const bool is_well_signed = GENERATE(true, false);
  if (!is_well_signed) {
    auto proof = *early.json.find("proof");
    proof.set("proofValue", *w.note.json.find("proof")->find_string("proofValue"));
    early.json.set("proof", proof);
    early = must(parse_statement(core::to_canonical(early.json)));
  }
  const auto node = w.given({w.open, w.note, early});
  node->restart();
  node->receive({rival});
  CHECK(w.frozen(*node).has_value() == is_well_signed);
  // The proof travels, and the evidence is not needed any more.
  CHECK(node->receive({early}).rejected.empty() == is_well_signed);
  std::optional<std::string> kept;
  node->read([&](core::Connection& c) { kept = FeedReader(c).refused_at(w.acme.scid, 1, 2); });
  CHECK_FALSE(kept);
}

TEST_CASE("what is refused, its rivals and what continues either give one view in any order",
          "[registry][epoch]") {
  World w;
  auto left = w.first;
  auto right = w.first;
  const auto early = left.note("two", kNow - 1s);
  const auto above_early = left.note("three");
  const auto rival = right.note("another two");
  const auto above_rival = right.note("another three");
  auto in_second = w.continuing(w.note);
  const auto opened_early = in_second.open(kNow - 1s);
  const auto in_vain = in_second.note("in vain");
  const auto third = [&](const Statement& previous) {
    return w.first.in_epoch(3, w.third.key, w.third.key_id, previous.hash).open();
  };
  const std::vector<Statement> may_be_said{w.says("two", kNow - 2s),
                                           above_early,
                                           above_rival,
                                           rival,
                                           opened_early,
                                           in_vain,
                                           w.continuing(above_early).open(),
                                           w.continuing(above_rival).open(),
                                           third(in_vain),
                                           third(w.note)};
  for (const auto seed : core::testing::seeds(40, 400)) {
    INFO("AVOW_SEED=" << seed);
    std::mt19937_64 engine(seed);
    std::vector<Statement> all{w.open, w.note, early};
    for (const auto& one : may_be_said) {
      if (engine() % 2 == 0) all.push_back(one);
    }
    std::set<std::string> roots;
    for (int order = 0; order < 4; ++order) {
      std::shuffle(all.begin(), all.end(), engine);
      const auto node = w.given(all);
      give_what_is_asked(*node, all);
      roots.insert(node->root());
      node->restart();
      roots.insert(node->root());
    }
    REQUIRE(roots.size() == 1);
  }
}

}  // namespace refused_rival_test
