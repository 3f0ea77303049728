#include "revocation/fetched_status_source.h"

#include <functional>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/scripted_fetcher.h"
#include "revocation/status_list_checker.h"
#include "vc/testing/world.h"

namespace fetched_status_source_test {

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:30:00Z").value();
const std::string kIssuer = "did:web:orga.example";
const std::string kUrl = "https://orga.example/status/r1";

core::Json list_of(std::initializer_list<std::uint32_t> set, const std::string& url = kUrl,
                   const std::string& issuer = kIssuer) {
  StatusBits bits;
  for (const auto index : set) bits.set(StatusListIndex(index));
  return make_status_list_credential({issuer, url, StatusPurpose::revocation, kNow, kNow + 15min},
                                     bits.bytes());
}

core::Json with_subject(core::Json list, std::string_view member, core::Json value) {
  core::Json subject = *list.find("credentialSubject");
  subject.set(member, std::move(value));
  list.set("credentialSubject", std::move(subject));
  return list;
}

std::string signed_by(const core::Ed25519SigningKey& key, const core::Json& document,
                      const std::string& method = kIssuer + "#key-1") {
  const core::ProofOptions options{method, "assertionMethod"};
  return core::to_canonical(core::with_proof(document, core::create_proof(document, options, key)));
}

/// A verifier that trusts nobody, the issuer's document, and a network.
struct World : vc::testing::World {
  World() { trust.distrust(kIssuer); }

  std::string signed_list(const core::Json& list) const { return signed_by(issuer_key, list); }
  void publish(const core::Json& list, const std::string& etag = "") {
    core::HttpResponse response{200, {}, signed_list(list)};
    if (!etag.empty()) response.headers.emplace_back("etag", etag);
    network.respond(kUrl, response);
  }
  Result<KnownList, Error> find(core::Instant at = kNow, const std::string& url = kUrl) const {
    return source.find(kIssuer, url, at);
  }
  std::optional<ErrorCode> fault(core::Instant at = kNow, const std::string& url = kUrl) const {
    const auto list = find(at, url);
    if (list) return std::nullopt;
    CHECK_FALSE(list.error().detail.empty());
    return list.error().code;
  }
  std::size_t fetches() const { return network.requests().size(); }

  core::testing::ScriptedFetcher network;
  FetchedListCache cache;
  vc::VerifyContext verifying = context();
  FetchedStatusSource source{network, cache, verifying};
};

/// A network whose answers are under way while something else happens.
class Overtaken final : public core::HttpFetcher {
 public:
  Overtaken(core::HttpFetcher& network, std::function<void()> meanwhile)
      : network_(network), meanwhile_(std::move(meanwhile)) {}
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    auto answer = network_.fetch(request);
    meanwhile_();
    return answer;
  }

 private:
  core::HttpFetcher& network_;
  const std::function<void()> meanwhile_;
};

}  // namespace

TEST_CASE("a published list is fetched, verified and read", "[revocation][fetched]") {
  World world;
  world.publish(list_of({5}));
  const auto list = world.find();
  REQUIRE(list);
  CHECK(list->issuer == kIssuer);
  CHECK(bit_at(list->bits, 5));
  CHECK_FALSE(bit_at(list->bits, 6));
  CHECK(world.status.asked().empty());
}

TEST_CASE("a list that is unsigned, altered or by another key is refused [STATUS-03]",
          "[revocation][fetched]") {
  World world;
  world.network.respond(kUrl, core::to_canonical(list_of({})));
  CHECK(world.fault() == ErrorCode::status_verification_error);
  world.network.respond(kUrl, signed_by(world.stranger_key, list_of({})));
  CHECK(world.fault() == ErrorCode::status_verification_error);
  auto altered = core::parse_json(world.signed_list(list_of({5}))).value();
  altered.set("credentialSubject", *list_of({}).find("credentialSubject"));
  world.network.respond(kUrl, core::to_canonical(altered));
  CHECK(world.fault() == ErrorCode::status_verification_error);
  world.network.respond(kUrl,
                        signed_by(world.agent_key, list_of({}), world.agent_method));  // its key
  CHECK(world.fault() == ErrorCode::status_verification_error);
}

