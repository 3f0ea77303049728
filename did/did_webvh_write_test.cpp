// The entries that we make, and the did:web document beside them.

#include "did/did_webvh_write.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "did/testing/webvh_entries.h"

namespace did_webvh_write_test {

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
                            {"nextKeyHashes", Json::array({key_hash(3)})},
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
    WebvhCreation wanted = parameters("m" + std::to_string(*rc::gen::inRange(0, 99)) +
                                      ".example%3A" + std::to_string(*rc::gen::inRange(1, 65536)));
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
    const auto verified = verify_first_webvh_entry(*core::parse_json(text), now);
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
      RC_ASSERT_FALSE(verify_first_webvh_entry(*json, now).has_value());
    }
  }));
}

TEST_CASE("the parallel did:web document names both DIDs and the implicit services",
          "[did][webvh]") {
  const auto entry = create_webvh_entry(parameters("acme.example%3A8443"), key(1), kNow);
  REQUIRE(entry);
  const std::string did = "did:web:acme.example%3A8443";
  const Json parallel = *parallel_did_web(*entry);
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
  const auto entry = verify_first_webvh_entry(finished(with_member(whole, "state", state)), kNow);
  REQUIRE(entry);
  const Json parallel = *parallel_did_web(*entry);
  CHECK(*parallel.find("alsoKnownAs") == Json::array({"https://acme.example/", entry->did.text()}));
  REQUIRE(parallel.find("service")->as_array()->size() == 2);
  CHECK(parallel.find("service")->as_array()->front() == own);
  CHECK(*parallel.find("service")->as_array()->back().find_string("serviceEndpoint") ==
        "https://acme.example/members/whois.vp");
}

namespace {

WebvhEntry created() {
  auto entry = create_webvh_entry(parameters("acme.example"), key(1), kNow);
  if (!entry) throw std::runtime_error(entry.error().detail);
  return std::move(*entry);
}

/// Keys 3 and 4: the first was promised by the entry that created() makes.
WebvhChange rotation(std::uint8_t to, std::uint8_t next) {
  return {.update_keys = std::vector{key(to).public_key()},
          .next_key_hashes = std::vector{key_hash(next)}};
}

}  // namespace

TEST_CASE("a created entry asks for the witnesses it was given", "[did][webvh]") {
  auto wanted = parameters("acme.example");
  wanted.witnesses = {2, {key(5).public_key(), key(6).public_key()}};
  const auto entry = create_webvh_entry(wanted, key(1), kNow);
  REQUIRE(entry);
  CHECK(entry->witnesses == wanted.witnesses);
  CHECK(*entry->json.find("parameters")->find("witness") == witness_rule(2, {5, 6}));
  wanted.witnesses.threshold = 3;
  CHECK_FALSE(create_webvh_entry(wanted, key(1), kNow));
}

TEST_CASE("an entry that rotates keeps to its promise and makes the next [DID-40]",
          "[did][webvh]") {
  const auto first = created();
  const auto second = append_webvh_entry(first, rotation(3, 4), key(3), kLater);
  REQUIRE(second);
  CHECK(second->version == 2);
  CHECK(second->version_time == kLater);
  CHECK(second->document->json() == first.document->json());
  CHECK(second->parameters.update_keys == std::vector{key(3).public_key()});
  check_follows(first, second->json);
  const auto third = append_webvh_entry(*second, rotation(4, 9), key(4), kLater);
  REQUIRE(third);
  CHECK(third->version_time == kLater + std::chrono::seconds(1));

  CHECK_FALSE(append_webvh_entry(first, rotation(3, 4), key(1), kLater));
  CHECK_FALSE(append_webvh_entry(first, rotation(4, 4), key(4), kLater));
  CHECK_FALSE(append_webvh_entry(first, {}, key(1), kLater));
}

TEST_CASE("an entry that changes the document keeps all else", "[did][webvh]") {
  auto wanted = parameters("acme.example");
  wanted.next_key_hashes.clear();
  const auto first = create_webvh_entry(wanted, key(1), kNow);
  REQUIRE(first);
  const Json document = with_member(first->document->json(), "service", Json::array());
  const auto second = append_webvh_entry(*first, {.document = document}, key(1), kLater);
  REQUIRE(second);
  CHECK(second->document->json() == document);
  CHECK(second->parameters == first->parameters);
  CHECK(*second->json.find("parameters") == Json::object());
  CHECK_FALSE(append_webvh_entry(*first, {.document = document}, key(2), kLater));
  CHECK_FALSE(append_webvh_entry(*first, {.document = Json::object()}, key(1), kLater));
}

