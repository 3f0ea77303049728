#include "node/cli/console.h"

#include <sstream>

#include <catch2/catch.hpp>

namespace avow::node::cli::console_test {
namespace {

TEST_CASE("a fault is three lines for people and a problem for programs", "[node][cli]") {
  const Error error{ErrorCode::conflict, "there is \x1B[2J one", "the name", "choose another"};
  std::ostringstream out;
  std::ostringstream err;
  CHECK(Console(out, err, false).fault(error) == 7);
  CHECK(err.str() == "error: there is \\u001b[2J one\nwhy:   the name\nfix:   choose another\n");
  err.str("");
  CHECK(Console(out, err, true).fault(error) == 7);
  const auto problem = core::parse_json(err.str().substr(0, err.str().size() - 1));
  REQUIRE(problem);
  CHECK(*problem->find_string("code") == "conflict");
  CHECK(out.str().empty());
}

TEST_CASE("a result is for people or for programs, never for both", "[node][cli]") {
  std::ostringstream out;
  std::ostringstream err;
  const Console people(out, err, false);
  people.line("revoked");
  people.result(core::Json::object({{"a", 1}}));
  people.table({{"NAME", "STATE"}, {"\xC3\xBC", "on"}, {"\x1B", "off"}});
  CHECK(out.str() ==
        "revoked\n"
        "NAME    STATE\n"
        "\xC3\xBC       on\n"
        "\\u001b  off\n");
  out.str("");
  const Console programs(out, err, true);
  programs.line("revoked");
  programs.table({{"NAME"}});
  programs.result(core::Json::object({{"a", 1}}));
  CHECK(out.str() == "{\"a\":1}\n");
}

TEST_CASE("what programs read does not steer the terminal of who looks at it", "[node][cli]") {
  const std::string name =
      "Acme \xE2\x80\xAE\xC2\x9B"
      "2J";
  const auto value = core::Json::object({{"name", name}});
  std::ostringstream out;
  std::ostringstream err;
  const Console programs(out, err, true);
  programs.result(value);
  CHECK(out.str() == "{\"name\":\"Acme \\u202e\\u009b2J\"}\n");
  CHECK(core::parse_json(out.str().substr(0, out.str().size() - 1)) == value);
  programs.fault({ErrorCode::conflict, name});
  CHECK(err.str().find("\"title\":\"Acme \\u202e\\u009b2J\"") != std::string::npos);
}

}  // namespace
}  // namespace avow::node::cli::console_test
