#include "revocation/status_list_publisher.h"

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "revocation/status_list_credential.h"

namespace status_list_publisher_test {

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:00:00.250Z").value();
constexpr const char* kIssuer = "did:web:acme.example";
constexpr const char* kUrl = "https://acme.example/status/r1";
constexpr const char* kId = "urn:uuid:1";

struct Fixture {
  core::testing::TempDir dir;
  core::testing::SeededRandom random{1};
  std::unique_ptr<core::Database> database =
      core::Database::open(dir / "node.db", migrations()).value();
  std::unique_ptr<StatusListIssuer> issuer =
      StatusListIssuer::load(*database, random, kIssuer, "https://acme.example").value();
  core::Ed25519SigningKey key = core::Ed25519SigningKey::from_seed(core::Bytes(32, 1)).value();
  int signatures = 0;
  StatusListPublisher publisher{
      *issuer, [this](const core::Json& credential) {
        ++signatures;
        return core::with_proof(
            credential,
            core::create_proof(credential, {"did:web:acme.example#key-1", "assertionMethod"}, key));
      }};
  CredentialRecord record;

  Fixture() {
    write([this](core::Transaction& transaction) {
      record.id = kId;
      record.subject = "did:example:agent";
      record.issued_at = kNow;
      record.slots = issuer->allocate(transaction, kId).value().slots;
      REQUIRE(issuer->record(transaction, record));
    });
  }
  void write(const std::function<void(core::Transaction&)>& step) {
    REQUIRE(database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      step(tx);
      return {};
    }));
  }
};

}  // namespace

TEST_CASE("a published list verifies and can be read by anyone", "[revocation][publisher]") {
  Fixture fixture;
  const auto published = fixture.publisher.publish("r1", kNow);
  REQUIRE(published);
  CHECK((*published)->valid_until == core::parse_rfc3339("2026-11-21T08:15:00Z").value());
  const auto& etag = (*published)->etag;
  CHECK(etag.size() == 45);  // 43 characters of base64url, quoted, not weak
  CHECK((etag.front() == '"' && etag.back() == '"'));

  const auto credential = core::parse_json((*published)->text).value();
  REQUIRE(credential.find("proof") != nullptr);
  CHECK(core::verify_proof(credential, *credential.find("proof"), fixture.key.public_key()));
  const auto list = read_status_list_credential(credential, kUrl, kNow);
  REQUIRE(list);
  CHECK(list->issuer == kIssuer);
  CHECK(list->valid_until == (*published)->valid_until);
  CHECK(list->bits == core::Bytes(kListBytes));
}

TEST_CASE("the same bytes are served until half of the validity has passed",
          "[revocation][publisher]") {
  Fixture fixture;
  const auto first = fixture.publisher.publish("r1", kNow).value();
  CHECK(fixture.publisher.publish("r1", kNow + 7min + 30s - 1ms).value() == first);
  CHECK(fixture.signatures == 1);
  const auto second = fixture.publisher.publish("r1", kNow + 7min + 30s).value();
  CHECK(fixture.signatures == 2);
  CHECK(second->etag != first->etag);
  CHECK(second->valid_until == first->valid_until + 7min + 30s);
}

TEST_CASE("a revocation is in the very next answer [STATUS-18]", "[revocation][publisher]") {
  Fixture fixture;
  const auto before = fixture.publisher.publish("r1", kNow).value();
  const auto suspensions = fixture.publisher.publish("s1", kNow).value();
  fixture.write([&](core::Transaction& transaction) {
    REQUIRE(fixture.issuer->revoke(transaction, kId, kNow));
  });
  const auto after = fixture.publisher.publish("r1", kNow + 1ms).value();
  CHECK(after->etag != before->etag);
  const auto list =
      read_status_list_credential(core::parse_json(after->text).value(), kUrl, kNow).value();
  CHECK(bit_at(list.bits, fixture.record.slots.revocation.index.value()));
  CHECK(fixture.publisher.publish("s1", kNow + 1ms).value() == suspensions);
}

TEST_CASE("a clock that is set back does not serve a list from the future",
          "[revocation][publisher]") {
  Fixture fixture;
  REQUIRE(fixture.publisher.publish("r1", kNow));
  const auto published = fixture.publisher.publish("r1", kNow - 1h).value();
  CHECK(read_status_list_credential(core::parse_json(published->text).value(), kUrl, kNow - 1h));
}

TEST_CASE("only lists that exist are published", "[revocation][publisher]") {
  Fixture fixture;
  CHECK(fixture.publisher.publish("r2", kNow).error().code == ErrorCode::not_found);
  CHECK(fixture.publisher.publish("", kNow).error().code == ErrorCode::not_found);
  CHECK(fixture.signatures == 0);
}

}  // namespace status_list_publisher_test
