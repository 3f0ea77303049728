#include "revocation/fetched_status_source.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/scripted_fetcher.h"

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;
using core::testing::ScriptedFetcher;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:00:00Z").value();
constexpr const char* kIssuer = "did:web:acme.example";
constexpr const char* kUrl = "https://acme.example/status/r1";

core::Ed25519SigningKey key_of(std::uint8_t seed) {
  return core::Ed25519SigningKey::from_seed(core::Bytes(32, seed)).value();
}

core::Json list_of(std::initializer_list<std::uint32_t> set, const std::string& url = kUrl) {
  StatusBits bits;
  for (const auto index : set) bits.set(StatusListIndex(index));
  return make_status_list_credential({kIssuer, url, StatusPurpose::revocation, kNow, kNow + 15min},
                                     bits.bytes());
}

std::string signed_by(const core::Ed25519SigningKey& key, const core::Json& document) {
  const core::ProofOptions options{std::string(kIssuer) + "#key-1", "assertionMethod"};
  return core::to_canonical(core::with_proof(document, core::create_proof(document, options, key)));
}

/// The real signature check, with Acme's key known.
Result<void, Error> verify_acme(const core::Json& credential, core::Instant /*now*/) {
  const auto* proof = credential.find("proof");
  if (proof == nullptr ||
      !core::verify_proof(credential, *proof, key_of(1).public_key()).has_value()) {
    return fail(Error{ErrorCode::status_verification_error, "the list's proof does not verify"});
  }
  return {};
}

struct Fixture {
  ScriptedFetcher fetcher;
  FetchedStatusSource source{fetcher, verify_acme};

  std::optional<ErrorCode> fault(const std::string& url = kUrl) const {
    const auto list = source.find(kIssuer, url, kNow);
    if (list) return std::nullopt;
    return list.error().code;
  }
};

}  // namespace

TEST_CASE("a published list is fetched, verified and read", "[revocation][fetched]") {
  Fixture fixture;
  fixture.fetcher.respond(kUrl, signed_by(key_of(1), list_of({5})));
  const auto list = fixture.source.find(kIssuer, kUrl, kNow);
  REQUIRE(list);
  CHECK(list->issuer == kIssuer);
  CHECK(bit_at(list->bits, 5));
  CHECK_FALSE(bit_at(list->bits, 6));
}

TEST_CASE("a list that is unsigned, altered or by another key is refused [STATUS-03]",
          "[revocation][fetched]") {
  Fixture fixture;
  fixture.fetcher.respond(kUrl, core::to_canonical(list_of({})));
  CHECK(fixture.fault() == ErrorCode::status_verification_error);
  fixture.fetcher.respond(kUrl, signed_by(key_of(2), list_of({})));
  CHECK(fixture.fault() == ErrorCode::status_verification_error);
  auto altered = core::parse_json(signed_by(key_of(1), list_of({5}))).value();
  altered.set("credentialSubject", *list_of({}).find("credentialSubject"));
  fixture.fetcher.respond(kUrl, core::to_canonical(altered));
  CHECK(fixture.fault() == ErrorCode::status_verification_error);
}

TEST_CASE("a list that cannot be had is a retrieval error [STATUS-15]", "[revocation][fetched]") {
  Fixture fixture;
  CHECK(fixture.fault() == ErrorCode::status_retrieval_error);
  core::HttpResponse missing;
  missing.status = 404;
  missing.body = signed_by(key_of(1), list_of({}));
  fixture.fetcher.respond(kUrl, missing);
  CHECK(fixture.fault() == ErrorCode::status_retrieval_error);
  fixture.fetcher.refuse(kUrl, {core::ErrorCode::response_too_large, "over the limit"});
  CHECK(fixture.fault() == ErrorCode::status_retrieval_error);
  fixture.fetcher.respond(kUrl, "<html>");
  CHECK(fixture.fault() == ErrorCode::malformed_value_error);
}

TEST_CASE("a list at another URL than its id is refused [STATUS-04]", "[revocation][fetched]") {
  Fixture fixture;
  fixture.fetcher.respond(kUrl, signed_by(key_of(1), list_of({}, "https://acme.example/other")));
  CHECK(fixture.fault() == ErrorCode::status_list_id);
}

TEST_CASE("a list is not asked for over plain http [STATUS-16]", "[revocation][fetched]") {
  Fixture fixture;
  const std::string plain = "http://acme.example/status/r1";
  fixture.fetcher.respond(plain, signed_by(key_of(1), list_of({}, plain)));
  CHECK(fixture.fault(plain) == ErrorCode::https_required);
  CHECK(fixture.fault("file:///etc/passwd") == ErrorCode::https_required);
  CHECK(fixture.fetcher.requests().empty());

  FetchedStatusOptions options;
  options.allow_http = true;
  const FetchedStatusSource loopback(fixture.fetcher, verify_acme, options);
  CHECK(loopback.find(kIssuer, plain, kNow));
  CHECK(loopback.find(kIssuer, "file:///etc/passwd", kNow).error().code ==
        ErrorCode::https_required);
}

TEST_CASE("a list is remembered for its time and never past its validity",
          "[revocation][fetched]") {
  Fixture fixture;
  fixture.fetcher.respond(kUrl, signed_by(key_of(1), list_of({})));
  CHECK(fixture.source.find(kIssuer, kUrl, kNow));
  CHECK(fixture.source.find(kIssuer, kUrl, kNow + 60s - 1ms));
  CHECK(fixture.fetcher.requests().size() == 1);
  CHECK(fixture.source.find(kIssuer, kUrl, kNow + 60s));
  CHECK(fixture.fetcher.requests().size() == 2);

  FetchedStatusOptions options;
  options.max_age = 24h;
  const FetchedStatusSource patient(fixture.fetcher, verify_acme, options);
  CHECK(patient.find(kIssuer, kUrl, kNow + 15min));
  CHECK(patient.find(kIssuer, kUrl, kNow + 15min + 1ms).error().code ==
        ErrorCode::status_list_expired);
}

TEST_CASE("a maximum age of 0 remembers nothing [STATUS-19]", "[revocation][fetched]") {
  ScriptedFetcher fetcher;
  fetcher.respond(kUrl, signed_by(key_of(1), list_of({})));
  FetchedStatusOptions options;
  options.max_age = 0ms;
  const FetchedStatusSource source(fetcher, verify_acme, options);
  const auto before = source.find(kIssuer, kUrl, kNow);
  fetcher.respond(kUrl, signed_by(key_of(1), list_of({5})));
  const auto after = source.find(kIssuer, kUrl, kNow);
  REQUIRE((before && after));
  CHECK(bit_at(after->bits, 5));
  CHECK_FALSE(bit_at(before->bits, 5));  // who holds the old answer reads it unchanged
  CHECK(fetcher.requests().size() == 2);
}

TEST_CASE("a failure is not remembered", "[revocation][fetched]") {
  Fixture fixture;
  CHECK(fixture.fault() == ErrorCode::status_retrieval_error);
  fixture.fetcher.respond(kUrl, signed_by(key_of(1), list_of({})));
  CHECK_FALSE(fixture.fault());
}