TEST_CASE("a list of another issuer is refused before its key is looked for [STATUS-02]",
          "[revocation][fetched]") {
  World world;
  world.resolver.refuse("did:web:evil.example", did::ErrorCode::unavailable);
  world.network.respond(kUrl,
                        signed_by(world.stranger_key, list_of({}, kUrl, "did:web:evil.example"),
                                  "did:web:evil.example#key-1"));
  CHECK(world.fault() == ErrorCode::status_issuer);
  // One that is held answers, as the other's: the checker refuses it.
  world.publish(list_of({}));
  REQUIRE(world.find());
  CHECK(world.source.find("did:web:evil.example", kUrl, kNow)->issuer == kIssuer);
  CHECK(StatusListChecker(world.source)
            .check_status("did:web:evil.example", {"revocation", kUrl, 5, 1}, kNow)
            .code == "status_issuer");
}

TEST_CASE("a list that cannot be had is a retrieval error, and nothing else is [STATUS-15]",
          "[revocation][fetched]") {
  World world;
  CHECK(world.fault() == ErrorCode::status_retrieval_error);
  for (const int status : {204, 301, 302, 304, 404, 500}) {
    world.network.respond(kUrl, core::HttpResponse{status, {}, world.signed_list(list_of({}))});
    CAPTURE(status);
    CHECK(world.fault() == ErrorCode::status_retrieval_error);
  }
  for (const auto code : {core::ErrorCode::unreachable, core::ErrorCode::blocked_address,
                          core::ErrorCode::tls_failure, core::ErrorCode::too_many_fetches,
                          core::ErrorCode::unsupported_content_encoding}) {
    world.network.refuse(kUrl, {code, "why"});
    CHECK(world.fault() == ErrorCode::status_retrieval_error);
    CHECK(world.find().error().detail.find(core::code_name(code)) != std::string::npos);
  }
  world.publish(list_of({}));
  world.resolver.refuse(kIssuer, did::ErrorCode::unavailable);
  CHECK(world.fault() == ErrorCode::status_retrieval_error);

  world.network.respond(kUrl, "<html>");
  CHECK(world.fault() == ErrorCode::malformed_value_error);
  world.network.respond(kUrl, R"({"id":"x"})");
  CHECK(world.fault() == ErrorCode::malformed_value_error);
}

TEST_CASE("a list at another URL than its id is refused [STATUS-04]", "[revocation][fetched]") {
  World world;
  world.publish(list_of({}, "https://orga.example/other"));
  CHECK(world.fault() == ErrorCode::status_list_id);
}

TEST_CASE("what is not read over https has its own code [STATUS-16]", "[revocation][fetched]") {
  World world;
  world.network.refuse("http://orga.example/r1", {core::ErrorCode::https_required, "plain"});
  CHECK(world.fault(kNow, "http://orga.example/r1") == ErrorCode::https_required);
}

TEST_CASE("a list that inflates beyond any bound is refused [STATUS-09]", "[revocation][fetched]") {
  World world;
  const core::Bytes most(kMaxExpandedListBytes);
  world.publish(with_subject(list_of({}), "encodedList", encode_status_list(most)));
  CHECK_FALSE(world.fault());
  const core::Bytes more(kMaxExpandedListBytes + 1);
  World other;
  other.publish(with_subject(list_of({}), "encodedList", encode_status_list(more)));
  CHECK(other.fault() == ErrorCode::status_list_too_large);
  other.network.respond(kUrl, std::string((std::size_t{4} << 20) + 1, ' '));
  CHECK(other.fault() == ErrorCode::status_list_too_large);
}

