#include "registry/own_feed.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace own_feed_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

struct Fixture {
  Fixture() { start(); }
  void start() {
    own = std::make_unique<OwnFeed>(*node.replica, guard, acme.key, acme.scid, acme.key_id);
  }
  std::string check() {
    Result<void, Error> result;
    node.read([&](core::Connection& connection) { result = own->check(connection); });
    return result ? "" : std::string(code_name(result.error().code));
  }
  bool has_lost_guard() {
    bool is_lost = false;
    node.read([&](core::Connection& connection) {
      is_lost = must(own->guard_loss(connection)).has_value();
    });
    return is_lost;
  }
  bool open() {
    bool opened = false;
    node.write([&](core::Transaction& tx) { opened = must(own->open_epoch(tx, kNow)); });
    return opened;
  }
  Result<Statement, Error> append(core::Instant now = kNow) {
    Result<Statement, Error> result = core::fail(Error{ErrorCode::malformed, ""});
    node.write([&](core::Transaction& tx) {
      result = own->append(tx, "advisory", Json::object({{"text", "x"}}), now);
    });
    return result;
  }
  std::string refusal() {
    const auto result = append();
    return result ? "" : std::string(code_name(result.error().code));
  }
  Changes changes() {
    Changes changes;
    node.read([&](core::Connection& c) { changes = node.replica->since(c, 0, 100); });
    return changes;
  }
  std::size_t served() { return changes().ids.size(); }

  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  Node node{charter};
  core::testing::TempDir keys;
  DiskGuardFile guard{keys / "guard.json", acme.scid};
  std::unique_ptr<OwnFeed> own;
};

}  // namespace

TEST_CASE("a feed opens once and goes on from there", "[registry][own_feed]") {
  Fixture f;
  CHECK(f.refusal() == "restored_backup");  // not checked yet
  CHECK(f.check().empty());
  CHECK(f.refusal() == "feed_not_open");
  CHECK(f.open());
  CHECK_FALSE(f.open());
  CHECK(must(f.append()).sequence == 1);
  CHECK(f.node.replica->view()->feed(f.acme.scid)->position()->sequence == 1);
}

TEST_CASE("what the hour refused of our feed is no evidence against what we say next",
          "[registry][own_feed]") {
  const Fixture f;
  Node node(f.charter, {"one"}, {.others = 1});
  DiskGuardFile guard{f.keys / "other.json", f.acme.scid};
  OwnFeed own(*node.replica, guard, f.acme.key, f.acme.scid, f.acme.key_id);
  node.read([&](core::Connection& connection) { must(own.check(connection)); });
  const auto append = [&](core::Instant now) {
    std::string refusal;
    node.write([&](core::Transaction& tx) {
      const auto said = own.append(tx, "advisory", Json::object({{"text", "x"}}), now);
      if (!said) refusal = code_name(said.error().code);
    });
    return refusal;
  };
  node.write([&](core::Transaction& tx) { must(own.open_epoch(tx, kNow)); });
  CHECK(append(kNow).empty());
  CHECK(append(kNow) == "hourly_limit");
  CHECK(append(kNow + std::chrono::hours(1)).empty());
  CHECK_FALSE(node.replica->view()->frozen(f.acme.scid));
  CHECK(node.replica->view()->feed(f.acme.scid)->position()->sequence == 2);
}

TEST_CASE("where our key signed elsewhere what was refused, nothing is said",
          "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  const auto said = must(f.append());
  must(f.own->release());
  Author elsewhere(f.acme, f.charter.network);
  // As far as ours goes, and then what its time forbids.
  auto draft = elsewhere.draft("advisory", Json::object({{"text", "early"}}));
  draft.previous = said.hash;
  draft.time = kNow - core::Milliseconds(1);
  draft.sequence = GENERATE(2, 3);  // beside the next of ours, or beyond it
  CAPTURE(draft.sequence);
  const auto early = must(sign_statement(draft, f.acme.key));
  const bool is_next = draft.sequence == 2;
  f.node.receive({early});
  f.node.restart();
  f.start();
  CHECK(f.check() == (is_next ? "foreign_statement" : ""));
  CHECK(f.refusal() == (is_next ? "foreign_statement" : ""));
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
}

