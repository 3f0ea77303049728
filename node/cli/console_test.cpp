#include "node/cli/console.h"

#include <sstream>

#include <catch2/catch.hpp>

namespace avow::node::cli::console_test {
namespace {

TEST_CASE("what could steer a terminal is shown, not sent to it [VC-35]", "[node][cli][VC-35]") {
  CHECK(printable("plain text, \xC3\xBC and \xE2\x82\xAC") ==
        "plain text, \xC3\xBC and \xE2\x82\xAC");
  CHECK(printable("a\x1B[31mred") == "a\\u001b[31mred");
  CHECK(printable("a\x1B]0;title\x07") == "a\\u001b]0;title\\u0007");
  CHECK(printable("a\nb\rc\td\x08") == "a\\u000ab\\u000dc\\u0009d\\u0008");
  CHECK(printable("del\x7F") == "del\\u007f");
  CHECK(printable(std::string_view("nul\0!", 5)) == "nul\\u0000!");
  CHECK(printable("csi\xC2\x9B"
                  "2J") == "csi\\u009b2J");
  CHECK(printable("osc\xC2\x9D") == "osc\\u009d");
  CHECK(printable("\xC2\x80\xC2\x9F") == "\\u0080\\u009f");
  CHECK(printable("no-break\xC2\xA0space") == "no-break\xC2\xA0space");
}

TEST_CASE("what could show a text in another order or on another line is shown too [VC-35]",
          "[node][cli][VC-35]") {
  CHECK(printable("\xE2\x80\xAA") == "\\u202a");
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a\\u202eb");
  CHECK(printable("\xE2\x81\xA6x\xE2\x81\xA9") == "\\u2066x\\u2069");
  CHECK(printable("\xE2\x80\x8E\xE2\x80\x8F") == "\\u200e\\u200f");  // directional marks
  CHECK(printable("\xD8\x9C") == "\\u061c");                         // Arabic letter mark
  CHECK(printable("a\xE2\x80\xA8"
                  "b\xE2\x80\xA9") == "a\\u2028b\\u2029");  // line and paragraph separator
  CHECK(printable("\xEF\xBB\xBFx") == "\\ufeffx");
  CHECK(printable("dash \xE2\x80\x94, ellipsis \xE2\x80\xA6") ==
        "dash \xE2\x80\x94, ellipsis \xE2\x80\xA6");
}

TEST_CASE("bytes that are no UTF-8 never reach the terminal [VC-35]", "[node][cli][VC-35]") {
  CHECK(printable("raw C1 \x9B"
                  "2J") == "raw C1 \\u009b2J");
  CHECK(printable("\xC2") == "\\u00c2");
  CHECK(printable("\xE2\x80") == "\\u00e2\\u0080");
  CHECK(printable("\xFF") == "\\u00ff");
}

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

}  // namespace
}  // namespace avow::node::cli::console_test
