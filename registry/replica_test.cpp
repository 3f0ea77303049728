#include "registry/replica.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/testing/node.h"

namespace replica_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

const std::string kNoLists = core::to_multibase(core::sha256(core::ByteView{}));

struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  Author author{acme, charter.network};
  Node node{charter};
};

/// Acme said two things after its opening, and, had its key been used twice, another in the place of the first.
struct Branched : Fixture {
  Author branch{acme, charter.network};
  std::vector<Statement> log{author.open(), author.note("one"), author.note("two")};
  std::vector<Statement> up_to_one{log[0], log[1]};
  std::vector<Statement> other{branch.open(), branch.note("other")};
};

}  // namespace

TEST_CASE("statements out of order are held and asked for, then all accepted",
          "[registry][replica][GOSSIP-05]") {
  Fixture f;
  const auto open = f.author.open();
  const auto one = f.author.note("one");
  const auto two = f.author.note("two");
  auto receipt = f.node.receive({two});
  CHECK(receipt.accepted.empty());
  CHECK(receipt.held.contains(two.hash));
  CHECK(receipt.need == std::set<MissingRange>{{f.acme.scid, 1, 0}});
  receipt = f.node.receive({one});
  CHECK(receipt.need == std::set<MissingRange>{{f.acme.scid, 1, 0}});
  receipt = f.node.receive({open});
  CHECK(receipt.accepted == std::vector<std::string>{open.hash, one.hash, two.hash});
  CHECK(receipt.need.empty());
  CHECK(f.node.replica->view()->feed(f.acme.scid)->position()->sequence == 2);
}

TEST_CASE("a statement received again changes nothing and is not relayed [GOSSIP-03] [STATUS-20]",
          "[registry][replica][GOSSIP-03][STATUS-20]") {
  Fixture f;
  const auto open = f.author.open();
  const auto list = f.author.next("status.list", list_body("s1", "suspension"));
  const auto set = f.author.next("status.delta", delta_body("s1", {5}));
  const auto cleared = f.author.next("status.delta", delta_body("s1", {}, {5}));
  f.node.receive({open, list, set, cleared});
  const auto root = f.node.root();
  const auto queued = f.node.outgoing("two").size();
  const auto receipt = f.node.receive({set});
  CHECK(receipt.duplicate == std::vector<std::string>{set.hash});
  CHECK(f.node.root() == root);
  CHECK(f.node.outgoing("two").size() == queued);
}

TEST_CASE("a fork freezes the feed from its lowest proven sequence [GOSSIP-04] [STATUS-21]",
          "[registry][replica][GOSSIP-04][STATUS-21]") {
  Fixture f;
  std::vector<Statement> log{f.author.open(),
                             f.author.next("status.list", list_body("r1", "revocation"))};
  auto branch = f.author;
  log.push_back(f.author.next("status.delta", delta_body("r1", {1})));
  log.push_back(f.author.next("status.delta", delta_body("r1", {2})));
  const auto other = branch.next("status.delta", delta_body("r1", {3}));
  const auto other_child = branch.next("status.delta", delta_body("r1", {4}));
  f.node.receive(log);

  // The later pair first: the proof at 3 shows that the branches parted lower.
  auto receipt = f.node.receive({other_child});
  CHECK(receipt.frozen == std::vector<std::string>{f.acme.scid});
  CHECK(receipt.need_hashes == std::set<std::string>{other.hash});
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 3);
  receipt = f.node.receive({other});
  const auto view = f.node.replica->view();
  CHECK(view->frozen(f.acme.scid)->sequence == 2);
  CHECK(view->feed(f.acme.scid)->position()->sequence == 1);
  CHECK(view->may_issue(f.acme.did, "Badge", kNow).standing == Standing::issuer_forked);
  CHECK(view->list_at(f.acme.did, "https://acme.example/status/r1")->frozen);
  CHECK(f.node.receive({f.author.note("more")}).rejected.at(0).error.code ==
        ErrorCode::beyond_fork);

  SECTION("the proof alone convinces a node that saw neither branch") {
    Node stranger(f.charter);
    Objects objects;
    const std::vector<StatementRange> none;
    f.node.read([&](core::Connection& c) {
      for (const auto& id : f.node.replica->since(c, 0, 100).ids) {
        if (id.object_class == ObjectClass::proof) {
          const std::vector<std::string> hashes{id.hash};
          objects = f.node.replica->fetch(c, none, hashes, kMaxAnswerBytes);
        }
      }
    });
    REQUIRE(objects.proofs.size() == 1);
    const auto taken = stranger.receive_proof(objects.proofs[0]);
    CHECK(taken.accepted.size() == 1);
    CHECK(taken.need == std::set<MissingRange>{{f.acme.scid, 1, 0}});
    CHECK(stranger.receive_proof(objects.proofs[0]).duplicate.size() == 1);
    stranger.receive({log[0], log[1]});
    CHECK(stranger.root() == f.node.root());
  }
  SECTION("and it stays frozen after a restart") {
    const auto root = f.node.root();
    f.node.restart();
    CHECK(f.node.root() == root);
    CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 2);
  }
}

