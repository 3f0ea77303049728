#include "revocation/status_list_checker.h"

#include <map>

#include <catch2/catch.hpp>

namespace status_list_checker_test {

using namespace avow;
using namespace avow::revocation;
using vc::CheckOutcome;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:00:00Z").value();
constexpr const char* kAcme = "did:web:acme.example";
constexpr const char* kRevocations = "https://acme.example/status/r1";
constexpr const char* kSuspensions = "https://acme.example/status/s1";

/// Lists, or the fault of asking for one, as a test puts them there.
class ScriptedSource final : public StatusSource {
 public:
  void put(const std::string& url, const std::string& issuer, StatusPurpose purpose,
           const std::vector<std::uint32_t>& set) {
    auto bits = std::make_shared<StatusBits>();
    for (const auto index : set) bits->set(StatusListIndex(index));
    answers_.insert_or_assign(url,
                              KnownList{issuer,
                                        {purpose},
                                        bits->bytes(),
                                        bits,
                                        core::Json::object({{"sequence", 41}, {"ageSeconds", 3}})});
  }
  void refuse(const std::string& url, ErrorCode code) {
    answers_.insert_or_assign(url, fail(Error{code, "as scripted"}));
  }
  Result<KnownList, Error> find(const std::string& /*issuer*/, const std::string& url,
                                core::Instant /*now*/) const override {
    const auto found = answers_.find(url);
    if (found == answers_.end()) return fail(Error{ErrorCode::status_retrieval_error, "unknown"});
    return found->second;
  }

 private:
  std::map<std::string, Result<KnownList, Error>> answers_;
};

struct Fixture {
  ScriptedSource source;
  StatusListChecker checker{source};

  Fixture() {
    source.put(kRevocations, kAcme, StatusPurpose::revocation, {0, 5});
    source.put(kSuspensions, kAcme, StatusPurpose::suspension, {6});
  }
  vc::Check ask(const vc::StatusEntry& entry, const std::string& issuer = kAcme) const {
    return checker.check_status(issuer, entry, kNow);
  }
};

}  // namespace

TEST_CASE("a clear bit passes and a set one says revoked or suspended", "[revocation][checker]") {
  const Fixture fixture;
  const auto passed = fixture.ask({"revocation", kRevocations, 6, 1});
  CHECK(passed.name == "status");
  CHECK(passed.outcome == CheckOutcome::passed);
  CHECK(passed.code.empty());

  const auto revoked = fixture.ask({"revocation", kRevocations, 5, 1});
  CHECK(revoked.outcome == CheckOutcome::failed);
  CHECK(revoked.code == "revoked");
  CHECK_FALSE(revoked.remedy.empty());

  CHECK(fixture.ask({"suspension", kSuspensions, 5, 1}).outcome == CheckOutcome::passed);
  const auto suspended = fixture.ask({"suspension", kSuspensions, 6, 1});
  CHECK(suspended.outcome == CheckOutcome::failed);
  CHECK(suspended.code == "suspended");
}

TEST_CASE("of two entries only the second of which is revoked, the second fails [STATUS-22]",
          "[revocation][checker]") {
  const Fixture fixture;
  CHECK(fixture.ask({"suspension", kSuspensions, 5, 1}).outcome == CheckOutcome::passed);
  CHECK(fixture.ask({"revocation", kRevocations, 5, 1}).code == "revoked");
}

TEST_CASE("index 0 is revoked and index 7 is not [STATUS-13]", "[revocation][checker]") {
  const Fixture fixture;
  CHECK(fixture.ask({"revocation", kRevocations, 0, 1}).code == "revoked");
  CHECK(fixture.ask({"revocation", kRevocations, 7, 1}).outcome == CheckOutcome::passed);
}

TEST_CASE("the evidence names list, index and what the answer rests on", "[revocation][checker]") {
  const Fixture fixture;
  const auto check = fixture.ask({"revocation", kRevocations, 5, 1});
  CHECK(check.evidence == core::Json::object({{"list", kRevocations},
                                              {"purpose", "revocation"},
                                              {"index", "5"},
                                              {"sequence", 41},
                                              {"ageSeconds", 3}}));
}

TEST_CASE("an entry for another purpose than its list fails [STATUS-01]", "[revocation][checker]") {
  const Fixture fixture;
  const auto check = fixture.ask({"revocation", kSuspensions, 5, 1});
  CHECK(check.outcome == CheckOutcome::failed);
  CHECK(check.code == "STATUS_VERIFICATION_ERROR");
  CHECK(fixture.ask({"suspension", kRevocations, 9, 1}).code == "STATUS_VERIFICATION_ERROR");
  CHECK(fixture.ask({"message", kRevocations, 9, 1}).code == "STATUS_VERIFICATION_ERROR");
}

TEST_CASE("a list that is not the credential issuer's own fails [STATUS-02]",
          "[revocation][checker]") {
  const Fixture fixture;
  const auto check = fixture.ask({"revocation", kRevocations, 6, 1}, "did:web:mallory.example");
  CHECK(check.outcome == CheckOutcome::failed);
  CHECK(check.code == "status_issuer");
}

TEST_CASE("an index past the end fails [STATUS-05] [STATUS-06]", "[revocation][checker]") {
  const Fixture fixture;
  CHECK(fixture.ask({"revocation", kRevocations, 131'071, 1}).outcome == CheckOutcome::passed);
  for (const std::uint64_t index :
       {std::uint64_t{131'072}, std::uint64_t{1} << 32U, std::uint64_t{1} << 63U,
        std::numeric_limits<std::uint64_t>::max()}) {
    INFO("index " << index);
    const auto check = fixture.ask({"revocation", kRevocations, index, 1});
    CHECK(check.outcome == CheckOutcome::failed);
    CHECK(check.code == "RANGE_ERROR");
  }
}

TEST_CASE("entries wider than one bit are refused, not misread", "[revocation][checker]") {
  const Fixture fixture;
  const auto check = fixture.ask({"revocation", kRevocations, 6, 2});
  CHECK(check.outcome == CheckOutcome::failed);
  CHECK(check.code == "unsupported_status");
}

TEST_CASE("a list that is unknown, unreachable or stale is undetermined, never passed [STATUS-15]",
          "[revocation][checker]") {
  Fixture fixture;
  const auto unknown = fixture.ask({"revocation", "https://acme.example/status/r9", 6, 1});
  CHECK(unknown.outcome == CheckOutcome::undetermined);
  CHECK(unknown.code == "STATUS_RETRIEVAL_ERROR");
  CHECK_FALSE(unknown.remedy.empty());

  fixture.source.refuse(kRevocations, ErrorCode::registry_stale);
  const auto stale = fixture.ask({"revocation", kRevocations, 6, 1});
  CHECK(stale.outcome == CheckOutcome::undetermined);
  CHECK(stale.code == "registry_stale");
}

TEST_CASE("a list that breaks the rules is a failure with its own code [STATUS-03]",
          "[revocation][checker]") {
  Fixture fixture;
  for (const auto code : {ErrorCode::status_verification_error, ErrorCode::status_list_length_error,
                          ErrorCode::malformed_value_error, ErrorCode::bad_multibase,
                          ErrorCode::bad_gzip, ErrorCode::status_list_too_large,
                          ErrorCode::status_list_id, ErrorCode::status_list_expired}) {
    fixture.source.refuse(kRevocations, code);
    const auto check = fixture.ask({"revocation", kRevocations, 6, 1});
    CHECK(check.outcome == CheckOutcome::failed);
    CHECK(check.code == code_name(code));
    CHECK_FALSE(check.remedy.empty());
  }
}

}  // namespace status_list_checker_test