TEST_CASE("where what our key signed elsewhere waits, nothing is said", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  Author elsewhere(f.acme, f.charter.network);
  const auto ahead = kNow + kMaxAhead + core::Milliseconds(1);
  SECTION("for its time") {
    f.open();
    must(f.own->release());
    elsewhere.open();
    const bool is_well_signed = GENERATE(true, false);
    auto other = elsewhere.draft("advisory", Json::object({{"text", "ahead"}}));
    other.time = ahead;
    const auto& key = is_well_signed ? f.acme.key : f.consortium.organisations[1].key;
    f.node.receive({must(sign_statement(other, key))});
    CHECK(f.refusal() == (is_well_signed ? "foreign_statement" : ""));
  }
  SECTION("an opening for what it continues") {
    KeyHistory keys{f.acme, 1};
    const auto second = keys.after(f.acme.entry, kNow - std::chrono::hours(1));
    f.node.receive_entries({second.text()});
    OwnFeed own(*f.node.replica, f.guard, second.key, f.acme.scid, second.key_id, 2);
    f.node.read([&](core::Connection& connection) { must(own.check(connection)); });
    const auto unknown = elsewhere.open();
    f.node.receive({elsewhere.in_epoch(2, second.key, second.key_id, unknown.hash).open()});
    std::string refusal;
    f.node.write([&](core::Transaction& tx) {
      const auto opened = own.open_epoch(tx, kNow);
      if (!opened) refusal = code_name(opened.error().code);
    });
    CHECK(refusal == "foreign_statement");
  }
}

TEST_CASE("a proof that holds a statement of ours waits for its guard", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  must(f.own->release());
  Author twin(f.acme, f.charter.network);
  twin.open();
  must(f.append());
  f.node.receive({twin.note("another")}, "nobody");
  REQUIRE(f.node.replica->view()->frozen(f.acme.scid));
  const auto proofs_that_leave = [&] {
    std::size_t count = 0;
    for (const auto& one : f.node.outgoing("one")) {
      if (one.object_class == ObjectClass::proof) ++count;
    }
    return count;
  };
  CHECK(f.served() == 1);
  CHECK(f.changes().withheld);
  CHECK(proofs_that_leave() == 0);
  must(f.own->release());
  CHECK(f.served() == 3);
  CHECK(proofs_that_leave() == 1);
}

TEST_CASE("nothing of ours leaves before the guard file knows of it", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  CHECK(f.served() == 0);
  CHECK(f.node.outgoing("one").empty());
  must(f.own->release());
  CHECK(f.served() == 1);
  CHECK(f.node.outgoing("one").size() == 1);
  const auto mark = must(f.guard.read());
  REQUIRE(mark);
  CHECK(mark->sequence == 0);
  CHECK_FALSE(f.changes().withheld);
  const auto next = must(f.append());
  CHECK(f.served() == 1);
  CHECK(f.changes().withheld);
  CHECK_FALSE(f.changes().more);
  must(f.own->release());
  CHECK_FALSE(f.changes().withheld);
  CHECK(must(f.guard.read())->hash == next.hash);
}

TEST_CASE("a guard file ahead of the database is a restored backup", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  const auto last = must(f.append());
  must(f.own->release());
  const auto mark = GuardMark{1, 2, last.hash};
  SECTION("one statement ahead") {
    must(f.guard.write(mark));
    f.start();
    CHECK(f.check() == "restored_backup");
    CHECK(f.refusal() == "restored_backup");
  }
  SECTION("the statements came back from others, the records written with them did not") {
    Fixture fresh;
    Author author(fresh.acme, fresh.charter.network);
    const auto opening = author.open();
    fresh.node.receive({opening});
    must(fresh.guard.write(GuardMark{1, 0, opening.hash}));
    CHECK(fresh.check() == "restored_backup");
    CHECK(fresh.refusal() == "restored_backup");
  }
  SECTION("another hash at the same sequence") {
    must(f.guard.write(GuardMark{1, 1, f.charter.network}));
    f.start();
    CHECK(f.check() == "restored_backup");
  }
  SECTION("the same statement is fine") {
    f.start();
    CHECK(f.check().empty());
    CHECK(f.refusal().empty());
  }
  SECTION("behind is a crash between commit and guard: it is brought forward") {
    const auto newer = must(f.append());
    f.start();
    CHECK(f.check().empty());
    CHECK(must(f.guard.read())->hash == newer.hash);
  }
  SECTION("one that says that nothing was signed, where something was, is lost") {
    CHECK_FALSE(f.has_lost_guard());
    must(f.guard.write({}));
    CHECK(f.has_lost_guard());
    f.start();
    CHECK(f.check().empty());
    CHECK(f.served() == 2);
    CHECK_FALSE(must(f.guard.read()));
    must(f.own->renew_guard());
    CHECK(must(f.guard.read())->hash == last.hash);
    CHECK_FALSE(f.has_lost_guard());
  }
  SECTION("where it is lost, what was said leaves, and no file is made of it") {
    std::filesystem::remove(f.keys / "guard.json");
    f.start();
    CHECK(f.check().empty());
    CHECK(f.served() == 2);
    CHECK(must(f.guard.presence()) == GuardPresence::missing);
    must(f.append());
    CHECK(f.served() == 2);
    must(f.own->release());
    CHECK(must(f.guard.read())->sequence == 2);
    CHECK(f.served() == 3);
  }
  SECTION("one that says anything else is damaged") {
    std::ofstream(f.keys / "guard.json") << R"({"signed":"something"})";
    f.start();
    CHECK(f.check() == "guard_file");
  }
  SECTION("a damaged guard file is no reason to sign") {
    std::ofstream(f.keys / "guard.json") << "{";
    f.start();
    CHECK(f.check() == "guard_file");
    CHECK(f.refusal() == "guard_file");
  }
}

