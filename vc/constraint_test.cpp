#include "vc/constraint.h"

#include <catch2/catch.hpp>

namespace constraint_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;

// Saturday (ISO day 6).
core::Instant at(const char* time) {
  return core::parse_rfc3339(time).value();
}
const char* const kNoon = "2026-11-21T12:00:00Z";

Json json(const char* text) {
  return core::parse_json(text).value();
}

/// "ok", the refusal, or the code if the constraint cannot be read.
std::string judged(const char* constraint, const char* parameters, const char* time = kNoon) {
  const auto read = vc::Constraint::from_json(json(constraint));
  if (!read) return std::string(vc::code_name(read.error().code));
  return read->violation(json(parameters), at(time)).value_or("ok");
}

std::string code_of(const char* constraint) {
  return judged(constraint, "{}");
}

}  // namespace

TEST_CASE("a constraint is satisfied, or says what was wanted and what was given",
          "[vc][constraint]") {
  struct Row {
    const char* constraint;
    const char* parameters;
    const char* expected;
  };
  const std::vector<Row> rows{
      {R"({"type":"eq","param":"/c","value":"USD"})", R"({"c":"USD"})", "ok"},
      {R"({"type":"eq","param":"/c","value":"USD"})", R"({"c":"usd"})",
       R"(eq /c: "usd" is not "USD")"},
      {R"({"type":"eq","param":"/c","value":true})", R"({"c":true})", "ok"},
      {R"({"type":"eq","param":"/c","value":1})", R"({"c":2})", "eq /c: 2 is not 1"},
      {R"({"type":"in","param":"/c","value":["a","b"]})", R"({"c":"b"})", "ok"},
      {R"({"type":"in","param":"/c","value":["a","b"]})", R"({"c":"c"})",
       R"(in /c: "c" is not among ["a","b"])"},
      {R"({"type":"notIn","param":"/c","value":["a","b"]})", R"({"c":"c"})", "ok"},
      {R"({"type":"notIn","param":"/c","value":["a","b"]})", R"({"c":"a"})",
       R"(notIn /c: "a" is among ["a","b"])"},
      {R"({"type":"min","param":"/n","value":5})", R"({"n":5})", "ok"},
      {R"({"type":"min","param":"/n","value":5})", R"({"n":4})", "min /n: 4 is under 5"},
      {R"({"type":"max","param":"/amount/minor","value":10000})", R"({"amount":{"minor":10000}})",
       "ok"},
      {R"({"type":"max","param":"/amount/minor","value":10000})", R"({"amount":{"minor":10001}})",
       "max /amount/minor: 10001 is over 10000"},
      {R"({"type":"prefix","param":"/p","value":"a/b"})", R"({"p":"a/b"})", "ok"},
      {R"({"type":"prefix","param":"/p","value":"a/b"})", R"({"p":"a/b/c"})", "ok"},
      {R"({"type":"prefix","param":"/p","value":"a/b"})", R"({"p":"a/bc"})",
       R"(prefix /p: "a/bc" is not plainly under "a/b")"},
      {R"({"type":"prefix","param":"/p","value":"/a"})", R"({"p":"/a/b"})", "ok"},
      {R"({"type":"maxDataSizeBytes","value":10485760})", R"({"dataSizeBytes":10485760})", "ok"},
      {R"({"type":"maxDataSizeBytes","value":10485760})", R"({"dataSizeBytes":10485761})",
       "maxDataSizeBytes /dataSizeBytes: 10485761 is over 10485760"},
      {R"({"type":"maxDataSizeBytes","value":10,"param":"/size"})", R"({"size":10})", "ok"},
      {R"({"type":"maxDataSizeBytes","value":10})", R"({"dataSizeBytes":-1})",
       "maxDataSizeBytes /dataSizeBytes: -1 is not a size, wanted at most 10"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.constraint, row.parameters);
    CHECK(judged(row.constraint, row.parameters) == row.expected);
  }
}

TEST_CASE("a constraint is not satisfied by a parameter that is missing", "[vc][constraint]") {
  for (const char* constraint :
       {R"({"type":"eq","param":"/c","value":"USD"})",
        R"({"type":"notIn","param":"/c","value":["a"]})",
        R"({"type":"min","param":"/c","value":-5})", R"({"type":"max","param":"/c","value":5})",
        R"({"type":"in","param":"/c","value":["a"]})",
        R"({"type":"prefix","param":"/c","value":"a"})",
        R"({"type":"maxDataSizeBytes","value":5})"}) {
    CAPTURE(constraint);
    CHECK(judged(constraint, R"({"C":"USD"})").find("the parameter is missing") !=
          std::string::npos);
    CHECK(judged(constraint, "null").find("the parameter is missing") != std::string::npos);
  }
}

TEST_CASE("a constraint is not satisfied by a parameter of another type", "[vc][constraint]") {
  for (const char* parameters : {R"({"c":"5"})", R"({"c":4.5})", R"({"c":1e0})", R"({"c":true})",
                                 R"({"c":null})", R"({"c":[1]})", R"({"c":{"minor":1}})"}) {
    CAPTURE(parameters);
    for (const char* constraint : {R"({"type":"max","param":"/c","value":5})",
                                   R"({"type":"notIn","param":"/c","value":[7]})",
                                   R"({"type":"eq","param":"/c","value":1})"}) {
      CHECK(judged(constraint, parameters).find("is of the wrong type") != std::string::npos);
    }
  }
  CHECK(judged(R"({"type":"notIn","param":"/c","value":["a"]})", R"({"c":1})").find("wrong type") !=
        std::string::npos);
}

