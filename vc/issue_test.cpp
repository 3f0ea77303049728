#include "vc/issue.h"

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace issue_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::Profile;
using vc::testing::World;

core::Result<Json, vc::Error> issue(World& world, const Json& draft, vc::IssueOptions options) {
  options.now = world.now;
  return vc::issue(draft, {world.issuer_did, world.issuer_method, world.issuer_key}, options,
                   world.random);
}

std::string code_of(World& world, const Json& draft, const vc::IssueOptions& options = {}) {
  const auto issued = issue(world, draft, options);
  return issued ? "ok" : std::string(vc::code_name(issued.error().code));
}

std::string code_with(World& world, std::string_view member, Json value) {
  Json draft = world.draft();
  draft.set(member, std::move(value));
  return code_of(world, draft);
}

std::vector<Json> entries(const World& world) {
  return {vc::make_status_entry("revocation", world.revocation_list, 7)};
}

}  // namespace

TEST_CASE("issue fills in id, issuer and status, and what it issues verifies", "[vc][issue]") {
  World world;
  Json draft = world.draft();
  for (const char* member : {"id", "issuer", "credentialStatus"}) draft.erase(member);
  vc::IssueOptions options;
  options.status = entries(world);
  const Json credential = issue(world, draft, options).value();
  CHECK(credential.find_string("id")->starts_with("urn:uuid:"));
  CHECK(*credential.find_string("issuer") == world.issuer_did);
  CHECK(*credential.find("credentialStatus")->find_string("id") ==
        "https://orga.example/status/r1#7");
  CHECK(*credential.find("proof")->find_string("created") == "2026-11-21T08:30:00Z");
  const auto verdict = vc::verify_credential(credential, world.context(), world.options());
  CHECK(verdict.outcome() == vc::Outcome::accepted);
}

TEST_CASE("issue keeps all that it is given", "[vc][issue]") {
  World world;
  Json draft = world.draft();
  draft.set("issuer", Json::object({{"id", world.issuer_did}, {"name", "Org A"}}));
  Json issued = issue(world, draft, {}).value();
  issued.erase("proof");
  CHECK(issued == draft);
}

TEST_CASE("issue signs for nobody else, and nothing twice", "[vc][issue]") {
  World world;
  CHECK(code_with(world, "issuer", "did:web:orgb.example") == "issuer_mismatch");
  CHECK(code_of(world, world.credential()) == "already_secured");
  vc::IssueOptions options;
  options.status = entries(world);
  CHECK(code_of(world, world.draft(), options) == "status_malformed");
  CHECK(code_of(world, Json("x")) == "not_an_object");
}

TEST_CASE("issue applies the rules of form that verify applies",
          "[vc][issue][VC-01][VC-02][VC-03][VC-04]") {
  World world;
  CHECK(code_with(world, "issuer", Json()) == "issuer_malformed");
  CHECK(code_with(world, "credentialSubject", Json::array()) == "subject_malformed");
  CHECK(code_with(world, "validUntil", "2026-11-21T07:00:00Z") == "validity_reversed");
  const auto with_context = [&world](Json context) {
    return code_with(
        world, "@context",
        Json::array({vc::kCredentialsV2Context, vc::kAvowContext, std::move(context)}));
  };
  CHECK(with_context("https://attacker.example/") == "context_not_allowed");
  CHECK(with_context(Json::object()) == "context_not_allowed");
  CHECK(with_context("https://w3id.org/security/multikey/v1") == "ok");
  CHECK(code_with(world, "@context", Json::array({"https://www.w3.org/2018/credentials/v1"})) ==
        "unsupported_data_model");
}

TEST_CASE("issue limits the life of an agent's credential", "[vc][issue]") {
  World world;
  CHECK(code_with(world, "validUntil", "2026-11-22T08:00:00Z") == "ok");
  CHECK(code_with(world, "validUntil", "2026-11-22T08:00:00.001Z") == "lifetime_too_long");
  for (const char* member : {"validFrom", "validUntil"}) {
    Json draft = world.draft();
    draft.erase(member);
    for (const Profile profile : {Profile::consortium, Profile::w3c}) {
      vc::IssueOptions options;
      options.profile = profile;
      CHECK(code_of(world, draft, options) == "validity_required");
    }
  }
}

TEST_CASE("issue refuses an agent's credential that could not be revoked or used", "[vc][issue]") {
  World world;
  Json draft = world.draft();
  draft.erase("credentialStatus");
  CHECK(code_of(world, draft) == "status_required");
  CHECK(code_with(world, "credentialStatus",
                  vc::make_status_entry("suspension", world.suspension_list, 1)) ==
        "status_required");
  const auto with_capability = [&world](Json capability) {
    Json subject = world.subject();
    subject.set("capabilities", Json::array({std::move(capability)}));
    return code_with(world, "credentialSubject", subject);
  };
  CHECK(with_capability(Json::object({{"action", "x"}})) == "ok");
  CHECK(with_capability(Json::object({{"resource", "a:b"}})) == "capability_malformed");
  CHECK(with_capability(Json::object({{"action", "x"}, {"unless", "y"}})) ==
        "capability_malformed");
  CHECK(with_capability(Json::object({{"action", "x"}, {"resource", "a:*/b"}})) ==
        "resource_malformed");
  const auto with_constraint = [&with_capability](Json constraint) {
    return with_capability(
        Json::object({{"action", "x"}, {"constraints", Json::array({std::move(constraint)})}}));
  };
  CHECK(with_constraint(Json::object({{"type", "requireApproval"}})) == "unknown_constraint");
  CHECK(with_constraint(Json::object({{"type", "max"}})) == "constraint_malformed");
}

}  // namespace issue_test
