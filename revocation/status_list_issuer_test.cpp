#include "revocation/status_list_issuer.h"

#include <array>
#include <atomic>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "revocation/status_list_checker.h"

namespace status_list_issuer_test {

using namespace avow;
using namespace avow::revocation;
using namespace std::chrono_literals;

namespace {

const core::Instant kNow = core::parse_rfc3339("2026-11-21T08:00:00Z").value();
constexpr const char* kIssuer = "did:webvh:QmAcme:acme.example";
constexpr const char* kAgent = "did:web:acme.example:agents:support";

/// A node's store, that can be closed and opened again.
class Store {
 public:
  Store() { open(); }

  void open() {
    issuer_.reset();
    database_.reset();
    database_ = core::Database::open(dir_ / "node.db", migrations()).value();
    issuer_ = load().value();
  }
  Result<std::unique_ptr<StatusListIssuer>, Error> load() {
    return StatusListIssuer::load(*database_, random_, kIssuer, "https://acme.example");
  }
  /// Runs one step in a transaction that commits, and gives what the step gave.
  template <class Step>
  auto commit(const Step& step) {
    std::optional<std::invoke_result_t<Step, core::Transaction&>> given;
    const auto written =
        database_->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
          given = step(transaction);
          return {};
        });
    REQUIRE(written);
    return std::move(*given);
  }
  /// Runs one step in a transaction that is then undone.
  template <class Step>
  void roll_back(const Step& step) {
    const auto written =
        database_->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
          step(transaction);
          return core::fail(core::Error{core::ErrorCode::storage, "undo"});
        });
    REQUIRE_FALSE(written);
  }
  StatusAllocation allocate(const std::string& id) {
    return commit(
        [&](core::Transaction& transaction) { return issuer().allocate(transaction, id).value(); });
  }
  CredentialRecord add(const std::string& id, const std::string& subject = kAgent) {
    return commit([&](core::Transaction& transaction) {
      CredentialRecord record;
      record.id = id;
      record.subject = subject;
      record.types = {"VerifiableCredential", "AgentCapabilityCredential"};
      record.valid_from = kNow;
      record.valid_until = kNow + 1h;
      record.issued_at = kNow;
      record.text = R"({"id":")" + id + R"("})";
      record.slots = issuer().allocate(transaction, id).value().slots;
      REQUIRE(issuer().record(transaction, record));
      return record;
    });
  }
  Result<StatusChange, Error> revoke(const std::string& id) {
    return commit([&](auto& transaction) { return issuer().revoke(transaction, id, kNow + 1s); });
  }
  Result<StatusChange, Error> suspend(const std::string& id) {
    return commit([&](auto& transaction) { return issuer().suspend(transaction, id, kNow + 2s); });
  }
  Result<StatusChange, Error> resume(const std::string& id) {
    return commit([&](auto& transaction) { return issuer().resume(transaction, id, kNow + 3s); });
  }
  std::optional<CredentialRecord> find(const std::string& id) {
    std::optional<CredentialRecord> found;
    REQUIRE(database_->read([&](core::Connection& connection) {
      found = StatusListIssuer::find_credential(connection, id);
    }));
    return found;
  }
  CredentialPage page(const CredentialQuery& query) {
    CredentialPage page;
    REQUIRE(database_->read([&](core::Connection& connection) {
      page = StatusListIssuer::list_credentials(connection, query);
    }));
    return page;
  }
  bool bit(const StatusSlot& slot) { return issuer_->find_list(slot.list)->bits->get(slot.index); }
  StatusListIssuer& issuer() { return *issuer_; }
  core::Database& database() { return *database_; }

 private:
  core::testing::TempDir dir_;
  core::testing::SeededRandom random_{20261121};
  std::unique_ptr<core::Database> database_;
  std::unique_ptr<StatusListIssuer> issuer_;
};

std::vector<std::string> ids(const CredentialPage& page) {
  std::vector<std::string> found;
  for (const auto& record : page.records) found.push_back(record.id);
  return found;
}

}  // namespace

