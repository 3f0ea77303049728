#include "core/timestamp.h"

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

namespace avow::core::timestamp_test {
namespace {

std::int64_t milliseconds(std::string_view text) {
  CAPTURE(text);
  const auto at = parse_rfc3339(text);
  REQUIRE(at);
  return at->time_since_epoch().count();
}

bool is_refused(std::string_view text) {
  const auto at = parse_rfc3339(text);
  return !at && at.error().code == ErrorCode::bad_datetime;
}

TEST_CASE("parse_rfc3339 reads moments to the millisecond", "[core][timestamp]") {
  // Seconds since the epoch as `date -u -d … +%s` gives them.
  CHECK(milliseconds("1970-01-01T00:00:00Z") == 0);
  CHECK(milliseconds("2026-11-21T08:00:00Z") == 1795248000000);
  CHECK(milliseconds("1969-12-31T23:59:59.999Z") == -1);
  CHECK(milliseconds("2026-11-21T08:00:00.1Z") == 1795248000100);
  CHECK(milliseconds("2026-11-21T08:00:00.123456789Z") == 1795248000123);
  CHECK(milliseconds("2026-11-21T08:00:00.000999999Z") == 1795248000000);
  CHECK(milliseconds("0001-01-01T00:00:00Z") == -62135596800000);
  CHECK(milliseconds("9999-12-31T23:59:59.999Z") == 253402300799999);
}

TEST_CASE("parse_rfc3339 subtracts the offset", "[core][timestamp]") {
  CHECK(milliseconds("2026-11-21T09:30:00+01:30") == 1795248000000);
  CHECK(milliseconds("2026-11-20T18:00:00-14:00") == 1795248000000);
  CHECK(milliseconds("2026-11-21T22:00:00+14:00") == 1795248000000);
  CHECK(milliseconds("2026-11-21T08:00:00-00:00") == 1795248000000);
  // RFC 3339 section 5.8: these two are the same moment.
  CHECK(milliseconds("1996-12-19T16:39:57-08:00") == milliseconds("1996-12-20T00:39:57Z"));
}

TEST_CASE("parse_rfc3339 knows the calendar", "[core][timestamp]") {
  CHECK_FALSE(is_refused("2024-02-29T00:00:00Z"));
  CHECK(is_refused("2023-02-29T00:00:00Z"));
  CHECK(is_refused("2024-02-30T00:00:00Z"));
  CHECK_FALSE(is_refused("2000-02-29T00:00:00Z"));
  CHECK(is_refused("1900-02-29T00:00:00Z"));
  CHECK(is_refused("2026-04-31T00:00:00Z"));
  CHECK(is_refused("2026-00-01T00:00:00Z"));
  CHECK(is_refused("2026-13-01T00:00:00Z"));
  CHECK(is_refused("2026-01-00T00:00:00Z"));
  CHECK(is_refused("2026-01-32T00:00:00Z"));
}

TEST_CASE("parse_rfc3339 refuses what is no moment", "[core][timestamp]") {
  for (const std::string_view text : {"",
                                      "2026-11-21",
                                      "2026-11-21T08:00:00",
                                      "2026-11-21T08:00Z",
                                      "2026-11-21 08:00:00Z",
                                      "2026-11-21t08:00:00Z",
                                      "2026-11-21T08:00:00z",
                                      "2026-11-21T24:00:00Z",
                                      "2026-11-21T23:60:00Z",
                                      "2016-12-31T23:59:60Z",
                                      "10000-01-01T00:00:00Z",
                                      "0000-12-31T00:00:00Z",
                                      "-001-01-01T00:00:00Z",
                                      "+2026-11-21T08:00:00Z",
                                      "2026-11-21T08:00:00.Z",
                                      "2026-11-21T08:00:00.1234567890Z",
                                      "2026-11-21T08:00:00,5Z",
                                      "2026-11-21T08:00:00+1:00",
                                      "2026-11-21T08:00:00+0100",
                                      "2026-11-21T08:00:00+01",
                                      "2026-11-21T08:00:00+14:01",
                                      "2026-11-21T08:00:00+15:00",
                                      "2026-11-21T08:00:00+01:60",
                                      "2026-11-21T08:00:00+00:00Z",
                                      "2026-11-21T08:00:00Z ",
                                      " 2026-11-21T08:00:00Z",
                                      "2026-11-21T08:00:00ZZ",
                                      "2026-1-21T08:00:00Z",
                                      "2026-11-21T8:00:00Z",
                                      "2026/11/21T08:00:00Z",
                                      "20261121T080000Z",
                                      "2026-11-21T08:00:0 Z"}) {
    CAPTURE(text);
    CHECK(is_refused(text));
  }
  CHECK(is_refused(std::string_view("2026-11-21T08:00:00Z\0", 21)));
}

TEST_CASE("parse_rfc3339 refuses moments that an offset moves out of the four-digit years",
          "[core][timestamp]") {
  CHECK(is_refused("0001-01-01T00:00:00+00:01"));
  CHECK_FALSE(is_refused("0001-01-01T00:01:00+00:01"));
  CHECK(is_refused("9999-12-31T23:59:59-00:01"));
  CHECK_FALSE(is_refused("9999-12-31T23:58:59-00:01"));
}

TEST_CASE("moments are written with or without milliseconds", "[core][timestamp]") {
  const Instant at{Milliseconds{1795248000007}};
  CHECK(format_seconds(at) == "2026-11-21T08:00:00Z");
  CHECK(format_milliseconds(at) == "2026-11-21T08:00:00.007Z");
  CHECK(format_seconds(Instant{Milliseconds{-1}}) == "1969-12-31T23:59:59Z");
  CHECK(format_milliseconds(Instant{Milliseconds{-62135596800000}}) == "0001-01-01T00:00:00.000Z");
}

TEST_CASE("moments beyond the four-digit years are written as the nearest one",
          "[core][timestamp]") {
  CHECK(format_milliseconds(Instant::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(format_seconds(Instant::min()) == "0001-01-01T00:00:00Z");
}

TEST_CASE("what is written is read back", "[core][timestamp]") {
  rc::prop("for any moment", [] {
    const Instant at{
        Milliseconds{*rc::gen::inRange<std::int64_t>(-62135596800000, 253402300800000)}};
    RC_ASSERT(parse_rfc3339(format_milliseconds(at)) == at);
    RC_ASSERT(parse_rfc3339(format_seconds(at)) == std::chrono::floor<std::chrono::seconds>(at));
  });
}

}  // namespace
}  // namespace avow::core::timestamp_test
