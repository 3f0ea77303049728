// What a member, or a stranger who reads and floods, may try against the replicas of the others.

#include <chrono>

#include <catch2/catch.hpp>

#include "core/testing/sanitizer.h"
#include "registry/guard_file.h"
#include "registry/held_pool.h"
#include "registry/own_feed.h"
#include "registry/stopped_agents.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace hostile_member_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  Author author{acme, charter.network};
  Node node{charter};

  const FeedFold& fold() { return *node.replica->view()->feed(acme.scid); }
};

std::size_t as_json_strings(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += core::to_canonical(Json(text)).size();
  return bytes;
}

}  // namespace

TEST_CASE("texts full of quotes do not make a message larger than it may be",
          "[registry][hostile]") {
  constexpr std::size_t kLimit = 200'000;
  Fixture f;
  std::vector<Statement> log{f.author.open()};
  for (int i = 0; i < 12; ++i) log.push_back(f.author.note(std::string(15'000, '"')));
  f.node.receive(log);
  std::vector<std::string> texts;
  f.node.read([&](core::Connection& connection) {
    for (auto& one : f.node.replica->outgoing(connection, "two", 100, kLimit)) {
      texts.push_back(std::move(one.text));
    }
  });
  CHECK(texts.size() > 1);
  CHECK(as_json_strings(texts) <= kLimit);
  const std::vector<StatementRange> all{{f.acme.scid, 1, 0, 100}};
  f.node.read([&](core::Connection& connection) {
    texts = f.node.replica->fetch(connection, all, {}, kLimit).statements;
  });
  CHECK(texts.size() > 1);
  CHECK(as_json_strings(texts) <= kLimit);
}

namespace {

/// A chain of `count` statements after the opening, and a twin of each of them, the highest first.
struct TwoBranches {
  TwoBranches(Author& author, int count) : chain{author.open()} {
    for (int i = 0; i < count; ++i) {
      auto branch = author;
      twins.push_back(branch.note("another " + std::to_string(i)));
      chain.push_back(author.next("agent.suspend",
                                  to_json(AgentSuspension{agent_hash(std::to_string(i)), true})));
    }
    std::reverse(twins.begin(), twins.end());
  }
  std::vector<Statement> chain;
  std::vector<Statement> twins;
};

}  // namespace

TEST_CASE("forks that each lie lower cost one fold for a batch", "[registry][hostile]") {
  Fixture f;
  const TwoBranches made(f.author, 500);
  const auto& opening = made.chain.front();
  f.node.receive(made.chain);
  const auto before = f.node.replica->folded_anew();
  f.node.receive(made.twins);
  CHECK(f.node.replica->folded_anew() - before < 500);
  const auto view = f.node.replica->view();
  REQUIRE(view->frozen(f.acme.scid));
  CHECK(view->frozen(f.acme.scid)->sequence == 1);
  CHECK(view->feed(f.acme.scid)->position()->hash == opening.hash);
  const auto root = view->root();
  f.node.restart();
  CHECK(f.node.root() == root);
}

TEST_CASE("forks that come one by one, each lower, cost each statement a few folds in all",
          "[registry][hostile]") {
  Fixture f;
  constexpr int kCount = core::testing::kSanitized ? 100 : 400;
  const TwoBranches made(f.author, kCount);
  f.node.receive(made.chain);
  Node other(f.charter);
  other.receive(made.chain);
  const auto before = f.node.replica->folded_anew();
  for (std::size_t i = 0; i < made.twins.size(); ++i) {
    f.node.receive({made.twins[i]});
    if (i % 50 != 49) continue;
    // As who hears of the lowest alone, and who folds all from nothing.
    other.receive({made.twins[i]});
    CHECK(other.root() == f.node.root());
    other.restart();
    CHECK(other.root() == f.node.root());
  }
  // Each time all over again it would be half the square of that.
  CHECK(f.node.replica->folded_anew() - before < std::uint64_t{8 * 3 * kCount});
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 1);
}

TEST_CASE("forks of an epoch that another has continued cost no fold", "[registry][hostile]") {
  Fixture f;
  constexpr int kCount = 50;
  const TwoBranches made(f.author, kCount);
  const auto second = KeyHistory(f.acme, 1).after(f.acme.entry, kNow);
  f.node.receive_entries({second.text()});
  f.node.receive(made.chain);
  auto later = f.author.in_epoch(2, second.key, second.key_id, made.chain.back().hash);
  f.node.receive({later.open()});
  const auto root = f.node.root();
  const auto before = f.node.replica->folded_anew();
  for (const auto& twin : made.twins) CHECK(f.node.receive({twin}).frozen.size() == 1);
  CHECK(f.node.replica->folded_anew() == before);
  CHECK_FALSE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.node.root() == root);
  // Once neither opening of that epoch counts they do.
  auto twice = f.author.in_epoch(2, second.key, second.key_id, made.chain.front().hash);
  f.node.receive({twice.open()});
  REQUIRE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->epoch == 1);
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 1);
  const auto end = f.node.root();
  f.node.restart();
  CHECK(f.node.root() == end);
}