TEST_CASE("a statement of ours that this node did not make stops the signing",
          "[registry][own_feed][GOSSIP-18]") {
  Fixture f;
  REQUIRE(f.check().empty());
  Author thief(f.acme, f.charter.network);
  f.node.receive({thief.open()});
  CHECK(f.refusal() == "foreign_statement");
  f.start();
  CHECK(f.check() == "foreign_statement");
}

TEST_CASE("our own forked feed signs nothing more", "[registry][own_feed][GOSSIP-04]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  Author thief(f.acme, f.charter.network);
  f.node.receive({thief.open(kNow + core::Milliseconds(1))});
  CHECK(f.refusal() == "feed_frozen");
}

TEST_CASE("time does not go back in our feed when the clock does", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  const auto statement = must(f.append(kNow - std::chrono::hours(1)));
  CHECK(statement.time == kNow);
}

TEST_CASE("a head is signed for what has left", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  f.open();
  const auto sign = [&] {
    Result<Head, Error> head = core::fail(Error{ErrorCode::malformed, ""});
    f.node.write([&](core::Transaction& tx) {
      head = f.own->sign_head(tx, std::chrono::seconds(225), kNow + std::chrono::minutes(1));
    });
    return head;
  };
  CHECK(sign().error().code == ErrorCode::not_released);
  must(f.own->release());
  const auto head = must(sign());
  CHECK(head.size == 1);
  CHECK(has_good_signature(head, f.acme.key.public_key()));
  CHECK(f.node.replica->view()->freshness(f.acme.scid, kNow).by_head);
}

TEST_CASE("a position is signed once", "[registry][own_feed]") {
  Fixture f;
  Author author(f.acme, f.charter.network);
  const auto open = author.open();
  f.node.write([&](core::Transaction& tx) {
    FeedWriter store(tx);
    must(store.put_own_signature(open));
    CHECK(store.put_own_signature(open).error().code == ErrorCode::already_signed);
  });
}

TEST_CASE("a look at an older state of the database takes nothing back", "[registry][own_feed]") {
  Fixture f;
  REQUIRE(f.check().empty());
  REQUIRE(f.open());
  must(f.append());
  must(f.own->release());
  Result<void, Error> looked;
  f.node.read([&](core::Connection& connection) {
    REQUIRE(FeedReader(connection).tip(f.acme.scid, 1)->sequence == 1);  // this is what it sees
    must(f.append());
    looked = f.own->check(connection);
  });
  CHECK(looked);
  must(f.own->release());
  CHECK(must(f.guard.read())->sequence == 2);
  CHECK(f.served() == 3);
}

TEST_CASE(
    "what our key has signed and this node has not is noticed also where it is not accepted "
    "[GOSSIP-18]",
    "[registry][own_feed][GOSSIP-18]") {
  Fixture f;
  Author author(f.acme, f.charter.network);
  const auto found = [&](const Objects& objects) {
    std::optional<Error> error;
    f.node.read([&](core::Connection& connection) {
      error = f.own->find_made_elsewhere(connection, objects);
    });
    return error ? std::string(code_name(error->code)) : "";
  };
  REQUIRE(f.check().empty());
  REQUIRE(f.open());
  const auto said = must(f.append());
  Objects ours;
  ours.statements = {said.text};
  CHECK(found(ours).empty());

  // A thief's, or our own of before a backup was put back: the next in line, far ahead in time, or without its
  // predecessor; none of them was offered to the replica.
  Objects theirs;
  theirs.statements = {author.open(kNow + std::chrono::minutes(10)).text};
  CHECK(found(theirs) == "foreign_statement");
  theirs.statements = {author.note("later").text};
  CHECK(found(theirs) == "foreign_statement");
  theirs.statements.front().replace(theirs.statements.front().find("\"proofValue\":\"z") + 15, 4,
                                    "1111");
  CHECK(found(theirs).empty());  // anybody could have written that
}

}  // namespace own_feed_test
