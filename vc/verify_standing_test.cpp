// What is asked about a credential besides its proof: trust, status, and what its type demands.

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/vectors.h"
#include "vc/testing/verdicts.h"

namespace verify_standing_test {

namespace {

using namespace avow;               // NOLINT(google-build-using-namespace)
using namespace avow::vc::testing;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::CheckOutcome;
using vc::Outcome;
using vc::Profile;
using vc::Verdict;

}  // namespace

TEST_CASE("verify refuses what the verifier's own rules deny, under both profiles",
          "[vc][verify]") {
  const auto profile = GENERATE(Profile::consortium, Profile::w3c);
  World world;
  const auto verdict = [&] {
    return vc::verify_credential(world.credential(), world.context(), world.options(profile));
  };
  REQUIRE(verdict().outcome() == Outcome::accepted);
  for (const std::string& other :
       {world.agent_did + "x", world.issuer_did + "x", std::string("VerifiableCredential")})
    world.trust.deny(other);
  REQUIRE(verdict().outcome() == Outcome::accepted);
  SECTION("the issuer") {
    world.trust.deny(world.issuer_did);
  }
  SECTION("the type") {
    world.trust.deny("AgentCapabilityCredential");
  }
  SECTION("the subject") {
    world.trust.deny(world.agent_did);
  }
  require_refused(verdict(), "denied_locally");
}

TEST_CASE("verify refuses a status of unknown type or purpose", "[vc][verify][VC-34]") {
  World world;
  const auto with_status = [&world](std::string_view member, Json value) {
    Json entry = vc::make_status_entry("revocation", world.revocation_list, 1);
    entry.set(member, std::move(value));
    return world.credential_with("credentialStatus", entry);
  };
  for (const Profile profile : {Profile::consortium, Profile::w3c}) {
    const auto verdict_of = [&](const Json& credential) {
      return vc::verify_credential(credential, world.context(), world.options(profile));
    };
    require_refused(verdict_of(with_status("type", "StatusList2021Entry")), "unsupported_status");
    require_refused(verdict_of(with_status("statusPurpose", "mood")), "unsupported_status");
  }
}

TEST_CASE("verify requires both dates and a revocation entry in the consortium profile",
          "[vc][verify]") {
  World world;
  require_refused(verify(world, world.credential_without("validFrom")), "validity_required");
  require_refused(verify(world, world.credential_without("validUntil")), "validity_required");
  require_refused(verify(world, world.credential_without("credentialStatus")), "status_required");
  const Json suspension = vc::make_status_entry("suspension", world.suspension_list, 1);
  require_refused(verify(world, world.credential_with("credentialStatus", suspension)),
                  "status_required");
  for (const char* member : {"validFrom", "validUntil", "credentialStatus"}) {
    const Json credential = world.credential_without(member);
    const Verdict verdict =
        vc::verify_credential(credential, world.context(), world.options(Profile::w3c));
    CHECK(verdict.outcome() == Outcome::accepted);
    CHECK(leaves_open(verdict, "whether it was revoked") ==
          (std::string_view(member) == "credentialStatus"));
  }
}

TEST_CASE("verify refuses a credential about whom its organisation has stopped", "[vc][verify]") {
  World world;
  world.trust.stop(world.agent_did + "x", vc::TrustCode::subject_suspended);
  REQUIRE(verify(world, world.credential()).outcome() == Outcome::accepted);
  const auto [code, name] =
      GENERATE(std::pair(vc::TrustCode::subject_suspended, "subject_suspended"),
               std::pair(vc::TrustCode::subject_disowned, "subject_disowned"));
  world.trust.stop(world.agent_did, code);
  require_refused(verify(world, world.credential()), name);
  // The w3c profile asks no registry.
  CHECK(vc::verify_credential(world.credential(), world.context(), world.options(Profile::w3c))
            .outcome() == Outcome::accepted);
}

TEST_CASE("verify refuses what a key that was given up has signed, but for what was published",
          "[vc][verify]") {
  const auto profile = GENERATE(Profile::consortium, Profile::w3c);
  World world;
  const Json credential = world.credential();
  auto options = world.options(profile);
  const auto verdict = [&] { return vc::verify_credential(credential, world.context(), options); };
  REQUIRE(verdict().outcome() == Outcome::accepted);
  world.trust.give_up(world.issuer_method + "x");
  REQUIRE(verdict().outcome() == Outcome::accepted);
  world.trust.give_up(world.issuer_method);
  require_refused(verdict(), "key_compromised");
  CHECK(verdict().verified_document.is_null());
  world.trust.give_up(world.issuer_method,
                      {core::to_canonical(world.credential_with("name", "x"))});
  require_refused(verdict(), "key_compromised");
  SECTION("published as it was issued") {
    world.trust.give_up(world.issuer_method, {core::to_canonical(credential)});
    CHECK(verdict().outcome() == Outcome::accepted);
  }
  SECTION("published, as the presenter shows") {
    const Json path = Json::object({{"path", Json::array({"u"})}});
    world.trust.give_up(world.issuer_method, {core::to_canonical(credential)}, path);
    require_refused(verdict(), "key_compromised");
    options.stapled = {Json::object(), path};
    CHECK(verdict().outcome() == Outcome::accepted);
  }
}

TEST_CASE("verify knows what was published whatever stands beside it now", "[vc][verify]") {
  World world;
  const Json credential = world.credential();
  world.trust.give_up(world.issuer_method, {core::to_canonical(credential)});
  const auto verdict = [&](const Json& json) {
    return vc::verify_credential(json, world.context(), world.options(Profile::w3c));
  };
  SECTION("another proof") {
    Json set = credential;
    set.set("proof", Json::array({*credential.find("proof"), *credential.find("proof")}));
    CHECK(verdict(set).outcome() == Outcome::accepted);
  }
  SECTION("another context") {
    Json appended = credential;
    Json context = *credential.find("@context");
    context.push_back("https://www.w3.org/ns/credentials/examples/v2");
    appended.set("@context", context);
    CHECK(verdict(appended).outcome() == Outcome::accepted);
  }
}

TEST_CASE("verify refuses a presentation made with a key that was given up", "[vc][verify]") {
  World world;
  const Json presentation = world.presentation();
  world.trust.give_up(world.agent_method);
  const auto verdict = vc::verify_presentation(
      presentation, world.context(), world.options(Profile::consortium), world.challenges);
  require_refused(verdict, "key_compromised");
}

TEST_CASE("verify passes on what the trust policy says, and asks it as consortium only",
          "[vc][verify]") {
  World world;
  world.trust.set_freshness("registry_stale");
  require_refused(verify(world, world.credential()), "registry_stale");
  world.trust.distrust(world.issuer_did);
  require_refused(verify(world, world.credential()), "issuer_unknown");
  const Verdict verdict =
      vc::verify_credential(world.credential(), world.context(), world.options(Profile::w3c));
  CHECK(verdict.outcome() == Outcome::accepted);
  CHECK(leaves_open(verdict, "whether the issuer may issue this"));
}

TEST_CASE("a verdict on a credential says that it compared no challenge and no domain",
          "[vc][verify]") {
  World world;
  auto options = world.options(Profile::w3c);
  const auto is_open = [&] {
    return leaves_open(vc::verify_credential(world.credential(), world.context(), options),
                       "challenge and domain");
  };
  options.expected_challenge = "c";
  options.expected_domain.reset();
  CHECK(is_open());
  options.expected_challenge.reset();
  CHECK_FALSE(is_open());
  options.expected_domain = "d";
  CHECK(is_open());
}

TEST_CASE("verify asks no status of an issuer that is not trusted", "[vc][verify][STATUS-17]") {
  World world;
  world.trust.distrust(world.issuer_did);
  require_refused(verify(world, world.credential()), "issuer_unknown");
  CHECK(world.status.asked().empty());
}

TEST_CASE("verify asks no status of a credential whose proof failed", "[vc][verify]") {
  World world;
  Json credential = world.credential();
  credential.set("name", "changed");
  require_refused(verify(world, credential), "bad_proof");
  CHECK(world.status.asked().empty());
}

TEST_CASE("verify judges every status entry, not only the first", "[vc][verify][STATUS-22]") {
  World world;
  world.status.set(world.suspension_list, World::kSuspensionIndex, "suspended");
  require_refused(verify(world, world.credential()), "suspended");
  CHECK(world.status.asked().size() == 2);
  const Json first = vc::make_status_entry("revocation", world.revocation_list, 1);
  const Json second = vc::make_status_entry("revocation", world.revocation_list, 2);
  world.status.set(world.revocation_list, 2, "revoked");
  require_refused(
      verify(world, world.credential_with("credentialStatus", Json::array({first, second}))),
      "revoked");
}

TEST_CASE("verify refuses a status position that is none",
          "[vc][verify][STATUS-05][STATUS-06][STATUS-07]") {
  World world;
  const auto code_of = [&world](Json index, Json size) {
    Json entry = vc::make_status_entry("revocation", world.revocation_list, 1);
    entry.set("statusListIndex", std::move(index));
    if (!size.is_null()) entry.set("statusSize", std::move(size));
    return verify(world, world.credential_with("credentialStatus", entry)).code();
  };
  CHECK(code_of("18446744073709551616", {}) == "RANGE_ERROR");
  CHECK(code_of("-1", {}) == "RANGE_ERROR");
  for (const Json& index : {Json("abc"), Json("1e3"), Json(" 5"), Json("5 "), Json(""), Json("-"),
                            Json("+5"), Json(5)}) {
    CHECK(code_of(index, {}) == "type");
  }
  CHECK(code_of("9223372036854775808", 8) == "RANGE_ERROR");
  CHECK(code_of("1152921504606846976", 8) ==
        "RANGE_ERROR");  // 2^60 entries of 8 bits are 2^63 bits
  CHECK(code_of("1152921504606846975", 8).empty());
  for (const Json& size : {Json(0), Json(9), Json::number(1.5), Json("1"), Json(-1)})
    CHECK(code_of("1", size) == "type");
  CHECK(code_of("1", 8).empty());
}

TEST_CASE("verify takes a status entry with any id, or none, but that of its list",
          "[vc][verify]") {
  World world;
  const auto code_of = [&world](const std::string& id) {
    Json entry = vc::make_status_entry("revocation", world.revocation_list, 1);
    entry.erase("id");
    if (!id.empty()) entry.set("id", id);
    return verify(world, world.credential_with("credentialStatus", entry)).code();
  };
  CHECK(code_of("").empty());
  CHECK(code_of("urn:uuid:0c4e2b1a-6d1f-4c7e-9a53-2f0d6d7f2a10").empty());
  CHECK(code_of(world.revocation_list + "#1").empty());
  CHECK(code_of(world.revocation_list) == "status_malformed");
}

TEST_CASE("verify never asks for the status of a status list", "[vc][verify][STATUS-23]") {
  World world;
  Json list = world.draft();
  list.set("type", Json::array({vc::kVerifiableCredential, vc::kBitstringStatusListCredential}));
  list.set("id", world.revocation_list);
  require_refused(verify(world, world.sign(list)), "unsupported_status");
  CHECK(world.status.asked().empty());
  list.erase("credentialStatus");
  CHECK(verify(world, world.sign(list)).outcome() == Outcome::accepted);

  // Calling itself a list as well does not free an agent's credential from its status.
  list.set("type", Json::array({vc::kVerifiableCredential, vc::kBitstringStatusListCredential,
                                vc::kAgentCapabilityCredential}));
  require_refused(verify(world, world.sign(list)), "status_required");
}

TEST_CASE("verify refuses a capability credential without its parties or its context",
          "[vc][verify]") {
  World world;
  for (const char* member : {"id", "agent", "owner"}) {
    Json subject = world.subject();
    subject.erase(member);
    require_refused(verify(world, world.credential_with("credentialSubject", subject)),
                    "capability_malformed");
  }
  require_refused(
      verify(world, world.credential_with("credentialSubject", Json::array({world.subject()}))),
      "capability_malformed");
  require_refused(
      verify(world, world.credential_with("@context", Json::array({vc::kCredentialsV2Context}))),
      "undefined_term");
}

TEST_CASE(
    "verify accepts the official eddsa-jcs-2022 credential as w3c and refuses it as consortium",
    "[vc][verify][vectors]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: skipped");
    return;
  }
  const std::string text =
      core::testing::read_file(*folder / "vc-di-eddsa/eddsa-jcs-2022/signedJCS.json");
  const Json credential = core::parse_json(text).value();
  World world;
  auto options = world.options(Profile::w3c);
  options.now = core::parse_rfc3339("2023-02-24T23:36:38Z").value();

  const Verdict accepted = vc::verify_credential(credential, world.context(), options);
  CAPTURE(failures(accepted));
  CHECK(accepted.outcome() == Outcome::accepted);

  SECTION("one changed character is enough") {
    Json changed = credential;
    changed.set("name", "Alumni credential");
    require_refused(vc::verify_credential(changed, world.context(), options), "bad_proof");
  }
  SECTION("an https issuer is a switch") {
    options.allow_https_issuer = false;
    require_refused(vc::verify_credential(credential, world.context(), options),
                    "issuer_key_mismatch");
  }
  SECTION("the examples context is a switch") {
    options.allow_examples_context = false;
    require_refused(vc::verify_credential(credential, world.context(), options),
                    "context_not_allowed");
  }
  SECTION("the consortium profile allows neither") {
    options.profile = Profile::consortium;
    const Verdict verdict = vc::verify_credential(credential, world.context(), options);
    CHECK(failures(verdict) == std::vector<std::string>{"context_not_allowed", "issuer_unknown",
                                                        "issuer_key_mismatch",
                                                        "validity_required"});
  }
}

}  // namespace verify_standing_test
