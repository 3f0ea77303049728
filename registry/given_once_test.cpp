// Each statement given once, in any order, and again only if it is asked for: what waited is looked at when what it waits
// for is here.

#include <deque>
#include <map>
#include <memory>

#include <catch2/catch.hpp>

#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/testing/orders.h"

namespace given_once_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using Position = std::pair<std::int64_t, std::int64_t>;

namespace {

struct World {
  Consortium consortium;
  Charter charter = consortium.charter();
  HourLimits limits = {};
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion second = keys.after(acme.entry, kNow - 2h);
  KeyVersion third = keys.after(second.entry, kNow - 1h);
  Author first{acme, charter.network};
  Statement open = first.open();
  Statement note = first.note("one");
  Statement more = first.note("two");

  Author continuing(const Statement& previous) const {
    return first.in_epoch(2, second.key, second.key_id, previous.hash);
  }
  Author continuing_in_third(const Statement& previous) const {
    return first.in_epoch(3, third.key, third.key_id, previous.hash);
  }
  std::unique_ptr<Node> node() const {
    auto made = std::make_unique<Node>(charter, std::set<std::string>{"one", "two"}, limits);
    made->receive_entries({second.text(), third.text()});
    return made;
  }
  std::unique_ptr<Node> given(const std::vector<Statement>& statements) const {
    auto made = node();
    for (const auto& statement : statements) made->receive({statement});
    return made;
  }
  Position position(const Node& of) const {
    const auto* fold = of.replica->view()->feed(acme.scid);
    return fold == nullptr ? Position{0, 0}
                           : Position{fold->position()->epoch, fold->position()->sequence};
  }
};

Receipt wanted_by(const Node& node) {
  Receipt wanted;
  node.read([&](core::Connection& c) { wanted = node.replica->wanted(c); });
  return wanted;
}

bool wants_nothing(const Node& node) {
  const auto wanted = wanted_by(node);
  return wanted.need.empty() && wanted.need_hashes.empty();
}

/// What was refused, for it stood above a fork, is asked for once something continues it.
void give_what_is_asked(Node& node, const std::vector<Statement>& all) {
  for (std::size_t round = 0; round < all.size() && !wants_nothing(node); ++round) {
    const auto wanted = wanted_by(node);
    for (const auto& statement : all) {
      if (wanted.need_hashes.contains(statement.hash)) node.receive({statement});
    }
  }
}

/// Each statement once, in every order: the feed ends there, as it does for who has them in this one.
void check_every_order(const World& w, const std::vector<Statement>& all, const Position& end) {
  const auto root = w.given(all)->root();
  std::map<std::string, Statement> by_text;
  std::vector<std::string> texts;
  for (const auto& statement : all) {
    by_text.emplace(statement.text, statement);
    texts.push_back(statement.text);
  }
  for (const auto& [number, order] : orders_of(texts)) {
    std::vector<Statement> statements;
    std::string places;
    for (const auto& text : order) {
      statements.push_back(by_text.at(text));
      const auto& one = statements.back();
      places += " " + std::to_string(one.epoch) + "/" + std::to_string(one.sequence) +
                (one.text == all.back().text ? "'" : "");
    }
    INFO("order " << number << ":" << places);
    const auto node = w.given(statements);
    give_what_is_asked(*node, all);
    CHECK(w.position(*node) == end);
    CHECK(node->root() == root);
    CHECK(wants_nothing(*node));
  }
}

}  // namespace

TEST_CASE("two openings that wait for the same statement both go on when it comes",
          "[registry][epoch]") {
  World w;
  const auto opened = w.continuing(w.note).open();
  const auto later = w.continuing_in_third(w.note).open();
  const auto node = w.given({opened, later, w.note, w.open});
  CHECK(w.position(*node) == Position{3, 0});
  CHECK(wants_nothing(*node));
}