TEST_CASE("who sent one half of a fork is told of it too", "[registry][replica][GOSSIP-04]") {
  Fixture f;
  const auto open = f.author.open();
  auto twin = f.author;
  const auto one = f.author.note("one");
  const auto other = twin.note("other");
  f.node.receive({open, one}, "two");
  f.node.receive({other}, "one");
  const auto proofs_for = [&](const std::string& peer) {
    const auto queued = f.node.outgoing(peer);
    return std::count_if(queued.begin(), queued.end(), [](const Outgoing& object) {
      return object.object_class == ObjectClass::proof;
    });
  };
  CHECK(proofs_for("one") == 1);
  CHECK(proofs_for("two") == 1);

  // But not who sent the proof itself.
  Node third(f.charter);
  third.receive_proof(f.node.outgoing("one").back().text);
  CHECK(third.outgoing("one").empty());
  CHECK(third.outgoing("two").size() == 1);
}

TEST_CASE("a stored feed that was changed by other hands is not believed [STORE-07]",
          "[registry][replica][STORE-07]") {
  const Consortium consortium;
  Node node(consortium.charter());
  Author acme(consortium.organisations[0], consortium.charter().network);
  const auto opening = acme.open();
  const auto first = acme.next("status.list", list_body("r1", "revocation"));
  auto twin = acme;
  const auto revoked = acme.next("status.delta", delta_body("r1", {7}));
  const auto other = twin.next("status.delta", delta_body("r1", {8}));
  node.receive({opening, first, revoked, acme.note("more")});
  const auto change = [&](const char* sql, const std::string& text, const std::string& where) {
    node.write([&](core::Transaction& tx) {
      tx.query(sql).bind(std::string_view(text), std::string_view(where)).run();
      REQUIRE(tx.changes() == 1);
    });
  };
  REQUIRE_NOTHROW(node.restart());
  SECTION("a statement in the middle, well formed and well signed") {
    change("UPDATE statement SET text = ? WHERE hash = ?", other.text, revoked.hash);
    CHECK_THROWS_WITH(node.restart(), Catch::Contains("broken at sequence 3"));
  }
  SECTION("the last statement") {
    twin = acme;
    const auto last = acme.note("one story");
    node.receive({last});
    change("UPDATE statement SET text = ? WHERE hash = ?", twin.note("another").text, last.hash);
    CHECK_THROWS_WITH(node.restart(), Catch::Contains("broken"));
  }
  SECTION("the tip") {
    change("UPDATE feed_state SET hash = ? WHERE feed = ?", other.hash,
           consortium.organisations[0].scid);
    CHECK_THROWS_WITH(node.restart(), Catch::Contains("broken"));
  }
}

TEST_CASE("a time far ahead is held, and taken when the clock is there [GOSSIP-06]",
          "[registry][replica][GOSSIP-06]") {
  Fixture f;
  const auto year = std::chrono::hours(24 * 365);
  f.node.receive({f.author.open()});
  const auto root = f.node.root();
  const auto late = f.author.note("next year", kNow + year);
  CHECK(f.node.receive({late}).held.contains(late.hash));
  CHECK(f.node.root() == root);
  Receipt receipt;
  f.node.write(
      [&](core::Transaction& tx) { receipt = must(f.node.replica->retry_held(tx, kNow + year)); });
  CHECK(receipt.accepted == std::vector<std::string>{late.hash});
}

