#include "core/printable.h"

#include <cstdint>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"

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

std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto rest = [&](unsigned shift) { return byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0U | code >> 6U), rest(0)};
  if (code < 0x10000) return {byte(0xE0U | code >> 12U), rest(6), rest(0)};
  return {byte(0xF0U | code >> 18U), rest(12), rest(6), rest(0)};
}

TEST_CASE(
    "each end of what changes how a text is shown is escaped, and its neighbours are not "
    "[VC-35]",
    "[core][VC-35]") {
  struct Row {
    std::uint32_t first;
    std::uint32_t last;
    const char* first_escaped;
    const char* last_escaped;
  };
  // Unicode 15: Bidi_Control, Default_Ignorable_Code_Point but FE00 to FE0F, Cc, Zl, Zp.
  const Row rows[] = {
      {0x00, 0x1F, "\\u0000", "\\u001f"},
      {0x7F, 0x9F, "\\u007f", "\\u009f"},
      {0xAD, 0xAD, "\\u00ad", "\\u00ad"},
      {0x61C, 0x61C, "\\u061c", "\\u061c"},
      {0x180B, 0x180F, "\\u180b", "\\u180f"},
      {0x200B, 0x200F, "\\u200b", "\\u200f"},
      {0x2028, 0x202E, "\\u2028", "\\u202e"},
      {0x2060, 0x206F, "\\u2060", "\\u206f"},
      {0x3164, 0x3164, "\\u3164", "\\u3164"},
      {0xFEFF, 0xFEFF, "\\ufeff", "\\ufeff"},
      {0xFFF9, 0xFFFB, "\\ufff9", "\\ufffb"},
      {0x1D173, 0x1D17A, "\\ud834\\udd73", "\\ud834\\udd7a"},
      {0xE0001, 0xE007F, "\\udb40\\udc01", "\\udb40\\udc7f"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.first, row.last);
    CHECK(printable(utf8(row.first)) == row.first_escaped);
    CHECK(printable(utf8(row.last)) == row.last_escaped);
    for (std::uint32_t code = row.first; code <= row.last; ++code)
      CHECK(printable("a" + utf8(code) + "b").starts_with("a\\u"));
  }
  for (const std::uint32_t code :
       {0x20U,   0x7EU,   0xA0U,   0xACU,   0xAEU,    0x61BU,   0x61DU,   0x180AU,  0x1810U,
        0x200AU, 0x2010U, 0x2027U, 0x202FU, 0x205FU,  0x2070U,  0x3163U,  0x3165U,  0xFE0FU,
        0xFEFEU, 0xFF00U, 0xFFFCU, 0xFFFDU, 0x1D172U, 0x1D17BU, 0x1F600U, 0xDFFFFU, 0xE1000U}) {
    CAPTURE(code);
    CHECK(printable(utf8(code)) == utf8(code));
  }
}

TEST_CASE("JSON means the same when it is printable", "[core]") {
  const auto value = Json::object(
      {{utf8(0x202E), "\\" + utf8(0x9B) + "\"" + utf8(0xE0041) + utf8(0x1F600) + "\n"}});
  const auto text = to_canonical(value);
  CHECK(printable(text) != text);
  CHECK(parse_json(printable(text)) == value);
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