TEST_CASE("what is held behind a gap is not checked again for each statement that comes",
          "[registry][hostile]") {
  Fixture f;
  constexpr int kCount = 40;
  std::vector<Statement> chain{f.author.open()};
  for (int i = 0; i < 2 * kCount; ++i) chain.push_back(f.author.note(std::to_string(i)));
  f.node.receive({chain.front()});
  f.node.receive(std::vector<Statement>(chain.begin() + kCount + 1, chain.end()));
  REQUIRE(f.node.replica->held().size() == kCount);
  for (int i = 1; i < kCount; ++i) f.node.receive({chain[static_cast<std::size_t>(i)]});
  f.node.write([&](core::Transaction& tx) { must(f.node.replica->retry_held(tx, kNow)); });
  CHECK(f.node.replica->judged_again() == 0);
  f.node.receive({chain[kCount]});
  CHECK(f.node.replica->judged_again() == kCount);
  CHECK(f.node.replica->held().size() == 0);
  CHECK(f.fold().position()->hash == chain.back().hash);
}

TEST_CASE("what waits for its time is not asked for again, nor what follows it",
          "[registry][hostile]") {
  Fixture f;
  const std::vector<Statement> chain{f.author.open(), f.author.note("ahead", kNow + 2 * kMaxAhead),
                                     f.author.note("follows it", kNow + 2 * kMaxAhead)};
  f.node.receive(chain);
  REQUIRE(f.node.replica->held().size() == 2);
  const auto retried = [&](core::Instant now) {
    Receipt receipt;
    f.node.write(
        [&](core::Transaction& tx) { receipt = must(f.node.replica->retry_held(tx, now)); });
    return receipt;
  };
  const auto waiting = retried(kNow + kMaxAhead - core::Milliseconds(1));
  CHECK(waiting.need.empty());
  CHECK(waiting.need_hashes.empty());
  CHECK(f.node.replica->held().size() == 2);
  CHECK(retried(kNow + kMaxAhead).accepted.size() == 2);
  CHECK(f.node.replica->held().size() == 0);
}

TEST_CASE("of what is held at one place nothing is checked before the one that fits has come",
          "[registry][hostile]") {
  Fixture f;
  std::vector<Statement> chain{f.author.open(), f.author.note("one"), f.author.note("two")};
  std::vector<Statement> beside;
  for (int i = 0; i < 20; ++i) {
    auto draft = f.author.draft("advisory", Json::object());
    draft.sequence = 1;
    draft.previous = core::to_multibase(core::sha256(core::as_bytes(std::to_string(i))));
    beside.push_back(must(sign_statement(draft, f.acme.key)));
  }
  f.node.receive({chain[0]});
  f.node.receive(beside);
  REQUIRE(f.node.replica->held().size() == beside.size());
  f.node.write([&](core::Transaction& tx) { must(f.node.replica->retry_held(tx, kNow)); });
  CHECK(f.node.replica->judged_again() == 0);
  f.node.receive({chain[1]});  // which each of them contradicts
  CHECK(f.node.replica->held().size() == 0);
  REQUIRE(f.node.replica->view()->frozen(f.acme.scid));
  CHECK(f.node.replica->view()->frozen(f.acme.scid)->sequence == 1);
}

TEST_CASE("a clock that went back makes nothing fresh", "[registry][hostile]") {
  Fixture f;
  const auto hour = core::Milliseconds(std::chrono::hours(1));
  f.node.receive({f.author.open()});
  const auto fresh_at = [&](core::Instant at) {
    return f.node.replica->view()->freshness(f.acme.scid, at).within(hour);
  };
  CHECK(fresh_at(kNow));
  CHECK(fresh_at(kNow - kMaxAhead));
  CHECK_FALSE(fresh_at(kNow - kMaxAhead - core::Milliseconds(1)));
  CHECK_FALSE(fresh_at(kNow - 24 * hour));
  f.node.restart();
  CHECK_FALSE(fresh_at(kNow - 24 * hour));
}

TEST_CASE("a false head does not count because it came with its statement",
          "[registry][hostile][GOSSIP-20]") {
  Fixture f;
  const auto opening = f.author.open();
  const auto later = kNow + core::Milliseconds(1000);
  const auto false_head = head_of(f.acme, {opening}, f.charter.network, later);
  f.node.receive(Objects{.statements = {opening.text}, .heads = {false_head.text}});
  CHECK(f.node.replica->view()->counted_head(f.acme.scid) == nullptr);
}

