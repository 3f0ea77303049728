#include "node/log.h"

#include <sstream>

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"

namespace avow::node::log_test {
namespace {

TEST_CASE("what others are called cannot steer the terminal on which a log line is read",
          "[node][log]") {
  std::ostringstream out;
  const core::testing::FakeClock clock(core::Instant{});
  const std::string name = "\x1B[2J\xE2\x80\xAE\xC2\x9B\xEF\xBB\xBF \xC3\xBC\n";
  Log(out, clock).warning("peer_lost", core::Json::object({{"peer", name}}));
  CHECK(out.str() ==
        "{\"event\":\"peer_lost\",\"level\":\"warning\","
        "\"peer\":\"\\u001b[2J\\u202e\\u009b\\ufeff \xC3\xBC\\n\","
        "\"time\":\"1970-01-01T00:00:00.000Z\"}\n");
  const auto line = core::parse_json(out.str().substr(0, out.str().size() - 1));
  REQUIRE(line);
  CHECK(*line->find_string("peer") == name);
}

}  // namespace
}  // namespace avow::node::log_test