TEST_CASE("what was held for an opening stands on its chain when the opening does not count",
          "[registry][epoch]") {
  World w;
  const auto opened = w.continuing(w.note).open();
  const auto twin = w.continuing(w.open).open();
  SECTION("it has a twin") {
    const auto node = w.given({opened, w.note, twin, w.open});
    CHECK(w.position(*node) == Position{1, 1});
    CHECK(node->root() == w.given({w.open, w.note, opened, twin})->root());
    CHECK(wants_nothing(*node));
  }
  SECTION("the proof of its twin comes as such") {
    const auto proof = *make_fork_proof(opened, twin);
    const auto node = w.node();
    node->receive({opened});
    node->receive({w.note});
    node->receive_proof(proof.text);
    node->receive({w.open});
    CHECK(w.position(*node) == Position{1, 1});
    CHECK(node->root() == w.given({w.open, w.note, opened, twin})->root());
    CHECK(wants_nothing(*node));
  }
  SECTION("its time lies ahead") {
    const auto ahead = w.continuing(w.more).open(kNow + 10min);
    const auto node = w.given({ahead, w.more, w.note, w.open});
    CHECK(w.position(*node) == Position{1, 2});
    node->write([&](core::Transaction& tx) { must(node->replica->retry_held(tx, kNow + 9min)); });
    CHECK(w.position(*node) == Position{2, 0});
  }
  SECTION("it was itself held for another, which has a twin") {
    const auto later = w.continuing_in_third(opened).open();
    const auto later_twin = w.continuing_in_third(w.open).open();
    const auto node = w.given({later, opened, later_twin, w.note, w.open});
    CHECK(w.position(*node) == Position{2, 0});
    CHECK(node->root() == w.given({w.open, w.note, opened, later, later_twin})->root());
  }
}

TEST_CASE("what is held beside another statement proves the fork", "[registry][epoch]") {
  World w;
  Author again{w.acme, w.charter.network};
  again.open();
  again.note("one");
  const auto rival = again.note("another two");
  REQUIRE(rival.previous == w.more.previous);
  const auto opened = w.continuing(rival).open();
  const auto twin = w.continuing(w.open).open();
  const auto node = w.given({opened, rival, twin, w.open, w.note, w.more});
  CHECK(node->root() == w.given({w.open, w.note, w.more, rival, opened, twin})->root());
  const auto frozen = node->replica->view()->frozen(w.acme.scid);
  REQUIRE(frozen);
  CHECK(frozen->epoch == 1);
  CHECK(frozen->sequence == 2);
}

TEST_CASE("the proof of a fork in an epoch that is not known yet is asked for again when it is",
          "[registry][epoch][GOSSIP-04]") {
  World w;
  const auto proof = *make_fork_proof(w.continuing(w.note).open(), w.continuing(w.open).open());
  Node node(w.charter);
  node.receive({w.open, w.note});
  CHECK(node.receive_proof(proof.text).held.contains(proof.hash));
  const auto asks = node.replica->asks();
  node.receive_entries({w.second.text()});
  CHECK(node.replica->asks() == asks + 1);
  CHECK_FALSE(node.replica->view()->frozen(w.acme.scid));
  node.receive_proof(proof.text);
  CHECK(node.replica->view()->frozen(w.acme.scid));
}

TEST_CASE("what is held is held on when the batch that took it is undone", "[registry][replica]") {
  World w;
  const auto node = w.node();
  node->receive({w.note});
  const auto undone =
      node->database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        const auto receipt =
            must(node->replica->receive(tx, {.statements = {w.open.text}}, "one", kNow));
        CHECK(receipt.accepted.size() == 2);
        return core::fail(core::Error{core::ErrorCode::storage, "undone"});
      });
  REQUIRE_FALSE(undone);
  node->receive({w.open});
  CHECK(w.position(*node) == Position{1, 1});
}