TEST_CASE("the history of one accreditation does not grow without end", "[registry][hostile]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& member = charter.members.begin()->second;
  Statement statement;
  statement.kind = StatementKind::accredit;
  statement.time = kNow;
  auto types = Json::array();
  for (std::size_t i = 0; i < kMaxTypes; ++i) types.push_back("Type" + std::to_string(i));
  statement.body =
      Json::object({{"subject", "did:web:globex.example"}, {"types", types}, {"depth", 0}});
  const FeedRoom room{.accreditations = 10 * kMaxTypes + 7};
  FeedFold fold(room);
  const auto rows = [&] {
    std::size_t count = 0;
    for (const auto& [of, intervals] : fold.accreditations()) count += intervals.size();
    return count;
  };
  for (std::size_t i = 0; i < room.accreditations / kMaxTypes + 10; ++i) {
    statement.time += core::Milliseconds(1);
    fold.apply(statement, member);
  }
  CHECK(rows() <= room.accreditations);
  CHECK(rows() > room.accreditations - kMaxTypes);
  // What is full can still be ended.
  statement.kind = StatementKind::accredit_revoke;
  statement.body = Json::object({{"subject", "did:web:globex.example"}, {"types", types}});
  statement.time += core::Milliseconds(1);
  fold.apply(statement, member);
  CHECK(fold.accreditation("did:web:globex.example", "Type0", statement.time) == nullptr);
}

TEST_CASE("documents of one feed keep to a sum of bytes, and can be deactivated at its limit",
          "[registry][hostile]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& member = charter.members.begin()->second;
  Statement statement;
  statement.kind = StatementKind::did_document;
  statement.time = kNow;
  const auto say = [&](FeedFold& fold, int number, const std::string& status) {
    const auto id = "did:web:" + member.location + ":agents:" + std::to_string(number);
    statement.body = Json::object(
        {{"id", id},
         {"document", Json::object({{"@context", "https://www.w3.org/ns/did/v1"},
                                    {"id", id},
                                    {"alsoKnownAs", Json::array({"https://acme.example/" +
                                                                 std::string(4'000, 'x')})}})},
         {"status", status}});
    fold.apply(statement, member);
    return fold.document(id);
  };
  FeedFold fold({.document_bytes = std::size_t{1} << 20});
  int number = 0;
  while (number < 300 && say(fold, number, "active") != nullptr) ++number;
  CHECK(number > 200);
  CHECK(number < 300);
  REQUIRE(say(fold, 0, "deactivated") != nullptr);
  CHECK(say(fold, 0, "deactivated")->status == DocumentStatus::deactivated);
}

TEST_CASE("strangers' unsigned statements leave room for those of members", "[registry][hostile]") {
  const Consortium consortium(1);
  const Author author(consortium.organisations[0], consortium.charter().network);
  const auto numbered = [&](std::int64_t epoch, std::int64_t sequence) {
    auto draft = author.draft("advisory", Json::object());
    draft.epoch = epoch;
    draft.sequence = sequence;
    return must(sign_statement(draft, author.organisation().key));
  };
  HeldPool pool;
  std::int64_t sequence = 1;
  while (pool.hold(numbered(2, sequence), HeldPool::kMaxUncheckedBytesPerFeed)) ++sequence;
  CHECK(pool.size() == HeldPool::kMaxPerFeed / 4);
  CHECK(pool.hold(numbered(1, 7)));
  const auto taken = pool.take(author.organisation().scid, 1, [](const auto&) { return true; });
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].sequence == 7);
  CHECK(pool.size() == HeldPool::kMaxPerFeed / 4);
}

TEST_CASE("a thief's statement on our feed does not stop the change log", "[registry][hostile]") {
  Fixture f;
  core::testing::TempDir keys;
  DiskGuardFile guard{keys / "guard.json", f.acme.scid};
  OwnFeed own(*f.node.replica, guard, f.acme.key, f.acme.scid, f.acme.key_id);
  f.node.read([&](core::Connection& connection) { must(own.check(connection)); });
  const auto stolen = f.author.open();
  f.node.receive({stolen});
  Author globex(f.consortium.organisations[1], f.charter.network);
  const auto theirs = globex.open();
  f.node.receive({theirs});
  std::vector<std::string> served;
  f.node.read([&](core::Connection& connection) {
    for (const auto& id : f.node.replica->since(connection, 0, 100).ids) served.push_back(id.hash);
  });
  CHECK(served == std::vector<std::string>{stolen.hash, theirs.hash});
}

TEST_CASE("a restored backup signs nothing, and still relays what others said",
          "[registry][hostile]") {
  Fixture f;
  core::testing::TempDir keys;
  DiskGuardFile guard{keys / "guard.json", f.acme.scid};
  OwnFeed before(*f.node.replica, guard, f.acme.key, f.acme.scid, f.acme.key_id);
  f.node.read([&](core::Connection& connection) { must(before.check(connection)); });
  f.node.write([&](core::Transaction& tx) { must(before.open_epoch(tx, kNow)); });
  Author globex(f.consortium.organisations[1], f.charter.network);
  f.node.receive({globex.open()});
  must(guard.write(GuardMark{1, 1, f.charter.network}));
  f.node.restart();
  OwnFeed after(*f.node.replica, guard, f.acme.key, f.acme.scid, f.acme.key_id);
  f.node.read([&](core::Connection& connection) { CHECK_FALSE(after.check(connection)); });
  f.node.read([&](core::Connection& connection) {
    CHECK(f.node.replica->since(connection, 0, 100).ids.size() == 2);
  });
}

}  // namespace hostile_member_test
