#include <filesystem>

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"
#include "vc/issue.h"
#include "vc/testing/world.h"

namespace avow::vc {
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

std::vector<std::filesystem::path> claims(const std::string& kind) {
  const auto folder =
      std::filesystem::path(AVOW_SOURCE_DIR) / "fixtures" / "agent-capability" / "claims" / kind;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  return files;
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

}  // namespace avow::vc
