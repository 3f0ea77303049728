#include "vc/credential.h"

#include <catch2/catch.hpp>

#include "vc/presentation.h"
#include "vc/testing/world.h"

namespace credential_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::testing::World;

Json json(const char* text) {
  return core::parse_json(text).value();
}

/// "ok", or the code and pointer of the refusal.
std::string form_of(const Json& credential) {
  const auto form = vc::Credential::from_json(credential);
  return form ? "ok" : std::string(vc::code_name(form.error().code)) + " " + form.error().pointer;
}

Json minimal() {
  return json(
      R"({"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],
    "issuer":"did:example:i","credentialSubject":{"id":"did:example:s"}})");
}

std::string form_with(const char* member, const char* value) {
  Json credential = minimal();
  credential.set(member, json(value));
  return form_of(credential);
}

}  // namespace

TEST_CASE("a minimal credential and the full example have the right form", "[vc][credential]") {
  CHECK(form_of(minimal()) == "ok");
  World world;
  const auto form = vc::Credential::from_json(world.credential()).value();
  CHECK(form.issuer == world.issuer_did);
  CHECK(form.specific_types() == std::vector<std::string>{"AgentCapabilityCredential"});
  CHECK(form.subject_ids == std::vector<std::optional<std::string>>{world.agent_did});
  CHECK(form.status.size() == 2);
  CHECK(form.valid_until == core::parse_rfc3339("2026-11-21T09:00:00Z").value());
}

