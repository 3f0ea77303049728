// Each statement given once, in any order, and again only if it is asked for: what waited is looked at when what it waits
// for is here.

#include <deque>

#include <catch2/catch.hpp>

#include "registry/testing/rotated_member.h"

namespace given_once_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using namespace std::chrono_literals;
using Position = RotatedMember::Position;

namespace {

struct World : RotatedMember {
  Statement more = first.note("two");
};

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