TEST_CASE("a credential gets a revocation entry and a suspension entry", "[revocation][issuer]") {
  Store store;
  const auto allocation = store.allocate("urn:uuid:1");
  REQUIRE(allocation.opened.size() == 2);
  CHECK(allocation.opened[0] ==
        StatusListDeclaration{"r1", StatusPurpose::revocation, "https://acme.example/status/r1"});
  CHECK(allocation.opened[1] ==
        StatusListDeclaration{"s1", StatusPurpose::suspension, "https://acme.example/status/s1"});
  REQUIRE(allocation.entries.size() == 2);
  const auto position = std::to_string(allocation.slots.revocation.index.value());
  CHECK(allocation.entries[0] ==
        core::Json::object({{"id", "https://acme.example/status/r1#" + position},
                            {"type", "BitstringStatusListEntry"},
                            {"statusPurpose", "revocation"},
                            {"statusListIndex", position},
                            {"statusListCredential", "https://acme.example/status/r1"}}));
  CHECK(*allocation.entries[1].find_string("statusPurpose") == "suspension");
  CHECK(*allocation.entries[1].find_string("statusListCredential") ==
        "https://acme.example/status/s1");
  CHECK(store.allocate("urn:uuid:2").opened.empty());
}

TEST_CASE("2,000 indexes are all different and spread over the list [STATUS-25]",
          "[revocation][issuer]") {
  Store store;
  std::set<std::uint32_t> revocations;
  std::array<int, 16> buckets{};
  store.commit([&](core::Transaction& transaction) {
    for (int i = 0; i < 2000; ++i) {
      const auto slots =
          store.issuer().allocate(transaction, "urn:test:" + std::to_string(i)).value().slots;
      revocations.insert(slots.revocation.index.value());
      ++buckets.at(slots.revocation.index.value() / (kListLength / buckets.size()));
    }
    return true;
  });
  CHECK(revocations.size() == 2000);
  // Chi-square with 15 degrees of freedom is over 37.7 once in a thousand; the seed is fixed.
  double chi_square = 0;
  for (const int count : buckets) chi_square += (count - 125.0) * (count - 125.0) / 125.0;
  CHECK(chi_square < 37.7);
}

TEST_CASE("an index that is drawn again is not given again [STATUS-25]", "[revocation][issuer]") {
  // The same seed draws the same index for the first credential of each store.
  core::testing::TempDir dir;
  auto database = core::Database::open(dir / "node.db", migrations()).value();
  std::vector<StatusSlots> given;
  for (const auto* id : {"urn:a", "urn:b"}) {
    core::testing::SeededRandom same(7);
    auto issuer = StatusListIssuer::load(*database, same, kIssuer, "https://acme.example").value();
    REQUIRE(database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
      given.push_back(issuer->allocate(tx, id).value().slots);
      return {};
    }));
  }
  CHECK(given[0].revocation != given[1].revocation);
  CHECK(given[0].suspension != given[1].suspension);
}

TEST_CASE("an id gets indexes once, and a record needs those that its id was given [STATUS-25]",
          "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  store.allocate("urn:uuid:2");
  store.commit([&](core::Transaction& transaction) {
    auto& issuer = store.issuer();
    CHECK(issuer.allocate(transaction, "urn:uuid:1").error().code == ErrorCode::conflict);
    CHECK(issuer.record(transaction, record).error().code == ErrorCode::conflict);
    auto thief = record;
    thief.id = "urn:uuid:2";
    CHECK(issuer.record(transaction, thief).error().code == ErrorCode::conflict);
    thief.id = "urn:uuid:3";
    CHECK(issuer.record(transaction, thief).error().code == ErrorCode::conflict);
    return true;
  });
}

TEST_CASE("a list that is half used opens the next one", "[revocation][issuer]") {
  Store store;
  const auto take = [&](const std::string& prefix, std::uint32_t count) {
    return store.commit([&](core::Transaction& transaction) {
      StatusAllocation last;
      for (std::uint32_t i = 0; i < count; ++i) {
        last = store.issuer().allocate(transaction, prefix + std::to_string(i)).value();
      }
      return last;
    });
  };
  // As if all but two of the first half had been given out before.
  take("urn:a:", 1);
  store.commit([&](core::Transaction& transaction) {
    transaction.query("UPDATE issued_list SET allocated = allocated + ?")
        .bind(std::int64_t{kListLength / 2 - 3})
        .run();
    return 0;
  });
  const auto last_of_first = take("urn:b:", 2);
  CHECK(last_of_first.slots.revocation.list == "r1");
  CHECK(last_of_first.slots.suspension.list == "s1");
  const auto first_of_second = take("urn:c:", 1);
  CHECK(first_of_second.slots.revocation.list == "r2");
  REQUIRE(first_of_second.opened.size() == 2);
  CHECK(first_of_second.opened[0].list == "r2");
  CHECK(first_of_second.opened[1].url == "https://acme.example/status/s2");
  CHECK(store.issuer().lists().size() == 4);
}

