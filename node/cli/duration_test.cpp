#include "node/cli/duration.h"

#include <string>

#include <catch2/catch.hpp>

namespace avow::node::cli::duration_test {
namespace {

TEST_CASE("a duration is a whole number and a unit", "[node][cli][duration]") {
  CHECK(parse_duration("45s") == std::chrono::seconds(45));
  CHECK(parse_duration("15m") == std::chrono::seconds(900));
  CHECK(parse_duration("1h") == std::chrono::seconds(3600));
  CHECK(parse_duration("30d") == std::chrono::seconds(2'592'000));
  CHECK(parse_duration("36500d") == std::chrono::seconds(3'153'600'000));
}

TEST_CASE("anything else is no duration", "[node][cli][duration]") {
  for (const char* text : {"", "s", "45", "0s", "-1h", "+1h", "1.5h", "1 h", "h1", "1hs", "1H",
                           "1w", "36501d", "99999999999999999999s", " 1h", "1h ", "0x10s"}) {
    CAPTURE(text);
    const auto refused = parse_duration(text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::usage);
  }
}

TEST_CASE("what a wrong duration is told to write is not too long for any option",
          "[node][cli][duration]") {
  // Of the options that take one, --ttl allows the least.
  constexpr auto kLeastMaximum = std::chrono::hours(24);
  const std::string fix = parse_duration("1hour").error().fix;
  std::string word;
  std::size_t examples = 0;
  for (const char c : fix + " ") {
    if (c != ' ' && c != ',') {
      word += c;
      continue;
    }
    if (const auto example = parse_duration(word)) {
      ++examples;
      CAPTURE(word);
      CHECK(*example <= kLeastMaximum);
    }
    word.clear();
  }
  CAPTURE(fix);
  CHECK(examples >= 2);
}

}  // namespace
}  // namespace avow::node::cli::duration_test
