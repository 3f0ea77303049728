#include "did/dereference.h"

#include <catch2/catch.hpp>

namespace dereference_test {

using namespace avow::did;
namespace core = avow::core;
using core::Json;

namespace {

/// The document of W3C DID Resolution "Example: Dereferencing to verification method", with more services.
constexpr std::string_view kDocument = R"json({
  "@context": ["https://www.w3.org/ns/did/v1.1"],
  "id": "did:example:123456789abcdefghi",
  "verificationMethod": [{
    "id": "did:example:123456789abcdefghi#keys-1",
    "type": "Multikey",
    "controller": "did:example:123456789abcdefghi",
    "publicKeyMultibase": "z6MkmM42vxfqZQsv4ehtTjFFxQ4sQKS2w6WR7emozFAn5cxu"
  }],
  "authentication": [{
    "id": "#keys-2",
    "type": "Multikey",
    "controller": "did:example:123456789abcdefghi",
    "publicKeyMultibase": "z6MkmM42vxfqZQsv4ehtTjFFxQ4sQKS2w6WR7emozFAn5cxu"
  }],
  "service": [
    {"id": "did:example:123456789abcdefghi#messages", "type": "DIDCommMessaging",
     "serviceEndpoint": "https://example.com/messages/8377464"},
    {"id": "#linkedvp", "type": ["LinkedVerifiablePresentation", "Other"],
     "serviceEndpoint": ["https://example.com/a", {"uri": "https://example.com/b"},
                         "https://example.com/c?x#own"]},
    {"id": "#map", "type": "Map", "serviceEndpoint": {"uri": "https://example.com/b"}}
  ]})json";

const core::Instant kNow = *core::parse_rfc3339("2026-11-21T08:00:00Z");
const std::string kDid = "did:example:123456789abcdefghi";

Result<Dereferenced, Error> ask(const std::string& rest) {
  const auto url = DidUrl::parse(kDid + rest);
  REQUIRE(url);
  Resolution resolution;
  resolution.document = std::make_shared<const Document>(
      *Document::from_json(*core::parse_json(kDocument), *Did::parse(kDid)));
  const auto parameters = did_parameters(query_parameters(url->query.value_or("")), kNow);
  if (!parameters) return fail(parameters.error());
  return dereference(*url, *parameters, resolution);
}

ErrorCode error_of(const std::string& rest) {
  INFO(rest);
  const auto answer = ask(rest);
  REQUIRE_FALSE(answer);
  return answer.error().code;
}

}  // namespace

TEST_CASE("a fragment gives the verification method or service of that id", "[did][dereference]") {
  const auto method = ask("#keys-1");
  REQUIRE(method);
  CHECK(method->kind == Dereferenced::Kind::secondary);
  CHECK(*method->content.find_string("publicKeyMultibase") ==
        "z6MkmM42vxfqZQsv4ehtTjFFxQ4sQKS2w6WR7emozFAn5cxu");
  CHECK(method->content.find("@context")->as_array() != nullptr);
  CHECK(*ask("#keys-2")->content.find_string("id") == "#keys-2");
  CHECK(*ask("#messages")->content.find_string("type") == "DIDCommMessaging");
  CHECK(ask("#linkedvp"));
}

TEST_CASE("a fragment that names nothing is not found [DID-05]", "[did][dereference]") {
  for (const char* rest : {"#keys-3", "#", "#keys-1x", "#Keys-1", "#%6Beys-1"}) {
    CHECK(error_of(rest) == ErrorCode::not_found);
  }
}

TEST_CASE("a DID alone, or with a version, gives the document", "[did][dereference]") {
  for (const char* rest : {"", "?", "?versionId=1", "?versionTime=2026-01-01T00:00:00Z",
                           "?versionTime=2026-11-21T08:05:00Z"}) {
    const auto answer = ask(rest);
    REQUIRE(answer);
    CHECK(answer->kind == Dereferenced::Kind::document);
    CHECK(*answer->content.find_string("id") == kDid);
    CHECK(answer->content.find("service")->as_array()->size() == 3);
  }
}

TEST_CASE("a service is selected by its id or its type", "[did][dereference]") {
  for (const char* rest :
       {"?service=messages", "?service=%23messages",
        "?service=did%3Aexample%3A123456789abcdefghi%23messages", "?serviceType=DIDCommMessaging",
        "?service=messages&serviceType=DIDCommMessaging"}) {
    INFO(rest);
    const auto answer = ask(rest);
    REQUIRE(answer);
    CHECK(answer->kind == Dereferenced::Kind::endpoint);
    CHECK(answer->endpoints == std::vector<std::string>{"https://example.com/messages/8377464"});
    REQUIRE(answer->content.find("service")->as_array()->size() == 1);
    CHECK(*answer->content.find("service")->as_array()->front().find_string("type") ==
          "DIDCommMessaging");
  }
  CHECK(ask("?serviceType=Other")->endpoints ==
        std::vector<std::string>{"https://example.com/a", "https://example.com/c?x#own"});
  CHECK(ask("?service=map")->endpoints.empty());
}

TEST_CASE("a service that is not there is not found", "[did][dereference]") {
  for (const char* rest : {"?service=message", "?service=keys-1", "?serviceType=Othe",
                           "?service=messages&serviceType=Map"}) {
    CHECK(error_of(rest) == ErrorCode::not_found);
  }
}

TEST_CASE("relativeRef is resolved against the endpoint, the fragment is inherited",
          "[did][dereference]") {
  // RFC 3986 "Reference Resolution", which the algorithm names.
  CHECK(ask("?service=messages&relativeRef=%2Fsome%2Fpath%3Fquery#frag")->endpoints ==
        std::vector<std::string>{"https://example.com/some/path?query#frag"});
  CHECK(ask("?service=messages&relativeRef=next")->endpoints ==
        std::vector<std::string>{"https://example.com/messages/next"});
  CHECK(error_of("?service=linkedvp#frag") == ErrorCode::invalid_did_url);
}

TEST_CASE("relativeRef cannot leave the service", "[did][dereference]") {
  for (const char* reference :
       {"%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "javascript%3Aalert", "a%20b",
        "a%0D%0AX%3A", "%5C%5Cevil.example"}) {
    CHECK(error_of("?service=messages&relativeRef=" + std::string(reference)) ==
          ErrorCode::invalid_did_url);
  }
}

TEST_CASE("a path means nothing here", "[did][dereference]") {
  CHECK(error_of("/whois") == ErrorCode::not_found);
  CHECK(error_of("/whois#keys-1") == ErrorCode::not_found);
}

TEST_CASE("parameters that are not understood are refused, never ignored [DID-36]",
          "[did][dereference]") {
  for (const char* rest :
       {"?color=red", "?versionTime=9999-01-01T00:00:00Z", "?versionTime=2026-11-21T08:05:01Z",
        "?versionTime=yesterday", "?versionTime=2026-01-01", "?versionId=", "?versionId",
        "?versionId=1&versionId=1", "?relativeRef=a", "?versionId=1&x"}) {
    CHECK(error_of(rest) == ErrorCode::invalid_did_url);
  }
  CHECK(error_of("?hl=zQm") == ErrorCode::feature_not_supported);
  CHECK(error_of("?versionId=1&versionTime=2026-01-01T00:00:00Z") == ErrorCode::invalid_options);
}

}  // namespace dereference_test
