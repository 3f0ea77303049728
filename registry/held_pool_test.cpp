#include "registry/held_pool.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "did/did_webvh_witness.h"
#include "registry/testing/consortium.h"
#include "registry/witness_proof.h"

namespace held_pool_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

/// A text with this version id that nobody has signed.
UnverifiedEntry rubbish(const std::string& feed, const std::string& version_id,
                        std::size_t bytes = 10) {
  return must(parse_log_entry(core::to_canonical(
      Json::object({{"pad", std::string(bytes, 'x')},
                    {"state", Json::object({{"id", "did:webvh:" + feed + ":x"}})},
                    {"versionId", version_id}}))));
}

bool all(const HeldPool::Waiting&) {
  return true;
}

Statement big(const Author& author, std::int64_t sequence) {
  auto draft = author.draft("advisory", Json::object({{"text", std::string(60'000, 'x')}}));
  draft.sequence = sequence;
  return must(sign_statement(draft, author.organisation().key));
}

}  // namespace

TEST_CASE("held statements come back in order and leave nothing behind", "[registry][held]") {
  const Consortium consortium(1);
  Author author(consortium.organisations[0], consortium.charter().network);
  const auto open = author.open();
  const auto one = author.note("one");
  HeldPool pool;
  CHECK(pool.hold(one));
  CHECK(pool.hold(open));
  CHECK_FALSE(pool.hold(one));
  CHECK(pool.contains(one.feed, 1, 1, one.hash));
  CHECK(pool.bytes() == open.text.size() + one.text.size());
  CHECK(pool.take(open.feed, 2, all).empty());
  const auto taken = pool.take(open.feed, 1, all);
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].hash == open.hash);
  CHECK(taken[1].hash == one.hash);
  CHECK(pool.bytes() == 0);
  CHECK(pool.feeds().empty());
}

TEST_CASE("one feed cannot fill the room that is held for all [GOSSIP-07]",
          "[registry][held][GOSSIP-07]") {
  const Consortium consortium(2);
  const auto network = consortium.charter().network;
  const Author flooder(consortium.organisations[0], network);
  HeldPool pool;
  std::int64_t sequence = 1;
  while (pool.hold(big(flooder, sequence))) ++sequence;
  CHECK(pool.bytes() <= HeldPool::kMaxBytesPerFeed);
  CHECK(pool.bytes() > HeldPool::kMaxBytesPerFeed - kMaxStatementBytes);
  Author other(consortium.organisations[1], network);
  CHECK(pool.hold(other.open()));
}

TEST_CASE("what nobody could check yet gets a smaller share", "[registry][held]") {
  const Consortium consortium(1);
  const Author author(consortium.organisations[0], consortium.charter().network);
  HeldPool pool;
  std::int64_t sequence = 1;
  while (pool.hold(big(author, sequence), HeldPool::kMaxUncheckedBytesPerFeed)) ++sequence;
  CHECK(pool.bytes() <= HeldPool::kMaxUncheckedBytesPerFeed);
  CHECK(pool.hold(big(author, sequence)));
}

TEST_CASE("what a witness said of an entry has one place, and its newest stay [GOSSIP-07]",
          "[registry][held][GOSSIP-07]") {
  const auto keys = witness_keys(2);
  const auto said = [&](std::size_t by, std::size_t of, const char* label = "QmLog") {
    const auto id = "2-Qm" + std::to_string(of);
    return must(parse_witness_proof(witness_proof_text(
        label,
        *did::read_webvh_witness_proof(id, did::create_webvh_witness_proof(id, keys[by], kNow)))));
  };
  const auto held = [](const HeldWitnessProofs& pool, std::size_t of) {
    return pool.of("2-Qm" + std::to_string(of)).size();
  };
  HeldWitnessProofs pool;
  CHECK(pool.hold(said(1, 0)));
  CHECK(pool.hold(said(0, 0)));
  CHECK_FALSE(pool.hold(said(0, 0, "QmAnother")));
  CHECK(held(pool, 0) == 2);
  for (std::size_t i = 1; i < HeldWitnessProofs::kMaxPerWitness; ++i) CHECK(pool.hold(said(0, i)));
  CHECK(held(pool, 0) == 2);
  // One more than fits: the oldest of that witness goes, and no other's.
  CHECK(pool.hold(said(0, HeldWitnessProofs::kMaxPerWitness)));
  CHECK(held(pool, 0) == 1);
  CHECK(held(pool, 1) == 1);
  pool.drop("2-Qm1");
  CHECK(held(pool, 1) == 0);
  CHECK(pool.hold(said(0, 1)));
  CHECK(held(pool, 2) == 1);
}

TEST_CASE("entries that nobody verified have a bounded room, in which the newest stay [GOSSIP-07]",
          "[registry][held][GOSSIP-07]") {
  HeldEntries pool;
  const auto hashes = [&](const std::string& feed) {
    std::vector<std::string> held;
    for (const auto& entry : pool.take(feed)) held.push_back(entry.hash);
    return held;
  };
  for (const char* hash : {"a", "b", "c", "d", "e", "f", "g", "h", "i"})
    pool.hold(rubbish("QmOne", std::string("3-") + hash), HeldEntries::Verified::no);
  CHECK(hashes("QmOne") == std::vector<std::string>{"b", "c", "d", "e", "f", "g", "h", "i"});
  CHECK(pool.bytes() == 0);
  // The same text once, another with the same version id beside it.
  pool.hold(rubbish("QmOne", "3-a"), HeldEntries::Verified::no);
  pool.hold(rubbish("QmOne", "3-a"), HeldEntries::Verified::no);
  pool.hold(rubbish("QmOne", "3-a", 11), HeldEntries::Verified::no);
  CHECK(hashes("QmOne").size() == 2);
  // In bytes: whoever takes most gives way.
  pool.hold(rubbish("QmSmall", "3-a"), HeldEntries::Verified::no);
  for (const char* hash : {"a", "b", "c", "d", "e"})
    pool.hold(rubbish("QmLarge", std::string("3-") + hash, 250'000), HeldEntries::Verified::no);
  CHECK(pool.bytes() <= HeldEntries::kMaxUncheckedBytes);
  CHECK(pool.bytes() > HeldEntries::kMaxUncheckedBytes - kMaxLogEntryBytes);
  CHECK(hashes("QmSmall").size() == 1);
  CHECK(hashes("QmLarge") == std::vector<std::string>{"b", "c", "d", "e"});
  // What a log's key has signed has room of its own.
  for (int i = 0; i < 5; ++i)
    pool.hold(rubbish("QmOne", "2-" + std::to_string(i), 250'000), HeldEntries::Verified::yes);
  for (int i = 0; i < 9; ++i)
    pool.hold(rubbish("QmOne", "9-" + std::to_string(i)), HeldEntries::Verified::no);
  CHECK(hashes("QmOne").size() == 5 + HeldEntries::kMaxPerFeed);
}

TEST_CASE("an entry that waits is found by what it waits for, and by nothing else",
          "[registry][held]") {
  HeldEntries pool;
  pool.hold(rubbish("QmOne", "3-a"), HeldEntries::Verified::no);
  pool.hold(rubbish("QmOne", "4-b"), HeldEntries::Verified::yes);
  pool.hold(rubbish("QmTwo", "4-b"), HeldEntries::Verified::yes);
  pool.hold(rubbish("QmTwo", "2-c"), HeldEntries::Verified::yes, kNow);
  CHECK(pool.take("QmOne", 2).empty());
  CHECK(pool.take_due(kNow - core::Milliseconds(1)).empty());
  const auto due = pool.take_due(kNow);
  REQUIRE(due.size() == 1);
  CHECK(due.front().hash == "c");
  CHECK(pool.take_with(4, "c").empty());
  CHECK(pool.take_with(4, "b").size() == 2);
  const auto after = pool.take("QmOne", 3);
  REQUIRE(after.size() == 1);
  CHECK(after.front().hash == "a");
  CHECK(pool.feeds().empty());
}

}  // namespace held_pool_test
