#include "registry/held_pool.h"

#include <catch2/catch.hpp>

#include "registry/testing/consortium.h"

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

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
  const auto taken = pool.take(open.feed, 1);
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
