#include "core/printable.h"

#include <catch2/catch.hpp>

namespace avow::core::printable_test {

TEST_CASE("what could steer a terminal is shown, not sent to it [VC-35]", "[core][VC-35]") {
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
          "[core][VC-35]") {
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

TEST_CASE("bytes that are no UTF-8 never reach the terminal [VC-35]", "[core][VC-35]") {
  CHECK(printable("raw C1 \x9B"
                  "2J") == "raw C1 \\u009b2J");
  CHECK(printable("\xC2") == "\\u00c2");
  CHECK(printable("\xE2\x80") == "\\u00e2\\u0080");
  CHECK(printable("\xFF") == "\\u00ff");
  CHECK(printable("\xC2"
                  "A") == "\\u00c2A");  // no continuation
  CHECK(printable("\xE2\x80(") == "\\u00e2\\u0080(");
  CHECK(printable("\xC1\x81") == "\\u00c1\\u0081");             // overlong
  CHECK(printable("\xE0\x82\x9B") == "\\u00e0\\u0082\\u009b");  // overlong C1
  CHECK(printable("\xED\xA0\x80") == "\\u00ed\\u00a0\\u0080");  // surrogate
  CHECK(printable("\xF4\x90\x80\x80").starts_with("\\u00f4"));  // above U+10FFFF
}

TEST_CASE("what is quoted is cut at a character [VC-35]", "[core][VC-35]") {
  CHECK(in_quotes("abc", 3) == "\"abc\"");
  CHECK(in_quotes("abcd", 3) == "\"abc\xE2\x80\xA6\"");
  CHECK(in_quotes("ab\xC3\xBC", 4) == "\"ab\xC3\xBC\"");
  CHECK(in_quotes("ab\xC3\xBC", 3) == "\"ab\xE2\x80\xA6\"");
  CHECK(in_quotes("a\x1B", 2) == "\"a\\u001b\"");
}

}  // namespace avow::core::printable_test
