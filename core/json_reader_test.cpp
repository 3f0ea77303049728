#include "core/json_reader.h"

#include <catch2/catch.hpp>

namespace avow::core::json_reader_test {
namespace {

using Members = JsonReader::Members;

Json parsed(std::string_view text) {
  auto json = parse_json(text);
  REQUIRE(json);
  return std::move(*json);
}

/// The first fault as "code pointer", or "ok".
std::string outcome(const JsonReader& reader, Members members = Members::closed) {
  const auto fault = reader.finish(members);
  return fault ? std::string(code_name(fault->code)) + " " + fault->pointer : "ok";
}

/// What happens when `read` takes a member from the object of that text.
template <class Read>
std::string outcome_of(std::string_view text, Read read) {
  const Json json = parsed(text);
  JsonReader reader(json);
  read(reader);
  return outcome(reader);
}

TEST_CASE("JsonReader reads typed members", "[core][json_reader]") {
  const Json json = parsed(
      R"({"s":"did:x","t":"","i":-3,"b":true,"at":"1970-01-01T00:00:01Z","o":{},"a":[1],"n":null})");
  JsonReader reader(json);
  CHECK(reader.string("s") == "did:x");
  CHECK(reader.text("t").empty());
  CHECK(reader.integer("i", -3, 0) == -3);
  CHECK(reader.boolean("b"));
  CHECK(reader.instant("at") == Instant{Milliseconds{1000}});
  CHECK(reader.object("o") == json.find("o"));
  CHECK(reader.array("a", 1) == json.find("a")->as_array());
  CHECK(reader.any("n") == json.find("n"));
  CHECK_FALSE(reader.optional_string("no"));
  CHECK_FALSE(reader.optional_integer("no", 0, 1));
  CHECK_FALSE(reader.optional_instant("no"));
  CHECK(reader.any("no") == nullptr);
  CHECK(reader.ok());
  CHECK(outcome(reader) == "ok");
}

TEST_CASE("JsonReader names a missing member and leaves the document alone [JSON-25]",
          "[core][json_reader]") {
  const Json json = parsed("{}");
  const auto missing = [&json](auto read) {
    JsonReader reader(json, "/body");
    read(reader);
    return outcome(reader);
  };
  CHECK(missing([](JsonReader& r) { r.string("x"); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.text("x"); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.integer("x", 0, 1); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.boolean("x"); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.instant("x"); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.object("x"); }) == "missing_member /body/x");
  CHECK(missing([](JsonReader& r) { r.array("x", 9); }) == "missing_member /body/x");
  CHECK(json == Json::object());
}

TEST_CASE("JsonReader refuses other types [JSON-23]", "[core][json_reader]") {
  CHECK(outcome_of(R"({"x":5})", [](JsonReader& r) { CHECK(r.string("x").empty()); }) == "type /x");
  CHECK(outcome_of(R"({"x":null})", [](JsonReader& r) { r.optional_string("x"); }) == "type /x");
  CHECK(outcome_of(R"({"x":["a"]})", [](JsonReader& r) { r.text("x"); }) == "type /x");
  CHECK(outcome_of(R"({"x":1})", [](JsonReader& r) { CHECK_FALSE(r.boolean("x")); }) == "type /x");
  CHECK(outcome_of(R"({"x":1})", [](JsonReader& r) { r.instant("x"); }) == "type /x");
  CHECK(outcome_of(R"({"x":[]})", [](JsonReader& r) { CHECK(r.object("x") == nullptr); }) ==
        "type /x");
  CHECK(outcome_of(R"({"x":{}})", [](JsonReader& r) { CHECK(r.array("x", 9) == nullptr); }) ==
        "type /x");
  for (const std::string_view text : {"[]", "null", "5", "\"x\""}) {
    const Json json = parsed(text);
    const JsonReader reader(json, "/body");
    CHECK(outcome(reader) == "type /body");
  }
}

TEST_CASE("JsonReader takes integers within the bounds only [JSON-24]", "[core][json_reader]") {
  const auto index = [](std::string_view literal) {
    return outcome_of("{\"x\":" + std::string(literal) + "}",
                      [](JsonReader& r) { r.integer("x", 0, 4294967295); });
  };
  CHECK(index("0") == "ok");
  CHECK(index("4294967295") == "ok");
  for (const std::string_view bad :
       {"1.9", "1.0", "true", "-1", "4294967296", "4294967297", "\"1\""}) {
    CAPTURE(bad);
    CHECK(index(bad) == "type /x");
  }
  CHECK(outcome_of(R"({"x":2})",
                   [](JsonReader& r) { CHECK(r.optional_integer("x", 0, 2) == 2); }) == "ok");
  CHECK(outcome_of(R"({"x":3})",
                   [](JsonReader& r) { CHECK_FALSE(r.optional_integer("x", 0, 2)); }) == "type /x");
}

TEST_CASE("JsonReader wants identifiers without control characters [JSON-22]",
          "[core][json_reader]") {
  const auto identifier = [](const std::string& content) {
    return outcome_of("{\"x\":\"" + content + "\"}", [](JsonReader& r) { r.string("x"); });
  };
  CHECK(identifier("did:x") == "ok");
  CHECK(identifier("a b~\xC2\xA0\xC3\x80\xE4\xBA\x80") == "ok");
  CHECK(identifier("") == "type /x");
  for (const char* bad : {"did:x\\u0000", "\\n", "\\u001f", "\x7F", "\\u0080", "\\u009f"}) {
    CAPTURE(bad);
    CHECK(identifier(bad) == "control_char /x");
  }
  CHECK(outcome_of(R"({"x":"a\n"})", [](JsonReader& r) { r.optional_string("x"); }) ==
        "control_char /x");
  CHECK(outcome_of(R"({"x":"a\n"})", [](JsonReader& r) { CHECK(r.text("x") == "a\n"); }) == "ok");
}

TEST_CASE("JsonReader bounds texts and arrays", "[core][json_reader]") {
  CHECK(outcome_of(R"({"x":"abc"})", [](JsonReader& r) { r.string("x", 3); }) == "ok");
  CHECK(outcome_of(R"({"x":"abcd"})", [](JsonReader& r) { CHECK(r.string("x", 3).empty()); }) ==
        "too_large /x");
  CHECK(outcome_of(R"({"x":"abcd"})", [](JsonReader& r) { CHECK(r.text("x", 3).empty()); }) ==
        "too_large /x");
  CHECK(outcome_of(R"({"x":[1,2]})", [](JsonReader& r) { CHECK(r.array("x", 2) != nullptr); }) ==
        "ok");
  CHECK(outcome_of(R"({"x":[1,2]})", [](JsonReader& r) { CHECK(r.array("x", 1) == nullptr); }) ==
        "too_large /x");
}

TEST_CASE("JsonReader reads moments", "[core][json_reader]") {
  CHECK(outcome_of(R"({"x":"2026-02-30T00:00:00Z"})", [](JsonReader& r) { r.instant("x"); }) ==
        "bad_datetime /x");
  CHECK(outcome_of(R"({"x":"now"})", [](JsonReader& r) { r.optional_instant("x"); }) ==
        "bad_datetime /x");
}

TEST_CASE("JsonReader keeps the first fault and then reads nothing", "[core][json_reader]") {
  const Json json = parsed(R"({"a":1,"b":"text","c":{}})");
  JsonReader reader(json);
  CHECK(reader.string("a").empty());
  CHECK_FALSE(reader.ok());
  CHECK(reader.string("b").empty());
  CHECK(reader.object("c") == nullptr);
  CHECK(reader.any("c") == nullptr);
  reader.fault(ErrorCode::malformed_proof, "b", "later");
  CHECK(outcome(reader) == "type /a");
}

TEST_CASE("JsonReader records the fault of its caller", "[core][json_reader]") {
  const Json json = parsed("{}");
  JsonReader reader(json, "/list/0");
  reader.fault(ErrorCode::malformed_proof, "a/b~c", "why");
  const auto fault = reader.finish(Members::open);
  REQUIRE(fault);
  CHECK(fault->pointer == "/list/0/a~1b~0c");
  CHECK(fault->detail == "why");
}

TEST_CASE("a closed object has no member that nobody read", "[core][json_reader]") {
  const Json json = parsed(R"({"a":1,"b":2})");
  JsonReader reader(json, "/p");
  reader.any("a");
  CHECK(outcome(reader, Members::open) == "ok");
  CHECK(outcome(reader, Members::closed) == "unknown_member /p/b");
  reader.any("b");
  CHECK(outcome(reader, Members::closed) == "ok");
}

TEST_CASE("a fault does not repeat a long name", "[core][json_reader]") {
  const Json json = Json::object({{std::string(257, 'k'), 1}});
  const JsonReader reader(json, "/p");
  CHECK(outcome(reader) == "unknown_member /p");
  const Json shorter = Json::object({{std::string(256, 'k'), 1}});
  const JsonReader other(shorter);
  CHECK(outcome(other) == "unknown_member /" + std::string(256, 'k'));
}

}  // namespace
}  // namespace avow::core::json_reader_test
