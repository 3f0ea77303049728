#include "revocation/internal/sqlite_status_store.h"

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "revocation/status_list_issuer.h"

namespace sqlite_status_store_test {

using namespace avow;
using namespace avow::revocation;

namespace {

struct Fixture {
  core::testing::TempDir dir;
  core::testing::SeededRandom random{1};
  std::unique_ptr<core::Database> database =
      core::Database::open(dir / "node.db", migrations()).value();

  Fixture() {
    REQUIRE(write([](core::Transaction& transaction) {
      store::insert_list(transaction,
                         {"r1", StatusPurpose::revocation, "https://acme.example/status/r1"}, 1);
    }));
  }
  core::Result<void, core::Error> write(const std::function<void(core::Transaction&)>& step) const {
    return database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      step(tx);
      return {};
    });
  }
  Result<std::unique_ptr<StatusListIssuer>, Error> load() {
    return StatusListIssuer::load(*database, random, "did:web:acme.example",
                                  "https://acme.example");
  }
};

}  // namespace

TEST_CASE("bits that are not what their hash says are refused at load", "[revocation][store]") {
  Fixture fixture;
  CHECK(fixture.load());
  REQUIRE(fixture.write([](core::Transaction& transaction) {
    core::Bytes flipped(kListBytes);
    flipped[100] = 1;
    transaction.query("UPDATE issued_chunk SET bits = ? WHERE list = 'r1'")
        .bind(core::ByteView(flipped))
        .run();
  }));
  const auto loaded = fixture.load();
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::storage);
  CHECK(loaded.error().detail.find("r1") != std::string::npos);
}

TEST_CASE("a list without bits is refused at load", "[revocation][store]") {
  Fixture fixture;
  REQUIRE(fixture.write(
      [](core::Transaction& transaction) { transaction.run("DELETE FROM issued_chunk"); }));
  CHECK(fixture.load().error().code == ErrorCode::storage);
}

TEST_CASE("the schema itself refuses an index twice [STATUS-25]", "[revocation][store]") {
  Fixture fixture;
  const StatusSlot slot{"r1", StatusListIndex(5)};
  REQUIRE(fixture.write([&](core::Transaction& transaction) {
    CHECK(store::take_index(transaction, slot, StatusPurpose::revocation, "urn:a"));
    CHECK_FALSE(store::take_index(transaction, slot, StatusPurpose::revocation, "urn:b"));
    CHECK(store::newest_list(transaction, StatusPurpose::revocation)->allocated == 1);
  }));
  // A second index of one purpose for one credential is a fault, not a miss.
  CHECK_FALSE(fixture.write([](core::Transaction& transaction) {
    store::take_index(transaction, {"r1", StatusListIndex(6)}, StatusPurpose::revocation, "urn:a");
  }));
}

TEST_CASE("a new record is active whatever it says", "[revocation][store]") {
  Fixture fixture;
  CredentialRecord record;
  record.id = "urn:a";
  record.subject = "did:example:agent";
  record.slots = {{"r1", StatusListIndex(5)}, {"r1", StatusListIndex(6)}};
  record.state = CredentialState::revoked;
  REQUIRE(fixture.write([&](core::Transaction& transaction) {
    store::take_index(transaction, record.slots.revocation, StatusPurpose::revocation, record.id);
    store::take_index(transaction, record.slots.suspension, StatusPurpose::suspension, record.id);
    store::insert_credential(transaction, record);
    const auto found = store::find_credential(transaction, record.id);
    REQUIRE(found);
    CHECK(found->state == CredentialState::active);
    CHECK_FALSE(found->valid_until);
    CHECK(found->types.empty());
  }));
}

}  // namespace sqlite_status_store_test
