#include "registry/gossip/log_reading.h"

#include <catch2/catch.hpp>

namespace avow::registry::gossip::log_reading_test {
namespace {

using registry::Changes;
using registry::ObjectClass;
using registry::ObjectId;

ObjectId statement(std::int64_t sequence, const std::string& feed = "ours") {
  ObjectId id;
  id.object_class = ObjectClass::statement;
  id.feed = feed;
  id.sequence = sequence;
  return id;
}
std::int64_t shown(const LogReading& log) {
  return log.shown() ? log.shown()->sequence : -1;
}

TEST_CASE("of a change log the last statement of one feed is noted", "[registry][gossip]") {
  LogReading log("ours");
  CHECK(log.end() == 0);
  CHECK(shown(log) == -1);
  ObjectId head = statement(9);
  head.object_class = ObjectClass::head;
  log.take_at_end({3, true, {statement(1), head, statement(7, "another's")}});
  CHECK(shown(log) == 1);
  ObjectId later = statement(0);
  later.epoch = 2;
  log.take_at_end({6, false, {statement(2), later, statement(3)}});
  CHECK(log.end() == 6);
  CHECK(log.shown()->epoch == 2);
}

TEST_CASE("a change log is read anew beside its end, which what it lists now replaces at last",
          "[registry][gossip]") {
  LogReading log("ours");
  log.take_at_end({10, false, {statement(1), statement(99)}});
  CHECK_FALSE(log.anew());
  log.begin_anew();
  CHECK(log.anew() == 0);
  CHECK_FALSE(log.take_anew({4, true, {statement(1)}}));
  log.begin_anew();  // the one under way goes on
  CHECK(log.anew() == 4);
  log.take_at_end({12, false, {statement(2)}});
  CHECK(log.end() == 12);
  CHECK(shown(log) == 99);
  CHECK_FALSE(log.take_anew({9, true, {}}));
  SECTION("as far as the other cursor was when it began") {
    CHECK(log.take_anew({10, true, {}}));
  }
  SECTION("or the log goes") {
    CHECK(log.take_anew({9, false, {}}));
  }
  CHECK_FALSE(log.anew());
  CHECK(log.end() == 12);
  CHECK(shown(log) == 2);  // listed at the end meanwhile
  log.begin_anew();
  CHECK(log.anew() == 0);
  CHECK(log.take_anew({0, false, {}}));
  CHECK(shown(log) == -1);
}

}  // namespace
}  // namespace avow::registry::gossip::log_reading_test
