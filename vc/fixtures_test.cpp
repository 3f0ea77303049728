#include <filesystem>

#include <catch2/catch.hpp>

#include "core/testing/tree.h"
#include "core/testing/vectors.h"
#include "vc/credential.h"
#include "vc/issue.h"
#include "vc/testing/world.h"

namespace avow::vc::fixtures_test {
namespace {

using testing::World;

Result<core::Json, Error> issue_with_claims(const std::filesystem::path& file) {
  World world;
  core::Json draft = world.draft();
  core::Json status = *draft.find("credentialStatus");
  core::Json subject = *draft.find("credentialSubject");
  subject.erase("capabilities");
  subject.erase("limits");
  const core::Json claims = core::parse_json(core::testing::read_file(file)).value();
  for (const auto& [name, value] : *claims.as_object()) subject.set(name, value);
  draft.set("credentialSubject", std::move(subject));
  draft.erase("credentialStatus");
  IssueOptions options;
  options.now = world.now;
  options.status = *status.as_array();
  return issue(std::move(draft), {world.issuer_did, world.issuer_method, world.issuer_key}, options,
               world.random);
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(core::testing::source_tree() / "fixtures" / folder)) {
    files.push_back(entry.path());
  }
  return files;
}

std::vector<std::filesystem::path> claims(const std::string& kind) {
  return files_in(std::filesystem::path("agent-capability") / "claims" / kind);
}

}  // namespace

TEST_CASE("issue signs each valid file of claims", "[vc][issue][fixtures]") {
  const auto files = claims("valid");
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    INFO(file.filename());
    CHECK(issue_with_claims(file));
  }
}

TEST_CASE("issue refuses each invalid file of claims with the code that names it",
          "[vc][issue][fixtures]") {
  const auto files = claims("invalid");
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    INFO(file.filename());
    const auto issued = issue_with_claims(file);
    REQUIRE_FALSE(issued);
    CHECK(code_name(issued.error().code) == file.stem().string());
  }
}

TEST_CASE(
    "verify accepts each credential of another implementation from its first minute to its last",
    "[vc][verify][fixtures]") {
  const auto files = files_in("vc/verify/valid");
  REQUIRE_FALSE(files.empty());
  for (const auto& file : files) {
    INFO(file.filename());
    const core::Json credential = core::parse_json(core::testing::read_file(file)).value();
    const auto code_at = [&credential](core::Instant time) {
      World world;
      auto options = world.options(Profile::w3c);
      options.now = time;
      const Verdict verdict = verify_credential(credential, world.context(), options);
      return verdict.outcome() == Outcome::accepted ? "accepted" : verdict.code();
    };
    const auto form = Credential::from_json(credential).value();
    const core::Milliseconds skew = VerifyOptions{}.skew;
    const core::Milliseconds moment{1};
    CHECK(code_at(*form.valid_from - skew - moment) == "not_yet_valid");
    CHECK(code_at(*form.valid_from - skew) == "accepted");
    CHECK(code_at(*form.valid_until + skew) == "accepted");
    CHECK(code_at(*form.valid_until + skew + moment) == "expired");
  }
}

}  // namespace avow::vc::fixtures_test
