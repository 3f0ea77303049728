#include "core/canonical_json.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <map>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

#include "core/testing/arbitrary_json.h"
#include "core/testing/vectors.h"

namespace avow::core::canonical_json_test {
namespace {

std::string canonical(std::string_view text) {
  const auto json = parse_json(text);
  REQUIRE(json);
  return to_canonical(*json);
}

/// A whole number beyond 2^53 − 1 and below 10^21: ECMAScript writes it as an integer literal.
bool prints_as_unsafe_integer(double value) {
  return std::abs(value) > 9007199254740991.0 && std::abs(value) < 1e21;
}

bool has_unsafe_print(const Json& json) {
  if (const auto* items = json.as_array()) {
    return std::any_of(items->begin(), items->end(), has_unsafe_print);
  }
  if (const auto* members = json.as_object()) {
    return std::any_of(members->begin(), members->end(),
                       [](const Json::Member& m) { return has_unsafe_print(m.second); });
  }
  const auto number = json.as_number();
  return number && prints_as_unsafe_integer(*number);
}

TEST_CASE("to_ecmascript writes the samples of RFC 8785 Appendix B", "[core][canonical_json]") {
  const std::pair<std::uint64_t, const char*> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& sample : samples) {
    CHECK(to_ecmascript(std::bit_cast<double>(sample.first)) == sample.second);
  }
}

TEST_CASE("to_ecmascript is exact and has no digit too many [JSON-14]", "[core][canonical_json]") {
  rc::prop("for any finite double", [] {
    const double value = *testing::arbitrary_finite_double();
    const std::string text = to_ecmascript(value);
    RC_ASSERT(std::strtod(text.c_str(), nullptr) == value);
    // The best text with one significant digit less must be another number.
    std::string digits = text.substr(0, text.find('e'));
    std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
    const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size());
    const std::size_t last = digits.find_last_not_of('0');
    const int significant = static_cast<int>(last - first) + 1;
    RC_PRE(value != 0 && significant > 1);
    char shorter[64];
    std::snprintf(shorter, sizeof(shorter), "%.*e", significant - 2, value);
    RC_ASSERT(std::strtod(shorter, nullptr) != value);
  });
}

TEST_CASE("to_canonical writes numbers as ECMAScript does [JSON-12] [JSON-13]",
          "[core][canonical_json]") {
  CHECK(canonical("[-0,-0.0,0e5]") == "[0,0,0]");
  CHECK(canonical("[1.0,1E2,1e21,1e20,333333333.33333329]") ==
        "[1,100,1e+21,100000000000000000000,333333333.3333333]");
  CHECK(canonical("[-1.5e-7,1e-6,123456.789,-9007199254740991]") ==
        "[-1.5e-7,0.000001,123456.789,-9007199254740991]");
}

TEST_CASE("a double that prints as an unsafe integer cannot be read back",
          "[core][canonical_json]") {
  const std::string text = canonical("1e20");
  CHECK(text == "100000000000000000000");
  const auto again = parse_json(text);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::unsafe_integer);
}

TEST_CASE("to_canonical escapes what RFC 8785 names and nothing else", "[core][canonical_json]") {
  CHECK(canonical(R"("\u0000\u0001\u0007\b\t\n\u000b\f\r\u001f\"\\\/\u007f\u00e9\u2028<")") ==
        "\"\\u0000\\u0001\\u0007\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\x7F\xC3\xA9\xE2\x80\xA8<\"");
  CHECK(canonical("{\"\\n\":1}") == "{\"\\n\":1}");
}

TEST_CASE("to_canonical escapes a character wherever it stands", "[core][canonical_json]") {
  const std::map<char, std::string> named{{'\b', "\\b"}, {'\t', "\\t"}, {'\n', "\\n"},
                                          {'\f', "\\f"}, {'\r', "\\r"}, {'"', "\\\""},
                                          {'\\', "\\\\"}};
  for (const std::string filling : {"x", "\xC3\xBF", "\x7F", "!"}) {
    std::string around;
    for (int i = 0; i < 9; ++i) around += filling;
    for (std::size_t before = 0; before <= around.size(); before += filling.size()) {
      for (int code = 0; code < 0x80; ++code) {
        const char c = static_cast<char>(code);
        char numbered[8];
        std::snprintf(numbered, sizeof(numbered), "\\u%04x", static_cast<unsigned>(code));
        const std::string expected = named.contains(c) ? named.at(c)
                                     : code < 0x20     ? std::string(numbered)
                                                       : std::string(1, c);
        std::string written = "\"";
        written.append(around, 0, before).append(expected).append(around).append("\"");
        CHECK(to_canonical(Json(around.substr(0, before) + c + around)) == written);
      }
    }
  }
}

TEST_CASE("to_canonical orders members by UTF-16 [JSON-15]", "[core][canonical_json]") {
  // The sample of RFC 8785 section 3.2.3.
  const std::string text = canonical(
      R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",)"
      R"("1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",)"
      R"("\u00f6":"Latin Small Letter O With Diaeresis"})");
  CHECK(text ==
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
        "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
        "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\","
        "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

TEST_CASE("to_canonical keeps names apart that differ in normalisation [JSON-26]",
          "[core][canonical_json]") {
  CHECK(canonical("{\"\xC3\xA9\":1,\"e\xCC\x81\":2}") == "{\"e\xCC\x81\":2,\"\xC3\xA9\":1}");
}

TEST_CASE("to_canonical writes the vectors of the RFC's authors [JSON-28]",
          "[core][canonical_json][vectors]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS is not set");
    return;
  }
  for (const char* name : {"arrays", "french", "structures", "unicode", "values", "weird"}) {
    CAPTURE(name);
    const std::string file = std::string(name) + ".json";
    const auto json = parse_json(testing::read_file(*folder / "jcs" / "input" / file));
    REQUIRE(json);
    CHECK(to_canonical(*json) == testing::read_file(*folder / "jcs" / "output" / file));
  }
}

TEST_CASE("to_canonical_without leaves out the outermost member only", "[core][canonical_json]") {
  const auto json = parse_json(R"({"proof":1,"a":{"proof":2},"z":[]})");
  REQUIRE(json);
  CHECK(to_canonical_without(*json, "proof") == R"({"a":{"proof":2},"z":[]})");
  CHECK(to_canonical_without(*json, "a") == R"({"proof":1,"z":[]})");
  CHECK(to_canonical_without(*json, "z") == R"({"a":{"proof":2},"proof":1})");
  CHECK(to_canonical_without(*json, "") == to_canonical(*json));
  CHECK(to_canonical_without(Json::object({{"proof", 1}}), "proof") == "{}");
  CHECK(to_canonical_without(Json::array({*json}), "proof") == to_canonical(Json::array({*json})));
}

TEST_CASE("what to_canonical writes is read back as the same value", "[core][canonical_json]") {
  rc::prop("for any value", [] {
    const Json json = testing::make_arbitrary_json(3);
    RC_PRE(!has_unsafe_print(json));
    const std::string text = to_canonical(json);
    const auto again = parse_json(text);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == json);
    RC_ASSERT(to_canonical(*again) == text);
  });
}

}  // namespace
}  // namespace avow::core::canonical_json_test