TEST_CASE("revoking sets the bit, for good", "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  CHECK_FALSE(store.bit(record.slots.revocation));
  const auto change = store.revoke(record.id);
  REQUIRE(change);
  CHECK(change->before == CredentialState::active);
  CHECK(change->after == CredentialState::revoked);
  REQUIRE(change->deltas.size() == 1);
  CHECK(change->deltas[0] == StatusDelta{"r1", {record.slots.revocation.index}, {}});
  CHECK(store.bit(record.slots.revocation));
  CHECK_FALSE(store.bit(record.slots.suspension));
  CHECK(store.find(record.id)->state == CredentialState::revoked);
  CHECK(store.find(record.id)->changed_at == kNow + 1s);

  const auto again = store.revoke(record.id);
  REQUIRE(again);
  CHECK(again->before == CredentialState::revoked);
  CHECK(again->deltas.empty());
}

TEST_CASE("what is revoked cannot be suspended or resumed [STATUS-24]", "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  REQUIRE(store.suspend(record.id));
  REQUIRE(store.revoke(record.id));
  CHECK(store.resume(record.id).error().code == ErrorCode::conflict);
  CHECK(store.suspend(record.id).error().code == ErrorCode::conflict);
  CHECK(store.bit(record.slots.revocation));
  CHECK(store.find(record.id)->state == CredentialState::revoked);
}

TEST_CASE("suspending sets a bit that resuming clears", "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  const auto nothing = store.resume(record.id);
  REQUIRE(nothing);
  CHECK(nothing->deltas.empty());

  const auto suspended = store.suspend(record.id);
  REQUIRE(suspended);
  CHECK(suspended->deltas == std::vector{StatusDelta{"s1", {record.slots.suspension.index}, {}}});
  CHECK(store.bit(record.slots.suspension));
  CHECK(store.suspend(record.id)->deltas.empty());

  const auto resumed = store.resume(record.id);
  REQUIRE(resumed);
  CHECK(resumed->after == CredentialState::active);
  CHECK(resumed->deltas == std::vector{StatusDelta{"s1", {}, {record.slots.suspension.index}}});
  CHECK_FALSE(store.bit(record.slots.suspension));
}

TEST_CASE("a credential that was never issued is not found", "[revocation][issuer]") {
  Store store;
  store.allocate("urn:uuid:1");  // has indexes, but no record
  for (const auto* id : {"urn:uuid:1", "urn:uuid:2"}) {
    CHECK(store.revoke(id).error().code == ErrorCode::not_found);
    CHECK(store.suspend(id).error().code == ErrorCode::not_found);
    CHECK(store.resume(id).error().code == ErrorCode::not_found);
    CHECK_FALSE(store.find(id));
  }
}

TEST_CASE("a transaction that is undone leaves no trace, in memory or on disk",
          "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  store.roll_back([&](core::Transaction& transaction) {
    REQUIRE(store.issuer().revoke(transaction, record.id, kNow));
    REQUIRE(store.issuer().allocate(transaction, "urn:uuid:2"));
  });
  CHECK_FALSE(store.bit(record.slots.revocation));
  CHECK(store.find(record.id)->state == CredentialState::active);
  store.open();
  CHECK_FALSE(store.bit(record.slots.revocation));
  CHECK(store.allocate("urn:uuid:2").entries.size() == 2);
}

TEST_CASE("memory does not run ahead of the commit", "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  store.commit([&](core::Transaction& transaction) {
    REQUIRE(store.issuer().revoke(transaction, record.id, kNow));
    CHECK_FALSE(store.bit(record.slots.revocation));
    return true;
  });
  CHECK(store.bit(record.slots.revocation));
}