TEST_CASE("of times far ahead no more is held than a feed has room for [GOSSIP-06]",
          "[registry][replica][GOSSIP-06]") {
  Fixture f;
  const auto year = std::chrono::hours(24 * 365);
  f.node.receive({f.author.open()});
  const auto root = f.node.root();
  // Together a third more than there is room for.
  const std::string text(60'000, 'x');
  const std::size_t count = HeldPool::kMaxBytesPerFeed * 4 / 3 / text.size();
  for (std::size_t i = 0; i < count; ++i) f.node.receive({f.author.note(text, kNow + year)});
  const HeldPool& held = f.node.replica->held();
  CHECK(held.bytes() <= HeldPool::kMaxBytesPerFeed);
  CHECK(held.bytes() > HeldPool::kMaxBytesPerFeed - kMaxStatementBytes);
  CHECK(held.size() < count);
  CHECK(f.node.root() == root);
}

TEST_CASE("accepted objects are queued for every peer but the sender until acknowledged",
          "[registry][replica]") {
  Fixture f;
  const auto open = f.author.open();
  f.node.receive({open}, "one");
  CHECK(f.node.outgoing("one").empty());
  const auto queued = f.node.outgoing("two");
  REQUIRE(queued.size() == 1);
  CHECK(queued[0].text == open.text);
  const std::vector<std::int64_t> ns{queued[0].n};
  f.node.write([&](core::Transaction& tx) { f.node.replica->acknowledge(tx, "two", ns); });
  CHECK(f.node.outgoing("two").empty());
}

TEST_CASE("a replica that is loaded as another goes on as if it had read the database itself",
          "[registry][replica]") {
  Branched f;
  f.node.receive(f.up_to_one);
  Replica copy({"one"});
  copy.load_as(*f.node.replica);
  CHECK(copy.view()->root() == f.node.root());
  f.node.write([&](core::Transaction& transaction) {
    Objects objects;
    objects.statements = {f.log[2].text, f.other[1].text};
    const auto receipt = must(copy.receive(transaction, objects, "one", kNow));
    CHECK(receipt.accepted.size() == 2);
    CHECK(receipt.frozen == std::vector<std::string>{f.acme.scid});
  });
  const auto before = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == copy.view()->root());
  CHECK(f.node.root() != before);
}

TEST_CASE("a transaction that fails leaves neither statement, outbox nor view behind",
          "[registry][replica]") {
  Fixture f;
  const std::vector<std::string> texts{f.author.open().text};
  const auto root = f.node.root();
  const auto done = f.node.database->write([&](core::Transaction& tx) -> Result<void, core::Error> {
    must(f.node.replica->receive(tx, Objects{.statements = texts}, "one", kNow));
    return core::fail(core::Error{core::ErrorCode::storage, "on purpose"});
  });
  CHECK_FALSE(done);
  CHECK(f.node.root() == root);
  CHECK(f.node.outgoing("two").empty());
  CHECK(f.node.receive({*parse_statement(texts[0])}).accepted.size() == 1);
}

TEST_CASE("the change cursor pages, and one from elsewhere starts anew", "[registry][replica]") {
  Fixture f;
  f.node.receive({f.author.open(), f.author.note("one"), f.author.note("two")});
  f.node.read([&](core::Connection& c) {
    const auto first = f.node.replica->since(c, 0, 2);
    CHECK(first.ids.size() == 2);
    CHECK(first.more);
    CHECK(first.ids[1].key() == f.acme.scid + "/1/1");
    const auto rest = f.node.replica->since(c, first.cursor, 2);
    CHECK(rest.ids.size() == 1);
    CHECK_FALSE(rest.more);
    CHECK(f.node.replica->since(c, rest.cursor, 2).ids.empty());
    CHECK(f.node.replica->since(c, 999, 10).ids.size() == 3);
    CHECK(f.node.replica->missing(c, first.ids).empty());
  });
}

TEST_CASE("a fetch by range keeps to its size, and gives at least one statement",
          "[registry][replica]") {
  Fixture f;
  f.node.receive({f.author.open(), f.author.note("one"), f.author.note("two")});
  const std::vector<StatementRange> all{{f.acme.scid, 1, 0, (std::int64_t{1} << 53) - 1}};
  const std::vector<std::string> none;
  f.node.read([&](core::Connection& c) {
    CHECK(f.node.replica->fetch(c, all, none, 1).statements.size() == 1);
    CHECK(f.node.replica->fetch(c, all, none, kMaxAnswerBytes).statements.size() == 3);
  });
}

TEST_CASE("a head makes its feed fresh from the moment its statement is here",
          "[registry][replica]") {
  Fixture f;
  const std::vector<Statement> log{f.author.open(), f.author.note("one")};
  const auto later = kNow + std::chrono::minutes(20);
  const auto head = head_of(f.acme, log, kNoLists, later);
  f.node.receive({log[0]});
  const auto limit = std::chrono::minutes(15);
  CHECK_FALSE(f.node.replica->view()->freshness(f.acme.scid, later).within(limit));

  const auto ahead = f.node.receive_head(head, later);
  CHECK(ahead.need == std::set<MissingRange>{{f.acme.scid, 1, 1}});
  CHECK(f.node.replica->view()->freshness(f.acme.scid, later).behind);
  f.node.receive({log[1]}, "one", later);
  const auto age = f.node.replica->view()->freshness(f.acme.scid, later + limit);
  CHECK(age.by_head);
  CHECK(age.within(limit));
  CHECK_FALSE(f.node.replica->view()
                  ->freshness(f.acme.scid, later + limit + core::Milliseconds(1))
                  .within(limit));
  CHECK(f.node.receive_head(head, later).duplicate.size() == 1);
  f.node.restart();
  CHECK(f.node.replica->view()->freshness(f.acme.scid, later).by_head);
}

