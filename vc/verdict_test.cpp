#include "vc/verdict.h"

#include <catch2/catch.hpp>

namespace verdict_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using vc::Check;
using vc::Outcome;
using vc::Verdict;

Verdict verdict_of(std::vector<Check> checks) {
  Verdict verdict;
  verdict.checks = std::move(checks);
  return verdict;
}

}  // namespace

TEST_CASE("a verdict is accepted only if every check passed", "[vc][verdict]") {
  const Check passed = Check::passed("proof", "good");
  const Check failed = Check::failed("status", "revoked", "bit 7 is set", "ask for another");
  const Check open = Check::undetermined("key", "unavailable", "no answer", "try again");
  CHECK(verdict_of({passed, passed}).outcome() == Outcome::accepted);
  CHECK(verdict_of({passed, open, failed}).outcome() == Outcome::rejected);
  CHECK(verdict_of({passed, open, failed}).code() == "revoked");
  CHECK(verdict_of({passed, open}).outcome() == Outcome::undetermined);
  CHECK(verdict_of({passed, open}).code() == "unavailable");
  CHECK(verdict_of({}).outcome() == Outcome::undetermined);
}

TEST_CASE("what is final leads a verdict before what may end, and nothing else does",
          "[vc][verdict]") {
  const auto failed = [](const char* code) { return Check::failed("x", code, "why", "remedy"); };
  const auto code = [&](const char* first, const char* then) {
    return verdict_of({Check::passed("proof", "good"), failed(first), failed(then)}).code();
  };
  for (const char* stop : {"suspended", "subject_suspended"}) {
    CHECK(code(stop, "revoked") == "revoked");
    CHECK(code(stop, "subject_disowned") == "subject_disowned");
    CHECK(code("revoked", stop) == "revoked");
    CHECK(code(stop, "denied_locally") == stop);
    // What was not found out leads nothing.
    CHECK(verdict_of({failed(stop), Check::undetermined("x", "revoked", "", "")}).code() == stop);
  }
  CHECK(code("bad_proof", "revoked") == "bad_proof");
  CHECK(code("expired", "revoked") == "expired");
}

TEST_CASE("a verdict as JSON leaves the document out", "[vc][verdict]") {
  Verdict verdict = verdict_of({Check::failed(
      "status", "revoked", "bit 7 is set", "ask for another", core::Json::object({{"index", 7}}))});
  verdict.not_checked = {"the weather"};
  verdict.verified_document = core::Json::object({{"secret", "claim"}});
  const auto expected =
      core::parse_json(R"({"verified":false,"outcome":"rejected","profile":"consortium",
    "code":"revoked","notChecked":["the weather"],"checks":[{"name":"status","outcome":"failed","code":"revoked",
    "detail":"bit 7 is set","remedy":"ask for another","evidence":{"index":7}}]})");
  CHECK(verdict.to_json() == expected.value());
}

TEST_CASE("a check shows control characters instead of passing them on", "[vc][verdict][VC-35]") {
  CHECK(Check::passed("x", "a\x1b[31mb\n\x7f").detail == "a\\u001b[31mb\\u000a\\u007f");
  CHECK(Check::passed("x", "\xc2\x9b").detail == "\\u009b");      // C1: CSI
  CHECK(Check::passed("x", "\xe2\x80\xae").detail == "\\u202e");  // right-to-left override
  CHECK(Check::passed("x", "\xff").detail == "\\u00ff");          // no UTF-8
  CHECK(Check::failed("x", "y", "ü€😀", "\t").detail == "ü€😀");
  CHECK(Check::failed("x", "y", "", "\t").remedy == "\\u0009");
}

}  // namespace verdict_test
