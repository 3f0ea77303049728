// What waits for its beginning, and its hours: as much of each counts, and waits, as who has it in order has taken.

#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "registry/testing/rotated_member.h"

namespace waiting_hours_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using Position = RotatedMember::Position;

TEST_CASE("what was fetched for an opening counts in its hour as it does for who had it in order",
          "[registry][epoch]") {
  RotatedMember w;
  w.limits.others = 2;
  const auto last = w.first.note("two");
  const auto one_too_many = w.first.note("three");
  SECTION("an opening continues what is one too many") {
    const auto opened = w.continuing(one_too_many).open();
    check_every_order(w, {w.open, w.note, last, one_too_many, opened}, {1, 2});
    // Nor is it kept.
    const auto backwards = w.given({opened, one_too_many, last, w.note, w.open});
    backwards->read([&](core::Connection& connection) {
      CHECK(FeedReader(connection).epochs_beside(w.acme.scid).empty());
    });
  }
  SECTION("it continues what follows that, in another hour") {
    Author early{w.acme, w.charter.network};
    std::vector<Statement> said{early.open(kNow - 1h)};
    for (const auto* text : {"one", "two", "three"}) said.push_back(early.note(text, kNow - 1h));
    said.push_back(early.note("in the next hour"));
    said.push_back(w.continuing(said.back()).open());
    check_every_order(w, said, {1, 2});
  }
  SECTION("the hour is full when an opening's twin shows") {
    const auto opened = w.continuing(last).open();
    const auto twin = w.continuing(w.open).open();
    check_every_order(w, {w.open, w.note, last, opened, twin, one_too_many}, {1, 2});
  }
  SECTION("it continues the last that the hour holds") {
    const auto opened = w.continuing(last).open();
    check_every_order(w, {w.open, w.note, last, opened}, {2, 0});
  }
}

