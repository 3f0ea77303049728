// Two readers stand behind parse_json: the quick one may accept only what the explaining one accepts, and as the same.

#include <cstdlib>
#include <filesystem>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

#include "core/canonical_json.h"
#include "core/internal/json_text.h"
#include "core/testing/arbitrary_json.h"
#include "core/testing/same_json.h"
#include "core/testing/vectors.h"

namespace avow::core::json_readers_test {
namespace {

/// Empty, or in which way the readers differ.
std::string difference(std::string_view text, const JsonLimits& limits = {}) {
  const auto quick = internal::read_json_quickly(text, limits);
  const auto explained = internal::explain_json(text, limits);
  if (quick && !explained) return "only the quick reader accepts it";
  if (!quick && explained) return "only the explaining reader accepts it";
  if (quick && !testing::is_same_json(*quick, *explained)) return "they read different values";
  return {};
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  for (; times > 0; --times) text += piece;
  return text;
}

/// JSON text of the value in one of many ways to write it: white space, escapes, members in another order.
std::string written_anyhow(const Json& json) {
  const auto space = [] {
    return std::string(*rc::gen::element<const char*>("", "", "", " ", "\n", "\t\r "));
  };
  if (const auto* items = json.as_array()) {
    std::string text = "[";
    for (const Json& item : *items) {
      text += (text.size() > 1 ? "," : "") + space() + written_anyhow(item) + space();
    }
    return text + "]";
  }
  if (const auto* members = json.as_object()) {
    std::vector<Json::Member> shuffled = *members;
    std::reverse(shuffled.begin(), shuffled.end());
    std::string text = "{";
    for (const auto& [name, value] : shuffled) {
      text += (text.size() > 1 ? "," : "") + space() + written_anyhow(Json(name)) + space() + ":" +
              written_anyhow(value);
    }
    return text + "}";
  }
  if (const auto* string = json.as_string(); string != nullptr && *rc::gen::arbitrary<bool>()) {
    std::string text = "\"";
    for (const char c : *string) {
      const auto byte = static_cast<unsigned char>(c);
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", byte);
      text += byte < 0x80 ? std::string(escape) : std::string(1, c);
    }
    return text + "\"";
  }
  return to_canonical(json);
}

Json arbitrary_document() {
  return Json::object(
      {{"a", testing::make_arbitrary_json(3)},
       {"b", Json::array({testing::make_arbitrary_json(3), testing::make_arbitrary_json(2)})}});
}

/// One small change, of those that make JSON into something that is nearly JSON.
std::string mutated(std::string text) {
  static const std::vector<std::string> pieces{"\"",
                                               "\\",
                                               "{",
                                               "}",
                                               "[",
                                               "]",
                                               ",",
                                               ":",
                                               "0",
                                               "-",
                                               "+",
                                               ".",
                                               "e",
                                               "E9",
                                               "1e4",
                                               "null",
                                               "true",
                                               "NaN",
                                               "\\u",
                                               "\\ud800",
                                               "\xC3",
                                               "\xFF",
                                               " ",
                                               "\n",
                                               "//",
                                               "'",
                                               "\x01",
                                               "\xEF\xBB\xBF",
                                               "999999999999999999",
                                               "\\udc00",
                                               "\"\":1,",
                                               std::string(1, '\0')};
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return text.insert(at, *rc::gen::elementOf(pieces));
    case 1:
      return text.erase(at, 1 + *rc::gen::inRange<std::size_t>(0, 3));
    case 2:
      return text.insert(at, text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size() + 1)));
    default:
      if (at < text.size()) text[at] = static_cast<char>(*rc::gen::inRange(0, 256));
      return text;
  }
}

TEST_CASE("both readers read the same from any document", "[core][json]") {
  rc::prop("however it is written", [] {
    const std::string text = written_anyhow(arbitrary_document());
    RC_ASSERT(difference(text) == "");
  });
}

TEST_CASE("both readers judge a damaged document alike", "[core][json]") {
  rc::prop("after one to three changes", [] {
    std::string text = written_anyhow(arbitrary_document());
    for (int left = *rc::gen::inRange(1, 4); left > 0; --left) text = mutated(std::move(text));
    RC_ASSERT(difference(text) == "");
  });
}

