// The entries that we make, and the did:web document beside them.

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "did/did_webvh.h"
#include "did/testing/webvh_entries.h"

using namespace avow::did;
using namespace avow::did::testing;
namespace core = avow::core;
using core::Json;

TEST_CASE("a created entry has the document and parameters of a member", "[did][webvh]") {
  const auto entry = create_webvh_entry(parameters("acme.example"), key(1), kNow);
  REQUIRE(entry);
  const std::string did = "did:webvh:" + entry->scid + ":acme.example";
  CHECK(entry->did.text() == did);
  CHECK(entry->version == 1);
  CHECK(entry->version_id == "1-" + entry->entry_hash);
  CHECK(entry->version_time == kNow);
  const Json& in = *entry->json.find("parameters");
  CHECK(in == Json::object({{"method", "did:webvh:1.0"},
                            {"scid", entry->scid},
                            {"updateKeys", Json::array({multikey(1)})},
                            {"nextKeyHashes", Json::array({webvh_key_hash(multikey(3))})},
                            {"portable", true}}));
  const std::string method = did + "#key-1";
  CHECK(entry->document->json() ==
        Json::object({{"@context", Json::array({"https://www.w3.org/ns/did/v1",
                                                "https://w3id.org/security/multikey/v1"})},
                      {"id", did},
                      {"alsoKnownAs", Json::array({"did:web:acme.example"})},
                      {"verificationMethod",
                       Json::array({Json::object({{"id", method},
                                                  {"type", "Multikey"},
                                                  {"controller", did},
                                                  {"publicKeyMultibase", multikey(2)}})})},
                      {"authentication", Json::array({method})},
                      {"assertionMethod", Json::array({method})}}));
  CHECK(entry->document->find(method, VerificationRelationship::assertion_method) != nullptr);
}

TEST_CASE("an entry is not created for a bad domain or bad methods", "[did][webvh]") {
  for (const char* domain : {"", "acme", "Acme.example", "acme.example:a", "acme.example:8443",
                             "10.0.0.1", "acme.example/x", "{SCID}.example"}) {
    INFO(domain);
    const auto entry = create_webvh_entry(parameters(domain), key(1), kNow);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().code == ErrorCode::invalid_did);
  }
  for (const Json& method :
       {Json::object({{"id", "key-1"}, {"publicKeyMultibase", "z"}}), Json::object({{"id", "#k"}}),
        Json::object({{"publicKeyMultibase", "z"}}), Json("#key-1")}) {
    auto wanted = parameters("acme.example");
    wanted.verification_methods = {method};
    const auto entry = create_webvh_entry(wanted, key(1), kNow);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().code == ErrorCode::invalid_log);
  }
}

TEST_CASE("what was created verifies, and with one byte changed it does not", "[did][webvh]") {
  CHECK(rc::check("verify of create", [] {
    WebvhParameters wanted =
        parameters("m" + std::to_string(*rc::gen::inRange(0, 99)) + ".example%3A" +
                   std::to_string(*rc::gen::inRange(1, 65536)));
    wanted.verification_methods.clear();
    const int methods = *rc::gen::inRange(0, 4);
    for (int i = 1; i <= methods; ++i) {
      wanted.verification_methods.push_back(
          Json::object({{"id", "#key-" + std::to_string(i)},
                        {"publicKeyMultibase", multikey(static_cast<std::uint8_t>(i))}}));
    }
    const core::Instant now = kNow + std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
    const auto created = create_webvh_entry(wanted, key(*rc::gen::arbitrary<std::uint8_t>()), now);
    RC_ASSERT(static_cast<bool>(created));
    const std::string text = core::to_canonical(created->json);
    const auto verified = verify_first_webvh_entry(*core::parse_json(text), now, false);
    RC_ASSERT(static_cast<bool>(verified));
    RC_ASSERT(verified->did == created->did);
    RC_ASSERT(verified->version_id == created->version_id);
    RC_ASSERT(verified->document->verification_methods().size() ==
              static_cast<std::size_t>(methods));

    std::string changed = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    changed[at] = *rc::gen::distinctFrom(rc::gen::inRange<char>(' ', '~'), text[at]);
    const auto json = core::parse_json(changed);
    if (json && *json != created->json) {
      RC_ASSERT_FALSE(verify_first_webvh_entry(*json, now, false).has_value());
    }
  }));
}

TEST_CASE("the parallel did:web document names both DIDs and the implicit services",
          "[did][webvh]") {
  const auto entry = create_webvh_entry(parameters("acme.example%3A8443"), key(1), kNow);
  REQUIRE(entry);
  const std::string did = "did:web:acme.example%3A8443";
  const Json parallel = parallel_did_web(*entry);
  CHECK(*parallel.find_string("id") == did);
  CHECK(*parallel.find("alsoKnownAs") == Json::array({entry->did.text()}));
  CHECK(
      *parallel.find("service") ==
      Json::array({Json::object({{"id", did + "#files"},
                                 {"type", "relativeRef"},
                                 {"serviceEndpoint", "https://acme.example:8443/"}}),
                   Json::object({{"@context", "https://identity.foundation/linked-vp/contexts/v1"},
                                 {"id", did + "#whois"},
                                 {"type", "LinkedVerifiablePresentation"},
                                 {"serviceEndpoint", "https://acme.example:8443/whois.vp"}})}));
  const auto document = Document::from_json(parallel, *Did::parse(did));
  REQUIRE(document);
  CHECK(document->find(did + "#key-1", VerificationRelationship::assertion_method) != nullptr);
}

TEST_CASE("the parallel document keeps a service of the same name and other names once",
          "[did][webvh]") {
  const auto whole = preliminary("acme.example:members");
  auto state = *whole.find("state");
  const Json own = Json::object(
      {{"id", "#files"}, {"type", "relativeRef"}, {"serviceEndpoint", "https://f.example/"}});
  state.set("service", Json::array({own}));
  state.set("alsoKnownAs", Json::array({"https://acme.example/", "did:web:acme.example:members",
                                        "https://acme.example/"}));
  const auto entry =
      verify_first_webvh_entry(finished(with_member(whole, "state", state)), kNow, false);
  REQUIRE(entry);
  const Json parallel = parallel_did_web(*entry);
  CHECK(*parallel.find("alsoKnownAs") == Json::array({"https://acme.example/", entry->did.text()}));
  REQUIRE(parallel.find("service")->as_array()->size() == 2);
  CHECK(parallel.find("service")->as_array()->front() == own);
  CHECK(*parallel.find("service")->as_array()->back().find_string("serviceEndpoint") ==
        "https://acme.example/members/whois.vp");
}