TEST_CASE("an opening that came as another's ancestor waits by itself when that has a twin",
          "[registry][epoch]") {
  World w;
  Author again{w.acme, w.charter.network};
  again.open();
  const auto rival = again.note("another one");
  const auto opened = w.continuing(w.more).open();
  const auto later = w.continuing_in_third(opened).open();
  const auto twin = w.continuing_in_third(w.open).open();
  const std::vector<Statement> all{w.open, rival, w.note, w.more, opened, later, twin};
  const auto in_order = w.given({w.open, rival, w.note, opened});
  give_what_is_asked(*in_order, all);
  in_order->receive({later});
  in_order->receive({twin});
  REQUIRE(w.position(*in_order) == Position{2, 0});

  const auto node = w.given({later});
  node->receive({opened, twin});
  for (const auto& statement : {w.more, w.open, rival, w.note}) node->receive({statement});
  give_what_is_asked(*node, all);
  CHECK(w.position(*node) == Position{2, 0});
  CHECK(node->root() == in_order->root());
}

TEST_CASE("what an opening continues may stand beside and yet not before it", "[registry][epoch]") {
  World w;
  // The second opening is earlier than what it continues, and the third continues it.
  const auto early = w.continuing(w.note).open(kNow - 1min);
  const auto later = w.continuing_in_third(early).open();
  SECTION("that has come before") {
    check_every_order(w, {w.open, w.note, early, later}, {1, 1});
    auto second = w.continuing(w.note);
    REQUIRE(second.open(kNow - 1min).hash == early.hash);
    const auto said = second.note("in the second epoch");
    const auto third = w.continuing_in_third(said).open();
    const auto refused = w.given({w.open, w.note, third, said, early});
    refused->read([&](core::Connection& connection) {
      CHECK(FeedReader(connection).epochs_beside(w.acme.scid).empty());
    });
  }
  SECTION("it is more than the hour holds") {
    w.limits.others = 2;
    const auto too_many = w.first.note("three");
    const auto opened = w.continuing(too_many).open();
    const auto third = w.continuing_in_third(opened).open();
    check_every_order(w, {w.open, w.note, w.more, too_many, opened, third}, {1, 2});
  }
}

TEST_CASE("two openings of one epoch are a fork, also if one came as an ancestor",
          "[registry][epoch]") {
  World w;
  const auto nobody_gives = w.more;
  const auto opened = w.continuing(nobody_gives).open();
  const auto twin = w.continuing(w.open).open();
  const auto later = w.continuing_in_third(opened).open();
  std::map<std::string, Statement> by_text;
  for (const auto& one : {w.open, twin, opened, later}) by_text.emplace(one.text, one);
  for (const auto& [number, order] : orders_of({w.open.text, twin.text, opened.text, later.text})) {
    INFO(number);
    std::vector<Statement> statements;
    for (const auto& text : order) statements.push_back(by_text.at(text));
    const auto node = w.given(statements);
    give_what_is_asked(*node, statements);
    CHECK(w.position(*node) == Position{1, 0});
    CHECK(node->replica->view()->frozen(w.acme.scid)->epoch == 2);
  }
}

TEST_CASE("a twin that waits is proven by the other's coming on its chain for a later opening",
          "[registry][epoch]") {
  World w;
  const auto waits = w.continuing(w.more).open();  // for what nobody gives
  const auto opened = w.continuing(w.open).open();
  const auto later = w.continuing_in_third(opened).open();
  const auto later_twin = w.continuing_in_third(w.open).open();
  const auto node = w.given({w.open, waits, later, opened, later_twin});
  CHECK(w.position(*node) == Position{1, 0});
  CHECK(node->root() == w.given({w.open, opened, waits, later, later_twin})->root());
}

TEST_CASE("what continues what is refused is refused with it", "[registry][epoch]") {
  World w;
  w.limits.others = 2;
  const auto too_many = w.first.note("three");
  const auto opened = w.continuing(too_many).open();
  const auto later = w.continuing_in_third(opened).open();
  const auto node = w.given({w.open, w.note, opened, later, w.more, too_many});
  CHECK(wants_nothing(*node));
  CHECK(w.position(*node) == Position{1, 2});
}