TEST_CASE("both readers judge numbers alike [JSON-07] [JSON-08]", "[core][json]") {
  for (const char* text : {"-0",
                           "-0.0",
                           "0e5",
                           "-0e-5",
                           "1e0",
                           "9007199254740991",
                           "9007199254740992",
                           "-9007199254740991",
                           "-9007199254740992",
                           "9223372036854775807",
                           "9223372036854775808",
                           "18446744073709551615",
                           "18446744073709551616",
                           "-9223372036854775808",
                           "-9223372036854775809",
                           "1e308",
                           "1.7976931348623157e308",
                           "1.7976931348623159e308",
                           "1e309",
                           "-1e309",
                           "1e400",
                           "1e-323",
                           "5e-324",
                           "2e-324",
                           "1e-400",
                           "-1e-400",
                           "0e999999999999999999999",
                           "0.0e-999999999999999999999",
                           "1e999999999999999999999",
                           "1e-999999999999999999999",
                           "01",
                           "-01",
                           "00",
                           "-",
                           "1.",
                           ".1",
                           "1.e1",
                           "1e",
                           "1e+",
                           "+1",
                           "1e+5",
                           "0x10",
                           "1_0",
                           "9007199254740993.0",
                           "2.2250738585072011e-308",
                           "0.1e1",
                           "1E5",
                           "100000000000000000000.0",
                           "123456789012345678901234567890e-10"}) {
    CAPTURE(text);
    CHECK(difference(text) == "");
    CHECK(difference("[" + std::string(text) + "]") == "");
    CHECK(difference("{\"a\":" + std::string(text) + " }") == "");
  }
  CHECK(difference(repeat("9", 400)) == "");
  CHECK(difference("0." + repeat("0", 400) + "1e400") == "");
  CHECK(difference("1" + repeat("0", 400) + ".5e-400") == "");
  CHECK(difference("1" + repeat("0", 400) + "e-400") == "");
  rc::prop("of any digits", [] {
    const auto digits = [](int max) {
      std::string text;
      for (int left = *rc::gen::inRange(1, max); left > 0; --left) {
        text += static_cast<char>('0' + *rc::gen::inRange(0, 10));
      }
      return text;
    };
    std::string text = (*rc::gen::arbitrary<bool>() ? "-" : "") + digits(25);
    if (*rc::gen::arbitrary<bool>()) text += "." + digits(40);
    if (*rc::gen::arbitrary<bool>()) {
      text += *rc::gen::element<const char*>("e", "E-", "e+") + digits(4);
    }
    RC_ASSERT(difference(text) == "");
  });
}

TEST_CASE("both readers keep the limits alike [JSON-04] [JSON-06]", "[core][json]") {
  for (int depth = 0; depth <= 4; ++depth) {
    for (std::size_t nodes = 0; nodes <= 8; ++nodes) {
      JsonLimits limits;
      limits.max_depth = depth;
      limits.max_nodes = nodes;
      for (const char* text : {"1", "[]", "{}", "[[]]", "{\"a\":{}}", "[[[]]]", "[[[1]]]",
                               "{\"a\":{\"b\":{\"c\":1}}}", "[[[[]]]]", "[[[[[]]]]]", "[1,2,3,4,5]",
                               "[[],[],[],[]]", "{\"a\":1,\"b\":[2,{}],\"c\":3}"}) {
        CAPTURE(depth, nodes, text);
        CHECK(difference(text, limits) == "");
      }
    }
  }
  JsonLimits backwards;
  backwards.max_depth = -1;
  CHECK(difference("1", backwards) == "");
  CHECK(difference("[]", backwards) == "");
}

TEST_CASE("a fault is explained and named whichever reader saw it first", "[core][json]") {
  const auto twice = parse_json(R"({"z":{"a":1,"a":2}})");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == ErrorCode::duplicate_key);
  CHECK(twice.error().pointer == "/z");
  const auto broken = parse_json("[1,2,]");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().detail == "not JSON at byte 6");
}

TEST_CASE("a text beyond what the quick reader is given is read all the same", "[core][json]") {
  JsonLimits limits;
  limits.max_bytes = std::size_t{4} << 20U;
  for (const std::size_t size : {(1U << 20U) - 2, (1U << 20U) - 1, 1U << 20U, 3U << 20U}) {
    const auto json = parse_json("\"" + std::string(size, 'x') + "\"", limits);
    REQUIRE(json);
    CHECK(json->as_string()->size() == size);
    CHECK_FALSE(parse_json("\"" + std::string(size, 'x'), limits));
  }
}

TEST_CASE("both readers judge JSONTestSuite alike [JSON-27]", "[core][json][vectors]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS is not set");
    return;
  }
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder / "json-parsing")) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().stem().string());
    CHECK(difference(testing::read_file(entry.path())) == "");
    ++seen;
  }
  CHECK(seen == 318);
}

}  // namespace
}  // namespace avow::core::json_readers_test