TEST_CASE("a head that contradicts its feed is a consistency failure [GOSSIP-20]",
          "[registry][replica][GOSSIP-20]") {
  Branched f;
  const auto& log = f.up_to_one;
  f.node.receive(log);
  const auto code = [&](const Head& head) {
    const auto receipt = f.node.receive_head(head);
    return receipt.rejected.empty() ? "" : std::string(code_name(receipt.rejected[0].error.code));
  };
  CHECK(code(head_of(f.acme, f.other, kNoLists, kNow)) == "consistency_failure");
  CHECK(code(head_of(f.acme, log, log[0].hash, kNow)) == "consistency_failure");
  CHECK(code(head_of(f.acme, {log[1]}, kNoLists, kNow)) == "consistency_failure");
  CHECK(code(head_of(f.acme, log, kNoLists, kNow)).empty());
  auto forged = head_of(f.acme, log, kNoLists, kNow + std::chrono::seconds(1));
  CHECK(code(must(sign_head(forged, f.consortium.organisations[1].key))) == "bad_signature");
}

TEST_CASE(
    "a head that contradicts one signed before is a consistency failure, also ahead of the feed",
    "[registry][replica][GOSSIP-20]") {
  Branched f;
  const auto second = std::chrono::seconds(1);
  const auto outcome = [&](const Head& head) -> std::string {
    const auto receipt = f.node.receive_head(head);
    if (!receipt.rejected.empty()) return std::string(code_name(receipt.rejected[0].error.code));
    return receipt.accepted.empty() ? "not accepted" : "accepted";
  };
  f.node.receive({f.log[0]});
  CHECK(outcome(head_of(f.acme, f.up_to_one, kNoLists, kNow)) == "accepted");
  for (const bool has_restarted : {false, true}) {
    if (has_restarted) f.node.restart();
    // Later, at the same time, and earlier: what was signed first is not what came first.
    for (const auto time : {kNow + second, kNow, kNow - second}) {
      CHECK(outcome(head_of(f.acme, f.other, kNoLists, time)) == "consistency_failure");
    }
    const auto forged = head_of(f.acme, f.other, kNoLists, kNow + second);
    CHECK(outcome(must(sign_head(forged, f.consortium.organisations[1].key))) == "bad_signature");
  }
  // Its neighbours: the same again, older and newer, and those of other positions.
  CHECK(outcome(head_of(f.acme, f.up_to_one, kNoLists, kNow - second)) == "not accepted");
  CHECK(outcome(head_of(f.acme, f.up_to_one, kNoLists, kNow + second)) == "accepted");
  CHECK(outcome(head_of(f.acme, {f.log[0]}, kNoLists, kNow + 2 * second)) == "not accepted");
  const std::vector<Statement> other_opening{Author(f.acme, f.charter.network).open(kNow - second)};
  CHECK(outcome(head_of(f.acme, other_opening, kNoLists, kNow - second)) == "consistency_failure");
  CHECK(outcome(head_of(f.acme, f.log, kNoLists, kNow + second)) == "accepted");
}

TEST_CASE("of two heads for one position neither counts, until their author has said more",
          "[registry][replica][GOSSIP-20]") {
  Branched f;
  const auto head_after = [&](const std::vector<Statement>& said, int seconds) {
    return head_of(f.acme, said, kNoLists, kNow + std::chrono::seconds(seconds));
  };
  const auto counted = [&] { return f.node.replica->view()->counted_head(f.acme.scid); };
  f.node.receive({f.log[0]});
  CHECK(f.node.receive_head(head_after(f.other, 0)).accepted.size() == 1);
  f.node.receive({f.log[1]});  // not what the head has announced
  CHECK(counted() == nullptr);
  const auto rejected = f.node.receive_head(head_after(f.up_to_one, 1)).rejected;
  REQUIRE(rejected.size() == 1);
  CHECK(code_name(rejected[0].error.code) == "consistency_failure");
  CHECK(counted() == nullptr);
  f.node.receive({f.log[2]});
  CHECK(f.node.receive_head(head_after(f.log, 2)).accepted.size() == 1);
  REQUIRE(counted() != nullptr);
  CHECK(counted()->sequence == 2);
}

TEST_CASE("a head from the future is held: 120 s is the edge", "[registry][replica]") {
  Fixture f;
  const std::vector<Statement> log{f.author.open()};
  f.node.receive(log);
  const auto edge = kNow + std::chrono::seconds(120);
  CHECK(f.node.receive_head(head_of(f.acme, log, kNoLists, edge + core::Milliseconds(1)))
            .held.size() == 1);
  CHECK(f.node.receive_head(head_of(f.acme, log, kNoLists, edge)).accepted.size() == 1);
}

}  // namespace replica_test