TEST_CASE("a constraint that is not understood cannot be read", "[vc][constraint]") {
  CHECK(code_of(R"({"type":"requireApproval","quorum":1})") == "unknown_constraint");
  CHECK(code_of(R"({"type":"MAX","param":"/n","value":1})") == "unknown_constraint");
  for (const char* malformed : {R"({})",
                                R"([])",
                                R"("max")",
                                R"({"type":5})",
                                R"({"type":"max","param":"/n","value":1,"unit":"USD"})",
                                R"({"type":"max","param":"/n"})",
                                R"({"type":"max","value":1})",
                                R"({"type":"max","param":"n","value":1})",
                                R"({"type":"max","param":"","value":1})",
                                R"({"type":"max","param":"/n","value":"1"})",
                                R"({"type":"max","param":"/n","value":1.5})",
                                R"({"type":"max","param":"/n","value":null})",
                                R"({"type":"eq","param":"/n","value":{}})",
                                R"({"type":"eq","param":"/n","value":1.5})",
                                R"({"type":"in","param":"/n","value":[]})",
                                R"({"type":"in","param":"/n","value":"a"})",
                                R"({"type":"in","param":"/n","value":["a",1]})",
                                R"({"type":"notIn","param":"/n","value":[[1]]})",
                                R"({"type":"prefix","param":"/n","value":""})",
                                R"({"type":"prefix","param":"/n","value":"/"})",
                                R"({"type":"prefix","param":"/n","value":"a/"})",
                                R"({"type":"prefix","param":"/n","value":"a//b"})",
                                R"({"type":"prefix","param":"/n","value":"a/../b"})",
                                R"({"type":"maxDataSizeBytes","value":-1})"}) {
    CAPTURE(malformed);
    CHECK(code_of(malformed) == "constraint_malformed");
  }
}

TEST_CASE("a prefix is not escaped by what a later reader could decode", "[vc][constraint]") {
  const char* constraint = R"({"type":"prefix","param":"/p","value":"a"})";
  for (const char* path :
       {R"({"p":"a/../b"})", R"({"p":"a/.."})", R"({"p":"a/./b"})", R"({"p":"a//b"})",
        R"({"p":"a/"})", R"({"p":"a/%2e%2E/b"})", R"({"p":"a/%252e"})", R"({"p":"a/x\\..\\b"})",
        R"({"p":"a/x%2Fb"})", R"({"p":"a/x\u0000"})", R"({"p":"A/b"})", R"({"p":"b/a"})"}) {
    CAPTURE(path);
    CHECK(judged(constraint, path) != "ok");
  }
  CHECK(judged(constraint, R"({"p":"a/..b/c.."})") == "ok");
}

TEST_CASE("operating hours begin with their first minute and end before their last",
          "[vc][constraint]") {
  const char* hours =
      R"({"type":"operatingHours","tz":"UTC","days":[1,2,3,4,5,6],"from":"09:00","to":"17:00"})";
  CHECK(judged(hours, "{}", "2026-11-21T09:00:00Z") == "ok");
  CHECK(judged(hours, "{}", "2026-11-21T16:59:59.999Z") == "ok");
  CHECK(judged(hours, "{}", "2026-11-21T17:00:00Z") ==
        "operatingHours: 2026-11-21T17:00:00Z is outside days 1 2 3 4 5 6 from 09:00 to 17:00 UTC");
  CHECK(judged(hours, "{}", "2026-11-21T08:59:59.999Z") != "ok");
  CHECK(judged(hours, "{}", "2026-11-22T12:00:00Z") != "ok");  // Sunday
  CHECK(judged(hours, "{}", "2026-11-23T12:00:00Z") == "ok");  // Monday
  const char* always = R"({"type":"operatingHours","tz":"UTC","from":"00:00","to":"24:00"})";
  CHECK(judged(always, "{}", "2026-11-22T00:00:00Z") == "ok");
  CHECK(judged(always, "{}", "2026-11-22T23:59:59.999Z") == "ok");
}

TEST_CASE("operating hours that are not understood cannot be read", "[vc][constraint]") {
  for (const char* malformed :
       {R"({"type":"operatingHours","tz":"Europe/Berlin","from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"17:00","to":"09:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"09:00","to":"09:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"9:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"09:60","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"09:00","to":"24:01"})",
        R"({"type":"operatingHours","tz":"UTC","days":[],"from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","days":[0],"from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","days":[8],"from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","days":["1"],"from":"09:00","to":"17:00"})",
        R"({"type":"operatingHours","tz":"UTC","from":"09:00","to":"17:00","except":[]})"}) {
    CAPTURE(malformed);
    CHECK(code_of(malformed) == "constraint_malformed");
  }
}

TEST_CASE("a JSON Pointer finds what RFC 6901 says", "[vc][constraint]") {
  // The document and the pointers of RFC 6901, "JSON String Representation".
  const Json document = json(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"m~n":8})");
  const auto integer_at = [&document](const char* pointer) {
    return *vc::at_pointer(document, pointer)->as_integer();
  };
  CHECK(vc::at_pointer(document, "") == &document);
  CHECK(*vc::at_pointer(document, "/foo/0") == Json("bar"));
  CHECK(integer_at("/") == 0);
  CHECK(integer_at("/a~1b") == 1);
  CHECK(integer_at("/c%d") == 2);
  CHECK(integer_at("/m~0n") == 8);
  for (const char* none : {"foo", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/ 1", "/foo/",
                           "/foo/0/x", "/m~n", "/m~2n", "/m~", "/foo/99999999999999999999999"}) {
    CAPTURE(none);
    CHECK(vc::at_pointer(document, none) == nullptr);
  }
}

}  // namespace constraint_test