TEST_CASE("two changes in one transaction both stay", "[revocation][issuer]") {
  Store store;
  const auto first = store.add("urn:uuid:1");
  const auto second = store.add("urn:uuid:2");
  store.commit([&](core::Transaction& transaction) {
    REQUIRE(store.issuer().revoke(transaction, first.id, kNow));
    REQUIRE(store.issuer().revoke(transaction, second.id, kNow));
    return true;
  });
  CHECK(store.bit(first.slots.revocation));
  CHECK(store.bit(second.slots.revocation));
}

TEST_CASE("a store that is opened again has the same lists and records", "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  REQUIRE(store.revoke(record.id));
  const auto before = store.issuer().lists();
  store.open();
  const auto after = store.issuer().lists();
  REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    CHECK(after[i].declaration == before[i].declaration);
    CHECK(*after[i].bits == *before[i].bits);
  }
  auto expected = record;
  expected.state = CredentialState::revoked;
  expected.changed_at = kNow + 1s;
  CHECK(store.find(record.id) == expected);
}

TEST_CASE("credentials are listed newest first, page by page", "[revocation][issuer]") {
  Store store;
  for (int i = 1; i <= 5; ++i) {
    store.add("urn:" + std::to_string(i), i % 2 == 0 ? "did:example:even" : kAgent);
  }
  REQUIRE(store.revoke("urn:2"));
  CredentialQuery query;
  query.limit = 2;
  auto page = store.page(query);
  CHECK(ids(page) == std::vector<std::string>{"urn:5", "urn:4"});
  REQUIRE(page.next);
  query.before = page.next;
  page = store.page(query);
  CHECK(ids(page) == std::vector<std::string>{"urn:3", "urn:2"});
  query.before = page.next;
  page = store.page(query);
  CHECK(ids(page) == std::vector<std::string>{"urn:1"});
  CHECK_FALSE(page.next);

  CredentialQuery by_subject;
  by_subject.subject = "did:example:even";
  CHECK(ids(store.page(by_subject)) == std::vector<std::string>{"urn:4", "urn:2"});
  by_subject.state = CredentialState::revoked;
  CHECK(ids(store.page(by_subject)) == std::vector<std::string>{"urn:2"});
  by_subject.state = CredentialState::suspended;
  CHECK(store.page(by_subject).records.empty());
}

TEST_CASE("our own lists answer the checker, a revocation at once [STATUS-18]",
          "[revocation][issuer]") {
  Store store;
  const auto record = store.add("urn:uuid:1");
  const StatusListChecker checker(store.issuer());
  const vc::StatusEntry entry{"revocation", "https://acme.example/status/r1",
                              record.slots.revocation.index.value(), 1};
  CHECK(checker.check_status(kIssuer, entry, kNow).outcome == vc::CheckOutcome::passed);
  REQUIRE(store.revoke(record.id));
  CHECK(checker.check_status(kIssuer, entry, kNow).code == "revoked");
  CHECK(checker.check_status("did:web:mallory.example", entry, kNow).code == "status_issuer");

  auto elsewhere = entry;
  elsewhere.list_url = "https://mallory.example/status/r1";
  CHECK(checker.check_status(kIssuer, elsewhere, kNow).code == "STATUS_RETRIEVAL_ERROR");
  elsewhere.list_url = "";
  CHECK(checker.check_status(kIssuer, elsewhere, kNow).code == "STATUS_RETRIEVAL_ERROR");
}

