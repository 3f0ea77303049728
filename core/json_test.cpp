#include "core/json.h"

#include <type_traits>

#include <catch2/catch.hpp>
#include <rapidcheck/catch.h>

#include "core/testing/arbitrary_json.h"

namespace avow::core::json_test {
namespace {

/// The name of the fault, or "accepted".
std::string outcome(std::string_view text, const JsonLimits& limits = {}) {
  const auto json = parse_json(text, limits);
  return json ? "accepted" : std::string(code_name(json.error().code));
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  for (; times > 0; --times) text += piece;
  return text;
}

std::string nested(std::size_t depth) {
  return repeat("[", depth) + repeat("]", depth);
}

TEST_CASE("parse_json reads every kind of value", "[core][json]") {
  const auto json =
      parse_json(R"( {"b":[1,-2,2.5,true,false,null,"x\u00e9\ud83d\ude02\/"],"a":{}} )");
  REQUIRE(json);
  REQUIRE(json->as_object() != nullptr);
  CHECK(json->as_object()->front().first == "a");
  CHECK(json->find("a")->is_object());
  const auto* items = json->find("b")->as_array();
  REQUIRE(items != nullptr);
  REQUIRE(items->size() == 7);
  CHECK(*(*items)[0].as_integer() == 1);
  CHECK(*(*items)[1].as_integer() == -2);
  CHECK((*items)[2].as_number() == 2.5);
  CHECK(*(*items)[3].as_boolean());
  CHECK_FALSE(*(*items)[4].as_boolean());
  CHECK((*items)[5].is_null());
  CHECK(*(*items)[6].as_string() == "x\xC3\xA9\xF0\x9F\x98\x82/");
}

TEST_CASE("parse_json refuses two members of one name [JSON-01] [JSON-02] [JSON-03]",
          "[core][json]") {
  CHECK(outcome(R"({"a":1,"a":2})") == "duplicate_key");
  CHECK(outcome(R"({"a":1,"a":1})") == "duplicate_key");
  CHECK(outcome(R"({"a":1,"\u0061":2})") == "duplicate_key");
  CHECK(outcome(R"({"issuer":"did:a","x":{"y":[]},"issuer":"did:b"})") == "duplicate_key");
  CHECK(outcome(R"({"":1,"":2})") == "duplicate_key");
  CHECK(outcome(R"({"a":1,"b":{"a":2},"c":[{"a":3}]})") == "accepted");
  CHECK(outcome(R"({"a":1,"A":2})") == "accepted");
}

TEST_CASE("parse_json says which object has the duplicate", "[core][json]") {
  const auto json = parse_json(R"({"z":{"q":1},"list":[0,{"k/~":{"a":1,"b":[3],"a":2}}]})");
  REQUIRE_FALSE(json);
  CHECK(json.error().pointer == "/list/1/k~1~0");
  const auto at_the_root = parse_json(R"({"a":1,"a":2})");
  REQUIRE_FALSE(at_the_root);
  CHECK(at_the_root.error().pointer.empty());
}

TEST_CASE("parse_json does not repeat a long name in its fault", "[core][json]") {
  const auto json = parse_json(R"({")" + repeat("k", 1000) + R"(":{"a":1,"a":2}})");
  REQUIRE_FALSE(json);
  CHECK(json.error().pointer.empty());
  CHECK(json.error().detail.size() < 100);
}

TEST_CASE("parse_json ends at its depth [JSON-04] [JSON-05]", "[core][json]") {
  CHECK(outcome(nested(64)) == "accepted");
  CHECK(outcome(nested(65)) == "too_deep");
  CHECK(outcome(repeat(R"({"a":)", 65) + "1" + repeat("}", 65)) == "too_deep");
  CHECK(outcome(repeat("[{\"a\":", 32) + "1" + repeat("}]", 32)) == "accepted");
  JsonLimits large;
  large.max_bytes = 2'000'000;
  CHECK(outcome(repeat("[", 1'000'000), large) == "too_deep");
  CHECK(outcome(nested(100'000), large) == "too_deep");
  CHECK(outcome(repeat("[", 1'000'000)) == "too_large");
  JsonLimits flat;
  flat.max_depth = 0;
  CHECK(outcome("1", flat) == "accepted");
  CHECK(outcome("[]", flat) == "too_deep");
}

TEST_CASE("parse_json counts values [JSON-06]", "[core][json]") {
  JsonLimits limits;
  limits.max_nodes = 4;
  CHECK(outcome(R"([1,{"a":2}])", limits) == "accepted");
  CHECK(outcome(R"([1,{"a":2},3])", limits) == "too_many_nodes");
  CHECK(outcome("[[],[],[],[]]", limits) == "too_many_nodes");
  JsonLimits large;
  large.max_bytes = 1'000'000;
  CHECK(outcome("[" + repeat("1,", 99'998) + "1]", large) == "accepted");
  CHECK(outcome("[" + repeat("1,", 99'999) + "1]", large) == "too_many_nodes");
}

TEST_CASE("parse_json counts bytes before it reads them", "[core][json]") {
  JsonLimits limits;
  limits.max_bytes = 4;
  CHECK(outcome("[10]", limits) == "accepted");
  CHECK(outcome("[100]", limits) == "too_large");
  CHECK(outcome("\xFF\xFF\xFF\xFF\xFF", limits) == "too_large");
}

TEST_CASE("parse_json refuses numbers that a double cannot hold [JSON-07] [JSON-08]",
          "[core][json]") {
  CHECK(outcome("1e400") == "number_range");
  CHECK(outcome("-1e400") == "number_range");
  CHECK(outcome("[1.0e99999]") == "number_range");
  CHECK(outcome("1.7976931348623157e308") == "accepted");
  CHECK(outcome("1e-400") == "accepted");
  CHECK(outcome("NaN") == "malformed_json");
  CHECK(outcome("Infinity") == "malformed_json");
  CHECK(outcome("-Infinity") == "malformed_json");
}

TEST_CASE("parse_json refuses integers outside the safe range [JSON-09] [JSON-10] [JSON-11]",
          "[core][json]") {
  CHECK(outcome("9007199254740991") == "accepted");
  CHECK(outcome("9007199254740992") == "unsafe_integer");
  CHECK(outcome("9007199254740993") == "unsafe_integer");
  CHECK(outcome("-9007199254740991") == "accepted");
  CHECK(outcome("-9007199254740992") == "unsafe_integer");
  CHECK(outcome("9223372036854775808") == "unsafe_integer");
  CHECK(outcome("-9223372036854775809") == "unsafe_integer");
  CHECK(outcome("18446744073709551615") == "unsafe_integer");
  CHECK(outcome("18446744073709551616") == "unsafe_integer");
  CHECK(outcome("1234567890123456789012345678901234567890") == "unsafe_integer");
  CHECK(outcome("1" + repeat("0", 400)) == "unsafe_integer");
  CHECK(outcome("-1" + repeat("0", 400)) == "unsafe_integer");
  CHECK(outcome("1e20") == "accepted");
  CHECK(outcome("18446744073709551616.0") == "accepted");
}

TEST_CASE("the literal decides between integer and double", "[core][json]") {
  CHECK(*parse_json("-0")->as_integer() == 0);
  CHECK(parse_json("-0.0")->as_integer() == nullptr);
  CHECK(parse_json("1.0")->as_integer() == nullptr);
  CHECK(parse_json("1e0")->as_integer() == nullptr);
  CHECK(parse_json("1.0")->as_number() == 1.0);
  CHECK(parse_json("1")->as_number() == 1.0);
}

TEST_CASE("parse_json tells lone surrogates from broken bytes [JSON-16] [JSON-17] [JSON-18]",
          "[core][json]") {
  CHECK(outcome(R"("\ud800")") == "invalid_unicode");
  CHECK(outcome(R"("\udc00")") == "invalid_unicode");
  CHECK(outcome(R"("\ud800A")") == "invalid_unicode");
  CHECK(outcome(R"("\ud800\ud800")") == "invalid_unicode");
  CHECK(outcome(R"({"\udc00":1})") == "invalid_unicode");
  CHECK(outcome(R"("\ud800\udc00")") == "accepted");
  CHECK(outcome(R"("\ud7ff\ue000")") == "accepted");
  for (const std::string_view bytes :
       {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\x80", "\xC3", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98", "\xC3\xC3\xA9"}) {
    CAPTURE(bytes);
    CHECK(outcome('"' + std::string(bytes) + '"') == "invalid_utf8");
    CHECK(outcome('"' + std::string(bytes) + " and some more text\"") == "invalid_utf8");
  }
  for (const std::string_view bytes : {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                       "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF"}) {
    CAPTURE(bytes);
    CHECK(outcome('"' + std::string(bytes) + '"') == "accepted");
  }
}

TEST_CASE("parse_json wants the whole text and nothing else [JSON-19] [JSON-20] [JSON-21]",
          "[core][json]") {
  using namespace std::string_literals;
  CHECK(outcome("{}") == "accepted");
  CHECK(outcome(" {}\r\n\t") == "accepted");
  for (const std::string& text : {"\xEF\xBB\xBF{}"s,
                                  "{}\0"s,
                                  "\0{}"s,
                                  "{}\0{}"s,
                                  "\"a\0b\""s,
                                  "{} x"s,
                                  "{}{}"s,
                                  "[1,]"s,
                                  "/*x*/{}"s,
                                  "{}//x"s,
                                  "01"s,
                                  "+1"s,
                                  "1."s,
                                  ".5"s,
                                  "'a'"s,
                                  ""s,
                                  " "s,
                                  "\"a\nb\""s,
                                  "tru"s,
                                  "{\"a\"}"s,
                                  "{a:1}"s,
                                  "\"\\x\""s,
                                  "\"\\u12\""s,
                                  "[1}"s,
                                  "\xC2\xA0{}"s}) {
    CAPTURE(text);
    CHECK(outcome(text) == "malformed_json");
  }
}

TEST_CASE("a fault of syntax does not quote the text", "[core][json]") {
  const auto json = parse_json(R"(["a secret value" "another"])");
  REQUIRE_FALSE(json);
  CHECK(json.error().detail.find("secret") == std::string::npos);
  CHECK(json.error().detail.find("another") == std::string::npos);
}

TEST_CASE("an escaped NUL is a character of a string [JSON-22]", "[core][json]") {
  const auto json = parse_json(R"("a\u0000b")");
  REQUIRE(json);
  CHECK(*json->as_string() == std::string("a\0b", 3));
}

TEST_CASE("names that differ only in normalisation are two names [JSON-26]", "[core][json]") {
  const auto json = parse_json("{\"\xC3\xA9\":1,\"e\xCC\x81\":2}");
  REQUIRE(json);
  CHECK(*json->find("\xC3\xA9")->as_integer() == 1);
  CHECK(*json->find("e\xCC\x81")->as_integer() == 2);
}

TEST_CASE("find sees every member and nothing else [JSON-25]", "[core][json]") {
  const Json json =
      Json::object({{"b", 2}, {"a", "x"}, {"\xF0\x9F\x98\x82", 3}, {"\xEF\xAC\xB3", 4}});
  CHECK(*json.find("b")->as_integer() == 2);
  CHECK(*json.find("\xF0\x9F\x98\x82")->as_integer() == 3);
  CHECK(*json.find("\xEF\xAC\xB3")->as_integer() == 4);
  CHECK(json.find("c") == nullptr);
  CHECK(json.find("") == nullptr);
  CHECK(json.as_object()->size() == 4);
  CHECK(*json.find_string("a") == "x");
  CHECK(json.find_string("b") == nullptr);
  CHECK(Json(5).find("a") == nullptr);
  CHECK(Json::array().find("a") == nullptr);
}

TEST_CASE("an object of any size finds its members, in whichever order they came", "[core][json]") {
  for (const int size : {1, 15, 16, 17, 18, 100}) {
    Json upwards = Json::object();
    Json downwards = Json::object();
    for (int i = 0; i < size; ++i) {
      upwards.set("name " + std::to_string(i), i);
      downwards.set("name " + std::to_string(size - 1 - i), size - 1 - i);
    }
    CHECK(upwards == downwards);
    CHECK(upwards.as_object()->size() == static_cast<std::size_t>(size));
    for (int i = 0; i < size; ++i) {
      const Json* found = upwards.find("name " + std::to_string(i));
      REQUIRE(found != nullptr);
      CHECK(*found->as_integer() == i);
    }
    CHECK(upwards.find("name") == nullptr);
    CHECK(upwards.find("name " + std::to_string(size)) == nullptr);
    CHECK(upwards.find("") == nullptr);
  }
}

TEST_CASE("set replaces, erase removes, push_back appends", "[core][json]") {
  Json json;
  json.set("a", 1).set("b", 2).set("a", 3);
  CHECK(json == Json::object({{"a", 3}, {"b", 2}}));
  json.erase("a");
  json.erase("missing");
  CHECK(json == Json::object({{"b", 2}}));
  Json list;
  list.push_back(nullptr);
  list.push_back(json);
  CHECK(list == Json::array({Json(), json}));
}

TEST_CASE("take gives what it removes, and null or nothing if there is nothing", "[core][json]") {
  Json json = Json::object({{"a", Json::array({1, 2})}, {"b", 3}});
  CHECK(json.take("a") == Json::array({1, 2}));
  CHECK(json == Json::object({{"b", 3}}));
  CHECK(json.take("a").is_null());
  CHECK(Json(5).take("a").is_null());
  CHECK(Json::array({1, "x"}).take_items() == Json::Array{1, "x"});
  CHECK(Json::object({{"a", 1}}).take_items().empty());
}

TEST_CASE("an object made of members has the last of those with one name", "[core][json]") {
  CHECK(Json::object({{"b", 1}, {"a", 2}, {"b", 3}}) == *parse_json(R"({"a":2,"b":3})"));
  CHECK(Json::object().is_object());
  CHECK(Json::object({}).as_object()->empty());
}

TEST_CASE("numbers are equal by value, whatever their literal", "[core][json]") {
  CHECK(*parse_json("[1,100,0]") == *parse_json("[1.0,1E2,-0.0]"));
  CHECK_FALSE(Json(1) == Json(true));
  CHECK_FALSE(Json(0) == Json());
  CHECK_FALSE(Json("1") == Json(1));
  CHECK_FALSE(Json::array() == Json::object());
  CHECK_FALSE(Json::object({{"a", 1}}) == Json::object({{"b", 1}}));
}

TEST_CASE("a Json made of broken text holds replacement characters", "[core][json]") {
  CHECK(*Json("a\xFF\x62").as_string() == "a\xEF\xBF\xBD\x62");
  CHECK(*Json("\xED\xA0\x80").as_string() == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(*Json("\xC3").as_string() == "\xEF\xBF\xBD");
  CHECK(*Json("\xC3\xA9").as_string() == "\xC3\xA9");
  CHECK(Json().set("\xFF", 1).find("\xEF\xBF\xBD") != nullptr);
}

TEST_CASE("a pointer never becomes true by accident", "[core][json]") {
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Json, const std::string*>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<Json, const Json*>);
  STATIC_REQUIRE(std::is_constructible_v<Json, bool>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Json>);
}

TEST_CASE("utf16_less is the order of the UTF-16 code units [JSON-15]", "[core][json]") {
  // RFC 8785 section 3.2.3: U+1F602 is D83D DE02, before U+FB33.
  CHECK(utf16_less("\xF0\x9F\x98\x82", "\xEF\xAC\xB3"));
  CHECK_FALSE(utf16_less("\xEF\xAC\xB3", "\xF0\x9F\x98\x82"));
  CHECK(utf16_less("", "a"));
  CHECK(utf16_less("a", "aa"));
  CHECK_FALSE(utf16_less("a", "a"));
  rc::prop("as for real UTF-16", [] {
    const auto prefix = *testing::arbitrary_code_points();
    auto a = prefix;
    auto b = prefix;
    for (const char32_t c : *testing::arbitrary_code_points()) a.push_back(c);
    for (const char32_t c : *testing::arbitrary_code_points()) b.push_back(c);
    RC_ASSERT(utf16_less(testing::to_utf8(a), testing::to_utf8(b)) ==
              (testing::to_utf16(a) < testing::to_utf16(b)));
  });
}

}  // namespace
}  // namespace avow::core::json_test