TEST_CASE("what waits for its beginning takes no more room than its hour holds",
          "[registry][epoch]") {
  RotatedMember w;
  w.limits.others = 4;
  const auto said = [&](std::size_t count, core::Milliseconds apart) {
    Author author{w.acme, w.charter.network};
    const auto begin = kNow - apart * (count - 1);
    std::vector<Statement> all{author.open(begin)};
    for (std::size_t i = 0; i < count; ++i)
      all.push_back(author.note(std::to_string(i), begin + apart * i));
    return all;
  };
  const auto after = [&](const Statement& one, core::Instant time) {
    auto draft = Author{w.acme, w.charter.network}.draft(
        "advisory", core::Json::object({{"text", "after it"}}), time);
    draft.sequence = one.sequence + 1;
    draft.previous = one.hash;
    return must(sign_statement(draft, w.acme.key));
  };
  // Nobody gives the opening of the first epoch, so the beginning is never known.
  const auto fetched = [&](Node& node, const std::vector<Statement>& all) {
    std::size_t count = 0;
    for (auto one = all.rbegin(); one != all.rend() - 1; ++one) {
      if (!wanted_by(node).need_hashes.contains(one->hash)) break;
      node.receive({*one});
      ++count;
    }
    return count;
  };
  SECTION("in one hour") {
    const auto all = said(40, 0ms);
    const auto opened = w.continuing(all.back()).open();
    const auto node = w.given({opened});
    const auto count = fetched(*node, all);
    CHECK(count == 5);
    CHECK(wants_nothing(*node));
    // Nor is it begun again, or the rest of it lost for who has it in order.
    CHECK(node->receive({opened}).rejected.size() == 1);
    CHECK(wants_nothing(*node));
    for (const auto& statement : all) node->receive({statement});
    CHECK(w.position(*node) == Position{1, 4});
  }
  SECTION("also where another opening comes past it by a way of its own") {
    const auto all = said(40, 0ms);
    const auto above = after(all.back(), kNow + 1h);
    const auto opened = w.continuing(all.back()).open();
    const auto third = w.continuing_in_third(above).open(kNow + 1h);
    const auto node = w.node();
    const auto later = kNow + 1h;
    node->receive({opened}, "one", later);
    const std::size_t begins_after = GENERATE(0U, 1U, 3U, 4U);
    CAPTURE(begins_after);
    std::size_t count = 0;
    for (auto one = all.rbegin(); one != all.rend() - 1; ++one, ++count) {
      if (count == begins_after) {
        node->receive({third}, "one", later);
        node->receive({above}, "one", later);
      }
      if (!wanted_by(*node).need_hashes.contains(one->hash)) break;
      node->receive({*one}, "one", later);
    }
    CHECK(count == 5);
    CHECK(wants_nothing(*node));
    node->read([&](core::Connection& connection) {
      CHECK(FeedReader(connection).beside(w.acme.scid, 1, above.sequence).empty());
    });
  }
  SECTION("what is refused for it is no evidence that who has its beginning lacks") {
    const auto all = said(9, 0ms);
    const auto other = after(all[8], kNow);
    const auto opened = w.continuing(all[9]).open();
    const auto third = w.continuing_in_third(other).open();
    const auto given = [&](const std::vector<std::size_t>& before,
                           const std::vector<std::size_t>& after) {
      auto node = w.node();
      for (const auto i : before) node->receive({all[i]});
      node->receive({opened});
      for (const std::size_t i : {9U, 8U, 7U, 6U, 5U}) node->receive({all[i]});
      node->receive({third});
      node->receive({other});
      for (const auto i : after) node->receive({all[i]});
      return node;
    };
    const auto backwards = given({}, {0, 1, 2, 3, 4});
    const auto forwards = given({0, 1, 2, 3, 4, 5}, {});
    CHECK(w.position(*backwards) == Position{1, 4});
    CHECK_FALSE(backwards->replica->view()->frozen(w.acme.scid));
    CHECK(backwards->root() == forwards->root());
  }
  SECTION("what was refused for it is evidence once its beginning is here") {
    const auto all = said(5, 0ms);
    const auto rival = after(all[4], kNow + 1min);
    const auto opened = w.continuing(all[5]).open();
    const bool is_beginning_known = GENERATE(true, false);
    const auto node = w.node();
    if (is_beginning_known) node->receive({all[0]});
    node->receive({opened});
    for (const std::size_t i : {5U, 4U, 3U, 2U, 1U}) node->receive({all[i]});
    if (!is_beginning_known) node->receive({all[0]});
    node->receive({rival});
    CHECK(w.position(*node) == Position{1, 4});
    CHECK(node->replica->view()->frozen(w.acme.scid));
  }
  SECTION("an opening between is evidence, whoever has seen its beginning") {
    const auto all = said(9, 0ms);
    auto second = w.continuing(all[9]);
    const auto opened = second.open();
    const auto third = w.continuing_in_third(opened).open();
    const auto twin = w.continuing(all[0]).open();
    const auto backwards = w.node();
    backwards->receive({third});
    backwards->receive({opened, all[9], all[8], all[7], all[6], all[5]});
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) backwards->receive({all[i]});
    backwards->receive({twin});
    const auto forwards = w.given(all);
    for (const auto& one : {opened, third, twin}) forwards->receive({one});
    for (const auto* node : {backwards.get(), forwards.get()}) {
      CHECK(w.position(*node) == Position{1, 4});
      CHECK(node->replica->view()->frozen(w.acme.scid));
    }
    CHECK(backwards->root() == forwards->root());
  }
  SECTION("and so it is where another of its epoch waits, in one batch, whichever is first") {
    const auto all = said(9, 0ms);
    const auto opened = w.continuing(all[9]).open();
    const auto third = w.continuing_in_third(opened).open();
    const auto waits = w.continuing(w.first.note("never given")).open();
    std::vector<Statement> batch{opened, waits};
    if (GENERATE(true, false)) std::swap(batch[0], batch[1]);
    for (const std::size_t i : {9U, 8U, 7U, 6U, 5U}) batch.push_back(all[i]);
    const auto node = w.given({third});
    node->receive(batch);
    for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) node->receive({all[i]});
    CHECK(w.position(*node) == Position{1, 4});
    CHECK(node->replica->view()->frozen(w.acme.scid));
  }
  SECTION(
      "what is too much, and comes with what another opening waits for, ends the one above it") {
    const auto all = said(5, 0ms);
    const auto opened = w.continuing(all[4]).open();
    const auto above = w.continuing_in_third(all[5]).open();
    const auto node = w.given({all[0], all[1], all[2], all[3], opened, above, all[5]});
    std::vector<Statement> last{all[4]};
    if (GENERATE(true, false)) last.push_back(all[5]);
    node->receive(last);
    CHECK(w.position(*node) == Position{2, 0});
    CHECK(wants_nothing(*node));
    CHECK(node->receive({above}).rejected.size() == 1);
    node->read([&](core::Connection& connection) {
      CHECK(FeedReader(connection).epochs_beside(w.acme.scid).empty());
    });
  }
  SECTION("as much as each hour holds") {
    const auto all = said(40, 15min);
    const auto opened = w.continuing(all.back()).open();
    const auto node = w.given({opened});
    CHECK(fetched(*node, all) == 40);
    CHECK_FALSE(wants_nothing(*node));
  }
}

}  // namespace waiting_hours_test