TEST_CASE("each fault of form has its own code and place", "[vc][credential][VC-01]") {
  struct Row {
    const char* member;
    const char* value;
    const char* expected;
  };
  const std::vector<Row> rows{
      {"@context", "[]", "context_missing /@context"},
      {"@context", R"("https://www.w3.org/ns/credentials/v2")", "context_malformed /@context"},
      {"@context", R"(["https://avow.example/ns/v1","https://www.w3.org/ns/credentials/v2"])",
       "context_order /@context/0"},
      {"@context", R"([{},"https://www.w3.org/ns/credentials/v2"])", "context_order /@context/0"},
      {"@context", R"(["https://www.w3.org/2018/credentials/v1"])",
       "unsupported_data_model /@context/0"},
      {"@context", R"(["https://www.w3.org/ns/credentials/v2",5])",
       "context_malformed /@context/1"},
      {"@context", R"(["https://www.w3.org/ns/credentials/v2",null])",
       "context_malformed /@context/1"},
      {"id", R"("5")", "id_malformed /id"},
      {"id", "null", "id_malformed /id"},
      {"id", R"(["did:a:b"])", "id_malformed /id"},
      {"id", R"("did:a b")", "id_malformed /id"},
      {"id", R"("urn:uuid:1")", "ok"},
      {"type", "[]", "type_missing /type"},
      {"type", R"("VerifiableCredential")", "ok"},
      {"type", R"(["Other"])", "type_missing /type"},
      {"type", R"(["VerifiableCredential",5])", "type_malformed /type"},
      {"type", R"(["VerifiableCredential","a b"])", "type_malformed /type"},
      {"type", "{}", "type_malformed /type"},
      {"issuer", "null", "issuer_malformed /issuer"},
      {"issuer", "true", "issuer_malformed /issuer"},
      {"issuer", "4", "issuer_malformed /issuer"},
      {"issuer", "[]", "issuer_malformed /issuer"},
      {"issuer", R"("nobody")", "issuer_malformed /issuer"},
      {"issuer", R"({"name":"x"})", "issuer_malformed /issuer"},
      {"issuer", R"({"id":null})", "issuer_malformed /issuer"},
      {"issuer", R"({"id":"did:a:b","name":"x"})", "ok"},
      {"issuer", R"({"id":"did:a:b","name":5})", "name_malformed /issuer/name"},
      {"credentialSubject", "{}", "subject_malformed /credentialSubject"},
      {"credentialSubject", "[]", "subject_malformed /credentialSubject"},
      {"credentialSubject", R"("did:a:b")", "subject_malformed /credentialSubject"},
      {"credentialSubject", R"([{"a":1},{}])", "subject_malformed /credentialSubject/1"},
      {"credentialSubject", R"({"id":["did:a:b","did:a:c"]})",
       "id_malformed /credentialSubject/id"},
      {"credentialSubject", R"({"id":"b"})", "id_malformed /credentialSubject/id"},
      {"credentialSubject", R"({"a":{"b/c":[{"id":"x"}]}})",
       "id_malformed /credentialSubject/a/b~1c/0/id"},
      {"credentialSubject", R"([{"a":1},{"a":2}])", "ok"},
      {"validFrom", R"("2026-13-01T00:00:00Z")", "bad_datetime /validFrom"},
      {"validFrom", "5", "bad_datetime /validFrom"},
      {"validUntil", R"("2026-01-01")", "bad_datetime /validUntil"},
      {"credentialStatus", R"({"id":"https://a/b"})", "status_malformed /credentialStatus"},
      {"credentialStatus", "[]", "status_malformed /credentialStatus"},
      {"credentialStatus", R"("x")", "status_malformed /credentialStatus"},
      {"credentialStatus", R"({"type":"T","id":"no url"})", "id_malformed /credentialStatus/id"},
      {"credentialStatus", R"([{"type":"T"},{"type":[]}])", "status_malformed /credentialStatus/1"},
      {"credentialSchema", R"({"id":"https://a/b"})", "schema_malformed /credentialSchema"},
      {"credentialSchema", R"({"type":"JsonSchema"})", "schema_malformed /credentialSchema"},
      {"credentialSchema", R"({"type":"JsonSchema","id":"https://a/b"})", "ok"},
      {"termsOfUse", R"({"id":"https://a/b"})", "terms_of_use_malformed /termsOfUse"},
      {"evidence", R"([{"type":"E"},{"id":"https://a/b"}])", "evidence_malformed /evidence/1"},
      {"refreshService", R"({"id":"https://a/b"})", "refresh_service_malformed /refreshService"},
      {"relatedResource", R"("https://a/b")", "related_resource_malformed /relatedResource"},
      {"relatedResource", R"({"digestSRI":"sha256-x"})",
       "related_resource_malformed /relatedResource"},
      {"relatedResource", R"({"id":"https://a/b"})", "related_resource_malformed /relatedResource"},
      {"relatedResource",
       R"([{"id":"https://a/b","digestSRI":"s"},{"id":"https://a/b","digestSRI":"s"}])",
       "related_resource_malformed /relatedResource/1/id"},
      {"relatedResource", R"([{"id":"https://a/b","digestMultibase":"u"}])", "ok"},
      {"name", "5", "name_malformed /name"},
      {"name", R"({"@value":"x","@language":"en"})", "ok"},
      {"name", R"({"@value":"x","url":"y"})", "name_malformed /name"},
      {"name", R"({"@language":"en"})", "name_malformed /name"},
      {"description", R"(["x",{"@value":"y","@direction":"rtl"}])", "ok"},
      {"description", R"([["x"]])", "name_malformed /description"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.member, row.value);
    CHECK(form_with(row.member, row.value) == row.expected);
  }
}

TEST_CASE("a credential needs each of its required members", "[vc][credential][VC-01]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"@context", "context_missing "},
      {"type", "type_missing "},
      {"issuer", "issuer_missing "},
      {"credentialSubject", "subject_missing "}};
  for (const auto& [member, expected] : rows) {
    Json credential = minimal();
    credential.erase(member);
    CHECK(form_of(credential) == expected);
  }
  for (const Json& other : {Json(), Json("x"), Json::array()})
    CHECK(form_of(other) == "not_an_object ");
}

TEST_CASE("validFrom may equal validUntil as a moment, but not be after it",
          "[vc][credential][VC-01]") {
  Json credential = minimal();
  credential.set("validFrom", "2026-11-21T09:00:00+01:00");
  credential.set("validUntil", "2026-11-21T08:00:00Z");
  CHECK(form_of(credential) == "ok");
  credential.set("validUntil", "2026-11-21T07:59:59.999Z");
  CHECK(form_of(credential) == "validity_reversed /validUntil");
}

TEST_CASE("lists in a credential hold at most 32 entries", "[vc][credential]") {
  Json credential = minimal();
  const Json subject = Json::object({{"a", 1}});
  credential.set("credentialSubject", Json::array(std::vector<Json>(32, subject)));
  CHECK(form_of(credential) == "ok");
  credential.set("credentialSubject", Json::array(std::vector<Json>(33, subject)));
  CHECK(form_of(credential) == "too_many_items /credentialSubject");
}

TEST_CASE("a presentation needs its type, and its holder is a URL", "[vc][presentation]") {
  Json presentation = json(
      R"({"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"})");
  CHECK(vc::Presentation::from_json(presentation));
  presentation.set("holder", "nobody");
  CHECK(vc::Presentation::from_json(presentation).error().code == vc::ErrorCode::holder_malformed);
  presentation.set("holder", Json::object({{"id", "did:a:b"}}));
  CHECK(vc::Presentation::from_json(presentation)->holder == "did:a:b");
  presentation.set("verifiableCredential", Json::array({"eyJ"}));
  CHECK(vc::Presentation::from_json(presentation).error().code ==
        vc::ErrorCode::credential_malformed);
  presentation.set("type", "VerifiableCredential");
  CHECK(vc::Presentation::from_json(presentation).error().code == vc::ErrorCode::type_missing);
}

}  // namespace credential_test