TEST_CASE("an opening that had no room makes none by that", "[registry][epoch]") {
  World w;
  Node node(w.charter);
  std::deque<KeyVersion> versions;
  std::vector<Statement> openings;
  const auto body = core::Json::object({{"text", std::string(60'000, 'x')}});
  for (std::size_t bytes = 0; bytes <= (std::size_t{4} << 20); bytes += 60'000) {
    const auto& previous = versions.empty() ? w.acme.entry : versions.back().entry;
    versions.push_back(w.keys.after(previous, kNow - 150h + versions.size() * 2h));
    const auto& version = versions.back();
    node.receive_entries({version.text()});
    REQUIRE(node.replica->view()->log(w.acme.scid)->newest_counted() == version.entry.version);
    const auto unknown = core::to_multibase(core::sha256(version.key_id));
    auto author = w.first.in_epoch(version.entry.version, version.key, version.key_id, unknown);
    openings.push_back(author.next("epoch.open", body));
  }
  for (const auto& opening : openings) node.receive({opening});
  const auto asked = node.replica->asks();
  for (int i = 0; i < 3; ++i) node.receive({openings.front()});
  CHECK(node.replica->asks() == asked);
}

TEST_CASE("what stands beside begins to wait again after a restart", "[registry][epoch]") {
  World w;
  const auto opened = w.continuing(w.more).open();
  const auto later = w.continuing_in_third(opened).open();
  const auto node = w.given({w.open, later, opened});
  CHECK(wanted_by(*node).need_hashes == std::set<std::string>{w.more.hash});
  node->restart();
  CHECK(wanted_by(*node).need_hashes.empty());
  node->write([&](core::Transaction& tx) { must(node->replica->retry_held(tx, kNow)); });
  CHECK(wanted_by(*node).need_hashes == std::set<std::string>{w.more.hash});
  give_what_is_asked(*node, {w.note, w.more});
  CHECK(w.position(*node) == Position{2, 0});
}

TEST_CASE("what a chain used of an hour is the same, counted on or read from what is stored",
          "[registry][epoch]") {
  World w;
  const auto node =
      w.given({w.open, w.note, w.more, w.first.next("status.delta", core::Json::object({}))});
  node->read([&](core::Connection& connection) {
    FeedReader store(connection);
    const auto tip = store.tip(w.acme.scid, 1);
    REQUIRE(tip);
    CHECK(tip->use.urgent == 2);
    CHECK(tip->use.others == 2);
    CHECK(store.hour_use(w.acme.scid, 1, 3) == tip->use);
    CHECK(store.hour_use(w.acme.scid, 1, 0).others == 0);
  });
  // Its author may sign it anew, and what is signed is shorter or longer then.
  auto copy = w.note;
  auto proof = *copy.json.find("proof");
  proof.set("proofValue", *proof.find_string("proofValue") + "1");
  copy.json.set("proof", proof);
  copy.text = core::to_canonical(copy.json);
  CHECK(copy.text.size() == w.note.text.size() + 1);
  CHECK(use_after({}, copy, {}) == use_after({}, w.note, {}));
}

TEST_CASE("of the openings of one feed that wait a few are asked for at a time",
          "[registry][epoch]") {
  World w;
  auto node = w.node();
  std::deque<KeyVersion> versions;
  std::set<std::string> awaited;
  for (int i = 1; i <= 20; ++i) {
    const auto& previous = versions.empty() ? w.third.entry : versions.back().entry;
    versions.push_back(w.keys.after(previous, kNow - 1h + i * 1min));
    const auto& version = versions.back();
    node->receive_entries({version.text()});
    const auto unknown = core::to_multibase(core::sha256(version.key_id));
    awaited.insert(unknown);
    node->receive(
        {w.first.in_epoch(version.entry.version, version.key, version.key_id, unknown).open()});
  }
  std::set<std::string> wanted;
  for (int i = 0; i < 5; ++i) {
    const auto some = wanted_by(*node).need_hashes;
    CHECK(some.size() == 8);
    wanted.insert(some.begin(), some.end());
  }
  CHECK(wanted == awaited);
}

TEST_CASE("as many openings wait as there are epochs", "[registry][epoch]") {
  World w;
  auto node = w.node();
  std::deque<KeyVersion> more;
  for (int i = 1; i < 8; ++i) {
    const auto& previous = more.empty() ? w.third.entry : more.back().entry;
    more.push_back(w.keys.after(previous, kNow - 1h + i * 1min));
    node->receive_entries({more.back().text()});
  }
  std::vector<const KeyVersion*> versions{&w.second, &w.third};
  for (const auto& version : more) versions.push_back(&version);
  std::vector<Statement> openings;
  auto before = w.open;
  for (const auto* version : versions) {
    before =
        w.first.in_epoch(version->entry.version, version->key, version->key_id, before.hash).open();
    openings.push_back(before);
  }
  node->receive(openings);
  node->receive({w.open});
  CHECK(w.position(*node) == Position{10, 0});
}

TEST_CASE("what waits for its time and had no room is asked for when there is some",
          "[registry][replica]") {
  World w;
  const auto node = w.node();
  node->receive({w.open, w.note, w.more});
  std::vector<Statement> ahead;
  const std::string large(60'000, 'x');
  for (std::size_t bytes = 0; bytes <= HeldPool::kMaxBytesPerFeed; bytes += large.size())
    ahead.push_back(w.first.note(large, kNow + 10min));
  for (const auto& statement : ahead) node->receive({statement});
  CHECK(node->replica->asks() == 0);
  node->write([&](core::Transaction& tx) { must(node->replica->retry_held(tx, kNow)); });
  CHECK(node->replica->asks() == 0);
  node->write([&](core::Transaction& tx) { must(node->replica->retry_held(tx, kNow + 9min)); });
  CHECK(node->replica->asks() == 1);
}

TEST_CASE("only the lowest fork of a feed is looked into", "[registry][epoch]") {
  World w;
  auto second = w.continuing(w.note);
  second.open();
  const auto note = second.note("one");
  auto again = w.continuing(w.note);
  again.open();
  const auto rival = again.note("another");
  auto third = w.continuing_in_third(w.note);
  third.open();
  const auto third_note = third.note("one");
  auto third_again = w.continuing_in_third(w.note);
  third_again.open();
  const auto third_rival = third_again.note("another");
  const auto node = w.given({w.open});
  node->receive_proof(make_fork_proof(third_note, third_rival)->text);
  CHECK(wanted_by(*node).need == std::set<MissingRange>{{w.acme.scid, 3, 0}});
  node->receive_proof(make_fork_proof(note, rival)->text);
  CHECK(wanted_by(*node).need == std::set<MissingRange>{{w.acme.scid, 2, 0}});
  // An opening's twin has nothing lower: what settles it is looked for.
  const auto twins = w.given({w.open});
  twins->receive_proof(
      make_fork_proof(w.continuing(w.open).open(), w.continuing(w.note).open())->text);
  twins->receive_proof(make_fork_proof(third_note, third_rival)->text);
  CHECK(wanted_by(*twins).need == std::set<MissingRange>{{w.acme.scid, 3, 0}});
}

TEST_CASE("what was fetched for an opening counts in its hour as it does for who had it in order",
          "[registry][epoch]") {
  World w;
  w.limits.others = 2;
  const auto last = w.more;
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
  World w;
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
  SECTION("as much as each hour holds") {
    const auto all = said(40, 15min);
    const auto opened = w.continuing(all.back()).open();
    const auto node = w.given({opened});
    CHECK(fetched(*node, all) == 40);
    CHECK_FALSE(wants_nothing(*node));
  }
}

TEST_CASE("every order of openings, twins and what they continue gives one view",
          "[registry][epoch]") {
  World w;
  auto second = w.continuing(w.note);
  const auto opened = second.open();
  const auto said = second.note("in the second epoch");
  const auto twin = w.continuing(w.open).open();
  std::vector<Statement> all{w.open, w.note, opened, said, twin};
  SECTION("the feed ends there") {
    check_every_order(w, all, {1, 1});
  }
  // The next epoch settles what the twins leave open, from wherever it goes on.
  SECTION("a third epoch continues a statement") {
    const auto* continued = GENERATE_REF(&w.open, &w.note, &said);
    all.push_back(w.continuing_in_third(*continued).open());
    check_every_order(w, all, {3, 0});
  }
}

}  // namespace given_once_test