TEST_CASE("every change is written as the parameter of its name", "[did][webvh]") {
  auto change = rotation(3, 4);
  change.witnesses = WebvhWitnesses{1, {key(5).public_key()}};
  change.watchers = {"https://w.example/"};
  change.ttl_seconds = 60;
  change.never_move_again = true;
  const auto next = append_webvh_entry(created(), change, key(3), kLater);
  REQUIRE(next);
  CHECK(*next->json.find("parameters") ==
        Json::object({{"updateKeys", Json::array({multikey(3)})},
                      {"nextKeyHashes", Json::array({key_hash(4)})},
                      {"witness", witness_rule(1, {5})},
                      {"watchers", Json::array({"https://w.example/"})},
                      {"ttl", 60},
                      {"portable", false}}));
}

TEST_CASE("an entry's time is now, or a second after the entry before", "[did][webvh]") {
  const auto first = created();
  const auto soon = append_webvh_entry(first, rotation(3, 4), key(3), kNow);
  REQUIRE(soon);
  CHECK(soon->version_time == kNow + std::chrono::seconds(1));
  const auto backwards =
      append_webvh_entry(first, rotation(3, 4), key(3), kNow - std::chrono::minutes(5));
  REQUIRE_FALSE(backwards);
  CHECK(backwards.error().code == ErrorCode::not_yet_valid);
}

TEST_CASE("a log moves with its document and the DID before it [DID-39]", "[did][webvh]") {
  auto whole = with_parameter("nextKeyHashes", Json::array({key_hash(3)}));
  whole.set("parameters", with_member(*whole.find("parameters"), "portable", true));
  const std::string before = "did:webvh:{SCID}:acme.example:members";
  whole.set("state",
            Json::object({{"id", before},
                          {"alsoKnownAs", Json::array({"did:web:acme.example:members"})},
                          {"service", Json::array({Json::object({{"id", before + "#s"}})})}}));
  const auto first = verified(finished(whole));
  const auto document = moved_document(first, "new.example%3A8443");
  REQUIRE(document);
  const std::string did = "did:webvh:" + first.scid + ":new.example%3A8443:members";
  CHECK(*document->find_string("id") == did);
  CHECK(*document->find("alsoKnownAs") ==
        Json::array({"did:web:new.example%3A8443:members", first.did.text()}));
  CHECK(*document->find("service") == Json::array({Json::object({{"id", did + "#s"}})}));
  auto change = rotation(3, 4);
  change.document = *document;
  const auto second = append_webvh_entry(first, change, key(3), kLater);
  REQUIRE(second);
  CHECK(second->did.text() == did);
  // And back: names are not doubled, and the DID's own is not among them.
  const auto back = moved_document(*second, "acme.example");
  REQUIRE(back);
  CHECK(*back->find_string("id") == first.did.text());
  CHECK(*back->find("alsoKnownAs") == Json::array({"did:web:acme.example:members", did}));
  for (const char* domain : {"", "10.0.0.1", "new.example:a", "acme.example:8443", "localhost"}) {
    INFO(domain);
    CHECK_FALSE(moved_document(first, domain));
  }
}

TEST_CASE("a log with pre-rotation ends in two entries, any other in one [DID-45]",
          "[did][webvh]") {
  const auto first = created();
  const auto end = deactivate_webvh(first, key(3), kLater);
  REQUIRE(end);
  REQUIRE(end->size() == 2);
  check_follows(first, end->front().json);
  check_follows(end->front(), end->back().json);
  CHECK(end->back().parameters.deactivated);
  CHECK(end->back().parameters.update_keys.empty());
  CHECK_FALSE(end->front().parameters.deactivated);
  CHECK_FALSE(deactivate_webvh(first, key(1), kLater));
  CHECK_FALSE(deactivate_webvh(end->back(), key(3), kLater));

  auto wanted = parameters("acme.example");
  wanted.next_key_hashes.clear();
  const auto plain = create_webvh_entry(wanted, key(1), kNow);
  const auto last = deactivate_webvh(*plain, key(1), kLater);
  REQUIRE(last);
  CHECK(last->size() == 1);
}

TEST_CASE("a document of which two names become one has no did:web beside it", "[did][webvh]") {
  const auto whole = preliminary();
  const Json state = with_member(with_member(*whole.find("state"), "did:web:acme.example", 1),
                                 "did:webvh:{SCID}:acme.example", 2);
  const auto entry = verify_first_webvh_entry(finished(with_member(whole, "state", state)), kNow);
  REQUIRE(entry);
  const auto parallel = parallel_did_web(*entry);
  REQUIRE_FALSE(parallel);
  CHECK(parallel.error().code == ErrorCode::invalid_did_document);
}

}  // namespace did_webvh_write_test
