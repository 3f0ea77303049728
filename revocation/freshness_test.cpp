#include "revocation/freshness.h"

#include <catch2/catch.hpp>

namespace freshness_test {

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;

namespace {

core::Json json(std::string_view text) {
  return core::parse_json(text).value();
}

}  // namespace

TEST_CASE("heads are signed anew after a quarter of the limit", "[revocation][freshness]") {
  CHECK(head_interval(15min) == 225s);
  CHECK(head_interval(6s) == 1500ms);
}

TEST_CASE("a charter's tiers are read as whole seconds", "[revocation][freshness]") {
  const auto defaults = json(R"({"low":86400,"normal":900,"high":60})");
  CHECK(parse_freshness_tiers(defaults) == FreshnessTiers{});
  CHECK(to_json(FreshnessTiers{}) == defaults);
  const auto shortened = parse_freshness_tiers(json(R"({"low":3600,"normal":6,"high":1})"));
  REQUIRE(shortened);
  CHECK(shortened->limit(Tier::low) == 1h);
  CHECK(shortened->limit(Tier::normal) == 6s);
  CHECK(shortened->limit(Tier::high) == 1s);
}

TEST_CASE("tiers outside 1 second to 31 days, or with other members, are refused",
          "[revocation][freshness]") {
  const auto code = [](std::string_view text) {
    return parse_freshness_tiers(json(text)).error().code;
  };
  CHECK(parse_freshness_tiers(json(R"({"low":2678400,"normal":900,"high":1})")));
  CHECK(code(R"({"low":2678401,"normal":900,"high":1})") == ErrorCode::malformed_body);
  CHECK(code(R"({"low":86400,"normal":900,"high":0})") == ErrorCode::malformed_body);
  CHECK(code(R"({"low":86400,"normal":900})") == ErrorCode::malformed_body);
  CHECK(code(R"({"low":86400,"normal":900,"high":60,"top":1})") == ErrorCode::malformed_body);
  CHECK(code(R"({"low":86400,"normal":"900","high":60})") == ErrorCode::malformed_body);
}

TEST_CASE("the more is at stake, the younger must be what we know", "[revocation][freshness]") {
  CHECK(parse_freshness_tiers(json(R"({"low":900,"normal":900,"high":900})")));
  for (const char* text :
       {R"({"low":899,"normal":900,"high":60})", R"({"low":86400,"normal":900,"high":901})",
        R"({"low":86400,"normal":5,"high":60})", R"({"low":60,"normal":900,"high":86400})"}) {
    CAPTURE(text);
    const auto refused = parse_freshness_tiers(json(text));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::malformed_body);
  }
}

}  // namespace freshness_test