TEST_CASE("what an older database has forgotten is taken up, and no index is given out twice",
          "[revocation][issuer]") {
  Store store;
  const auto revoked = store.add("urn:1");
  const auto suspended = store.add("urn:2");
  const auto untouched = store.add("urn:3");
  const auto r2 =
      StatusListDeclaration{"r2", StatusPurpose::revocation, "https://acme.example/status/r2"};
  const StatusListIndex stranger(77);
  ShownBits shown;
  shown.opened = {r2};
  shown.set = {
      revoked.slots.revocation, suspended.slots.suspension, {"r2", stranger}, {"r9", stranger}};
  const auto restore = [&] {
    return store.commit([&](core::Transaction& transaction) {
      return store.issuer().restore(transaction, shown, kNow + 4s).value();
    });
  };
  const auto restored = restore();
  CHECK(restored.opened == std::vector{r2});
  CHECK(restored.deltas ==
        std::vector<StatusDelta>{{"r1", {revoked.slots.revocation.index}, {}},
                                 {"r2", {stranger}, {}},
                                 {"s1", {suspended.slots.suspension.index}, {}}});
  const auto check = [&] {
    CHECK(store.bit(revoked.slots.revocation));
    CHECK(store.bit(suspended.slots.suspension));
    CHECK(store.bit({"r2", stranger}));
    CHECK_FALSE(store.bit(untouched.slots.revocation));
    CHECK(store.issuer().find_list("r2")->bits->count() == 1);
    CHECK(store.issuer().lists().size() == 3);
    CHECK(store.find("urn:1")->state == CredentialState::revoked);
    CHECK(store.find("urn:2")->state == CredentialState::suspended);
    CHECK(store.find("urn:3")->state == CredentialState::active);
  };
  check();
  store.open();
  check();
  const auto again = restore();
  CHECK(again.opened.empty());
  CHECK(again.deltas.empty());
  REQUIRE(store.resume("urn:2"));
  REQUIRE(store.revoke("urn:3"));

  const auto next = store.add("urn:4");
  CHECK(next.slots.revocation.list == "r3");
  CHECK(next.slots.suspension.list == "s2");
  CHECK(store.add("urn:5").slots.revocation.list == "r3");
}

TEST_CASE("a list that is not ours by name, number or URL is not taken up",
          "[revocation][issuer]") {
  Store store;
  store.add("urn:1");
  constexpr auto kRevocation = StatusPurpose::revocation;
  ShownBits shown;
  shown.opened = {{"s2", kRevocation, "https://acme.example/status/s2"},
                  {"r2", kRevocation, "https://mallory.example/status/r2"},
                  {"r3", kRevocation, "https://acme.example/status/r4"},
                  {"r05", kRevocation, "https://acme.example/status/r05"},
                  {"r0", kRevocation, "https://acme.example/status/r0"},
                  {"r", kRevocation, "https://acme.example/status/r"},
                  {"r1000001", kRevocation, "https://acme.example/status/r1000001"},
                  {"r1", kRevocation, "https://acme.example/status/r1"}};
  for (const auto& list : shown.opened) {
    if (list.list != "r1") shown.set.push_back({list.list, StatusListIndex(5)});
  }
  const auto restored = store.commit([&](core::Transaction& transaction) {
    return store.issuer().restore(transaction, shown, kNow).value();
  });
  CHECK(restored.opened.empty());
  CHECK(restored.deltas.empty());
  CHECK(store.issuer().lists().size() == 2);
  shown.opened = {{"r1000000", kRevocation, "https://acme.example/status/r1000000"}};
  CHECK(store
            .commit([&](core::Transaction& transaction) {
              return store.issuer().restore(transaction, shown, kNow).value();
            })
            .opened.size() == 1);
}

TEST_CASE("readers never see half of a change [STATUS-26]", "[revocation][issuer]") {
  Store store;
  constexpr std::uint32_t kCredentials = 40;
  std::vector<CredentialRecord> records;
  for (std::uint32_t i = 0; i < kCredentials; ++i) {
    records.push_back(store.add("urn:" + std::to_string(i)));
  }
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  const auto watch = [&] {
    std::uint32_t seen = 0;
    while (!done) {
      const auto bits = store.issuer().find_list("r1")->bits;
      const auto count = bits->count();
      // They are revoked in order: so many set bits are exactly those of the first so many credentials.
      bool whole = count >= seen;
      for (std::uint32_t i = 0; i < count; ++i) {
        whole = whole && bits->get(records[i].slots.revocation.index);
      }
      if (!whole) ++torn;
      seen = count;
    }
  };
  std::thread first(watch);
  std::thread second(watch);
  for (const CredentialRecord& record : records) {
    store.commit([&](core::Transaction& transaction) {
      return store.issuer().revoke(transaction, record.id, kNow).has_value();
    });
  }
  done = true;
  first.join();
  second.join();
  CHECK(torn == 0);
  CHECK(store.issuer().find_list("r1")->bits->count() == kCredentials);
}

}  // namespace status_list_issuer_test