TEST_CASE("a short list and one that is no gzip have the codes of their specification [STATUS-12]",
          "[revocation][fetched]") {
  World world;
  const core::Bytes few(16'383);
  world.publish(with_subject(list_of({}), "encodedList", encode_status_list(few)));
  CHECK(world.fault() == ErrorCode::status_list_length_error);
  world.publish(with_subject(list_of({}), "encodedList", "uAAAA"));
  CHECK(world.fault() == ErrorCode::bad_gzip);
}

TEST_CASE("a list with a status of its own is refused and nothing is asked for it [STATUS-23]",
          "[revocation][fetched]") {
  World world;
  core::Json list = list_of({});
  list.set("credentialStatus", vc::make_status_entry("revocation", kUrl, 5));
  world.publish(list);
  CHECK(world.fault() == ErrorCode::status_verification_error);
  CHECK(world.fetches() == 1);
}

TEST_CASE("a list is held for its time and never past its validity [STATUS-14]",
          "[revocation][fetched]") {
  World world;
  world.publish(list_of({}));
  CHECK(world.find());
  CHECK(world.find(kNow + 60s - 1ms));
  CHECK(world.fetches() == 1);
  CHECK(world.find(kNow + 60s));
  CHECK(world.fetches() == 2);

  const FetchedStatusSource patient(world.network, world.cache, world.verifying, 24h);
  CHECK(patient.find(kIssuer, kUrl, kNow + 15min));
  CHECK(world.fetches() == 2);
  CHECK(patient.find(kIssuer, kUrl, kNow + 15min + 1ms).error().code ==
        ErrorCode::status_list_expired);
  CHECK(patient.find(kIssuer, kUrl, kNow + 17min).error().code == ErrorCode::status_list_expired);
}

TEST_CASE("a list's own ttl shortens its time, and 0 holds nothing [STATUS-19]",
          "[revocation][fetched]") {
  World world;
  world.publish(with_subject(list_of({}), "ttl", std::int64_t{5000}));
  CHECK(world.find());
  CHECK(world.find(kNow + 5s - 1ms));
  CHECK(world.fetches() == 1);
  world.publish(with_subject(list_of({5}), "ttl", std::int64_t{5000}));
  CHECK(bit_at(world.find(kNow + 5s)->bits, 5));

  World untiring;
  untiring.publish(with_subject(list_of({}), "ttl", std::int64_t{0}));
  const auto before = untiring.find();
  untiring.publish(with_subject(list_of({5}), "ttl", std::int64_t{0}));
  const auto after = untiring.find();
  REQUIRE((before && after));
  CHECK(bit_at(after->bits, 5));
  CHECK_FALSE(bit_at(before->bits, 5));  // who holds the old answer reads it unchanged

  // A longer one does not lengthen ours.
  World longer;
  longer.publish(with_subject(list_of({}), "ttl", std::int64_t{3'600'000}));
  CHECK(longer.find());
  CHECK(longer.find(kNow + 60s));
  CHECK(longer.fetches() == 2);

  for (const core::Json& ttl : {core::Json(std::int64_t{-1}), core::Json("5000"), core::Json()}) {
    World wrong;
    wrong.publish(with_subject(list_of({}), "ttl", ttl));
    CHECK(wrong.fault() == ErrorCode::malformed_value_error);
  }
}

TEST_CASE("a list that its server says is unchanged is held on, by its ETag",
          "[revocation][fetched]") {
  World world;
  world.publish(list_of({5}), "\"7\"");
  CHECK(world.find());
  world.network.respond(kUrl, core::HttpResponse{304, {}, ""});
  const auto again = world.find(kNow + 60s);
  REQUIRE(again);
  CHECK(bit_at(again->bits, 5));
  const auto headers = world.network.requests().back().headers;
  CHECK(std::ranges::find(headers, std::pair<std::string, std::string>("If-None-Match", "\"7\"")) !=
        headers.end());
  // Held on: no third fetch.
  CHECK(world.find(kNow + 120s - 1ms));
  CHECK(world.fetches() == 2);
  // Past its validity it is asked for whole, and "unchanged" is no answer.
  CHECK(world.fault(kNow + 15min + 1ms) == ErrorCode::status_retrieval_error);
  const auto whole = world.network.requests().back().headers;
  for (const auto& [name, value] : whole) CHECK(name != "If-None-Match");
}

TEST_CASE("a list that is unchanged is not held on if its key is its issuer's no more",
          "[revocation][fetched]") {
  World world;
  world.publish(list_of({5}), "\"7\"");
  REQUIRE(world.find());
  world.network.respond(kUrl, core::HttpResponse{304, {}, ""});
  world.resolver.add(kIssuer, world.stranger_key.public_key());
  CHECK(world.fault(kNow + 60s) == ErrorCode::status_retrieval_error);
  // It was asked for whole: signed anew, it is believed although its ETag is the same.
  const auto whole = world.network.requests().back().headers;
  for (const auto& [name, value] : whole) CHECK(name != "If-None-Match");
  core::HttpResponse renewed{200, {{"etag", "\"7\""}}, signed_by(world.stranger_key, list_of({5}))};
  world.network.respond(kUrl, renewed);
  CHECK_FALSE(world.fault(kNow + 60s));

  // Nor while nobody can say whose key it is.
  world.network.respond(kUrl, core::HttpResponse{304, {}, ""});
  world.resolver.refuse(kIssuer, did::ErrorCode::unavailable);
  CHECK(world.fault(kNow + 120s) == ErrorCode::status_retrieval_error);
  world.resolver.add(kIssuer, world.stranger_key.public_key());
  CHECK_FALSE(world.fault(kNow + 120s));
}

TEST_CASE("an unchanged list is held on for no longer than its ttl and its validity",
          "[revocation][fetched][STATUS-14][STATUS-19]") {
  World world;
  world.publish(with_subject(list_of({}), "ttl", std::int64_t{5000}), "\"7\"");
  REQUIRE(world.find());
  world.network.respond(kUrl, core::HttpResponse{304, {}, ""});
  CHECK(world.find(kNow + 5s));
  CHECK(world.find(kNow + 10s - 1ms));
  CHECK(world.fetches() == 2);
  CHECK(world.find(kNow + 10s));
  CHECK(world.fetches() == 3);
  CHECK(world.find(kNow + 15min));
  CHECK(world.fault(kNow + 15min + 1ms) == ErrorCode::status_retrieval_error);
}

TEST_CASE("a failure is not remembered, and what is held does not stand in for one",
          "[revocation][fetched]") {
  World world;
  CHECK(world.fault() == ErrorCode::status_retrieval_error);
  world.publish(list_of({}));
  CHECK_FALSE(world.fault());
  world.network.refuse(kUrl, {core::ErrorCode::unreachable, "down"});
  CHECK_FALSE(world.fault(kNow + 60s - 1ms));
  CHECK(world.fault(kNow + 60s) == ErrorCode::status_retrieval_error);
  // A clock that was set back says nothing about an age.
  CHECK(world.fault(kNow - 1ms) == ErrorCode::status_retrieval_error);
}

TEST_CASE("lists over 256 KiB are read and not held", "[revocation][fetched]") {
  for (const std::size_t excess : {std::size_t{0}, std::size_t{1}}) {
    World world;
    const core::Bytes bits(FetchedListCache::kMaxListBytes + excess);
    world.publish(with_subject(list_of({}), "encodedList", encode_status_list(bits)));
    CHECK(world.find());
    CHECK(world.find());
    CHECK(world.fetches() == 1 + excess);
  }
}

TEST_CASE("a list that was long under way does not undo a revocation that came meanwhile",
          "[revocation][fetched]") {
  // A list with a ttl of 0 is not held, but has been seen.
  for (const core::Json& newer : {list_of({5}), with_subject(list_of({5}), "ttl", 0)}) {
    World world;
    world.publish(list_of({}));
    // While the first request waits for its answer, another asks and is told.
    Overtaken slow(world.network, [&] {
      world.publish(newer);
      CHECK(bit_at(world.find()->bits, 5));
    });
    const FetchedStatusSource first(slow, world.cache, world.verifying);
    CHECK_FALSE(bit_at(first.find(kIssuer, kUrl, kNow)->bits, 5));
    CHECK(bit_at(world.find()->bits, 5));
  }
}

TEST_CASE("a revocation in a stranger's list refuses its credential", "[revocation][fetched]") {
  World world;
  world.publish(list_of({vc::testing::World::kRevocationIndex}));
  const StatusListChecker checker(world.source);
  const auto at = [&](std::uint64_t index) {
    return checker.check_status(kIssuer, {"revocation", kUrl, index, 1}, kNow);
  };
  CHECK(at(vc::testing::World::kRevocationIndex).code == "revoked");
  CHECK(at(vc::testing::World::kRevocationIndex + 1).outcome == vc::CheckOutcome::passed);
  CHECK(at(131'072).code == "RANGE_ERROR");
  CHECK(checker.check_status(kIssuer, {"suspension", kUrl, 5, 1}, kNow).code ==
        "STATUS_VERIFICATION_ERROR");
  world.network.refuse(kUrl, {core::ErrorCode::unreachable, "down"});
  const auto down = checker.check_status(kIssuer, {"revocation", kUrl, 5, 1}, kNow + 60s);
  CHECK(down.outcome == vc::CheckOutcome::undetermined);
  CHECK(down.code == "STATUS_RETRIEVAL_ERROR");
}

}  // namespace fetched_status_source_test
