#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "did/document_store.h"

namespace sqlite_document_store_test {

using namespace avow::did;
namespace core = avow::core;
using core::Json;

namespace {

const Did kDid = *Did::parse("did:web:acme.example:agents:a-1");
const core::Instant kThen{core::Milliseconds{1'700'000'000'000}};
const core::Instant kLater{core::Milliseconds{1'700'000'060'123}};

Json document(const Did& did, const std::string& name) {
  return Json::object({{"id", did.text()}, {"name", name}});
}

struct Store {
  core::testing::TempDir folder;
  std::unique_ptr<core::Database> database = open();
  std::unique_ptr<DocumentStore> documents = sqlite_document_store(*database);

  std::unique_ptr<core::Database> open() {
    auto opened = core::Database::open(folder / "a.db", document_store_migrations());
    REQUIRE(opened);
    return std::move(*opened);
  }

  template <typename Change>
  Result<void, Error> write(const Change& change) {
    Result<void, Error> written;
    const auto done = database->write([&](core::Transaction& transaction) {
      written = change(transaction);
      if (written) return core::Result<void, core::Error>();
      return core::Result<void, core::Error>(
          core::fail(core::Error{core::ErrorCode::storage, "undone"}));
    });
    CHECK(done.has_value() == written.has_value());
    return written;
  }
  Result<void, Error> put(const Did& did, const Json& json, core::Instant now) {
    return write([&](auto& transaction) { return documents->put(transaction, did, json, now); });
  }
  Result<void, Error> create(const Did& did, const Json& json, core::Instant now) {
    return write([&](auto& transaction) { return documents->create(transaction, did, json, now); });
  }
  Result<void, Error> deactivate(const Did& did, core::Instant now) {
    return write([&](auto& transaction) { return documents->deactivate(transaction, did, now); });
  }

  void run(const std::string& sql) {
    REQUIRE(database->write([&](core::Transaction& transaction) {
      transaction.run(sql);
      return core::Result<void, core::Error>();
    }));
  }
  std::int64_t versions() {
    std::int64_t count = -1;
    REQUIRE(database->read([&](core::Connection& connection) {
      auto query = connection.query("SELECT count(*) FROM did_document_version");
      REQUIRE(query.step());
      count = query.integer(0);
    }));
    return count;
  }
};

}  // namespace

TEST_CASE("a stored document is resolved with its version and times", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  const auto first = store.documents->resolve(kDid);
  REQUIRE(first);
  CHECK(first->document->json() == document(kDid, "one"));
  CHECK(first->version == "1");
  CHECK(first->created == kThen);
  CHECK_FALSE(first->updated);
  CHECK_FALSE(first->next_version);
  CHECK_FALSE(first->deactivated);
}

TEST_CASE("inside a transaction the current document is the one written there", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.write([&](core::Transaction& transaction) -> Result<void, Error> {
    CHECK(store.documents->current_in(transaction, kDid)->version == "1");
    if (auto ended = store.documents->deactivate(transaction, kDid, kLater); !ended) return ended;
    CHECK(store.documents->current_in(transaction, kDid)->deactivated);
    CHECK_FALSE(store.documents->current(kDid)->deactivated);  // not committed yet
    const Did other = *Did::parse("did:web:acme.example:agents:a-2");
    CHECK(store.documents->current_in(transaction, other).error().code == ErrorCode::not_found);
    return {};
  }));
  CHECK(store.documents->current(kDid)->deactivated);
}

TEST_CASE("a replaced document gets the next version and the old one is kept", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.put(kDid, document(kDid, "two"), kLater));
  const auto second = store.documents->current(kDid);
  REQUIRE(second);
  CHECK(second->document->json() == document(kDid, "two"));
  CHECK(second->version == "2");
  CHECK(second->created == kThen);
  CHECK(second->updated == kLater);
  CHECK(store.versions() == 2);
}

TEST_CASE("putting the same document again writes nothing", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.put(kDid, document(kDid, "one"), kLater));
  CHECK(store.documents->current(kDid)->version == "1");
  CHECK(store.versions() == 1);
}

TEST_CASE("every version is resolved by its number, and says what followed it", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.put(kDid, document(kDid, "two"), kLater));
  const auto first = store.documents->resolve(kDid, {.version_id = "1"});
  REQUIRE(first);
  CHECK(first->document->json() == document(kDid, "one"));
  CHECK(first->next_version == "2");
  CHECK(first->next_update == kLater);
  const auto second = store.documents->resolve(kDid, {.version_id = "2"});
  REQUIRE(second);
  CHECK(second->document->json() == document(kDid, "two"));
  CHECK_FALSE(second->next_version);
  for (const char* none : {"0", "3", "01", " 1", "1 ", "", "-1", "one", "99999999999999999999"}) {
    INFO(none);
    const auto answer = store.documents->resolve(kDid, {.version_id = none});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::version_not_found);
  }
}

TEST_CASE("a time gives the version that counted then", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.put(kDid, document(kDid, "two"), kLater));
  const auto version_at = [&](core::Instant time) {
    return store.documents->resolve(kDid, {.version_time = time})->version;
  };
  const core::Milliseconds step(1);
  CHECK(version_at(kThen) == "1");
  const core::Instant second_of_later{core::Milliseconds{1'700'000'060'000}};
  CHECK(version_at(second_of_later - step) == "1");
  CHECK(version_at(second_of_later) == "2");
  CHECK(version_at(kLater) == "2");
  CHECK(version_at(*core::parse_rfc3339("9999-12-31T23:59:59Z")) == "2");
  for (const core::Instant before : {kThen - step, *core::parse_rfc3339("0001-01-01T00:00:00Z")}) {
    const auto answer = store.documents->resolve(kDid, {.version_time = before});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::version_not_found);
  }
}

TEST_CASE("a deactivated DID keeps its document, and as of earlier it is not deactivated [DID-45]",
          "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.deactivate(kDid, kLater));
  const auto now = store.documents->resolve(kDid);
  REQUIRE(now);
  CHECK(now->deactivated);
  CHECK(now->version == "2");
  CHECK(now->document->json() == document(kDid, "one"));
  CHECK(now->updated == kLater);
  const auto before =
      store.documents->resolve(kDid, {.version_time = kLater - std::chrono::seconds(1)});
  REQUIRE(before);
  CHECK_FALSE(before->deactivated);
  CHECK(before->next_update == kLater);
  CHECK(store.documents->resolve(kDid, {.version_time = kLater})->deactivated);
  CHECK_FALSE(store.documents->resolve(kDid, {.version_id = "1"})->deactivated);
}

TEST_CASE("nothing follows a deactivation", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.deactivate(kDid, kThen));
  for (const char* name : {"one", "two"}) {
    const auto again = store.put(kDid, document(kDid, name), kLater);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::deactivated);
  }
  const auto twice = store.deactivate(kDid, kLater);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == ErrorCode::deactivated);
  CHECK(store.create(kDid, document(kDid, "two"), kLater).error().code == ErrorCode::conflict);
  CHECK(store.versions() == 2);
}

TEST_CASE("a DID without a document cannot be deactivated", "[did][store]") {
  Store store;
  const auto answer = store.deactivate(kDid, kThen);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::not_found);
}

TEST_CASE("a deactivation cannot be taken back in the table", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  const bool is_deactivated = GENERATE(true, false);
  if (is_deactivated) REQUIRE(store.deactivate(kDid, kLater));
  store.run("UPDATE did_document_version SET deactivated = 1 - deactivated");
  const auto answer = store.documents->resolve(kDid);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unavailable);
}

TEST_CASE("the history has every version, newest first, up to a limit", "[did][store]") {
  Store store;
  for (const char* name : {"one", "two", "three"}) {
    REQUIRE(store.put(kDid, document(kDid, name), kThen));
  }
  const auto numbers = [&](std::size_t limit) {
    std::vector<std::string> out;
    const auto versions = store.documents->history(kDid, limit);
    REQUIRE(versions);
    for (const auto& version : *versions) out.push_back(version.version);
    return out;
  };
  CHECK(numbers(100) == std::vector<std::string>{"3", "2", "1"});
  CHECK(numbers(3) == std::vector<std::string>{"3", "2", "1"});
  CHECK(numbers(2) == std::vector<std::string>{"3", "2"});
  const auto none = store.documents->history(*Did::parse("did:web:acme.example:x"), 10);
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::not_found);
}

TEST_CASE("a version of a DID that is not ours is not found", "[did][store]") {
  Store store;
  const auto answer = store.documents->resolve(kDid, {.version_id = "1"});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::not_found);
}

TEST_CASE("going back to an earlier document is a new version", "[did][store]") {
  Store store;
  for (const char* name : {"one", "two", "one"}) {
    REQUIRE(store.put(kDid, document(kDid, name), kThen));
  }
  CHECK(store.documents->current(kDid)->version == "3");
}

TEST_CASE("a DID is created once", "[did][store]") {
  Store store;
  REQUIRE(store.create(kDid, document(kDid, "one"), kThen));
  const auto again = store.create(kDid, document(kDid, "one"), kLater);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == ErrorCode::conflict);
  CHECK(store.versions() == 1);
}

TEST_CASE("a DID without a document is not found", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  const auto other = store.documents->resolve(*Did::parse("did:web:acme.example:agents:a-10"));
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::not_found);
}

TEST_CASE("the store takes checked documents of did:web only", "[did][store]") {
  Store store;
  const auto other = *Did::parse("did:web:other.example");
  CHECK(store.put(kDid, document(other, "x"), kThen).error().code ==
        ErrorCode::invalid_did_document);
  const auto key = *Did::parse("did:key:z6Mk");
  CHECK(store.put(key, document(key, "x"), kThen).error().code == ErrorCode::invalid_did);
  CHECK(store.put(kDid, document(kDid, std::string(70'000, 'x')), kThen).error().code ==
        ErrorCode::document_too_large);
  CHECK(store.versions() == 0);
}

TEST_CASE("a row that was changed behind the store's back is an error, not a document",
          "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  REQUIRE(store.put(kDid, document(kDid, "two"), kLater));
  const auto sql =
      GENERATE(as<std::string>{},
               "UPDATE did_document_version SET document = replace(document, 'two', 'twO')",
               "UPDATE did_document_version SET document = replace(document, 'one', 'onE')",
               "UPDATE did_document_version SET written_ms = written_ms + 1 WHERE version = 1",
               "UPDATE did_document_version SET written_ms = written_ms + 1 WHERE version = 2",
               "UPDATE did_document_version SET sha256 = zeroblob(32) WHERE version = 2",
               "UPDATE did_document_version SET version = 3 WHERE version = 2",
               "DELETE FROM did_document_version WHERE version = 1");
  INFO(sql);
  store.run(sql);
  const auto answer = store.documents->resolve(kDid);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unavailable);
  CHECK_FALSE(store.put(kDid, document(kDid, "three"), kLater));
}

TEST_CASE("a row cannot stand in for another DID", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  const auto other = *Did::parse("did:web:acme.example:agents:a-2");
  store.run("UPDATE did_document_version SET did = 'did:web:acme.example:agents:a-2'");
  const auto answer = store.documents->resolve(other);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::unavailable);
}

TEST_CASE("text that looks like SQL is only text", "[did][store]") {
  Store store;
  const auto did = *Did::parse("did:web:acme.example:%27%29%3Bdrop");
  const Json json = document(did, "'); DROP TABLE did_document_version; --");
  REQUIRE(store.put(did, json, kThen));
  CHECK(store.documents->resolve(did)->document->json() == json);
}

TEST_CASE("documents are listed in order, page by page", "[did][store]") {
  Store store;
  std::vector<Did> all;
  for (const char* name : {"a", "b", "c"}) {
    all.push_back(*Did::parse("did:web:acme.example:" + std::string(name)));
  }
  for (const Did& did : {all[2], all[0], all[1], all[0]}) {
    REQUIRE(store.put(did, document(did, did == all[0] ? "x" : "y"), kThen));
  }
  REQUIRE(store.put(all[1], document(all[1], "z"), kLater));
  CHECK(*store.documents->list(std::nullopt, 10) == all);
  CHECK(*store.documents->list(std::nullopt, 2) == std::vector<Did>{all[0], all[1]});
  CHECK(*store.documents->list(all[1], 2) == std::vector<Did>{all[2]});
  CHECK(store.documents->list(all[2], 2)->empty());
}

TEST_CASE("documents are still there after the database was closed", "[did][store]") {
  Store store;
  REQUIRE(store.put(kDid, document(kDid, "one"), kThen));
  store.documents.reset();
  store.database.reset();
  store.database = store.open();
  store.documents = sqlite_document_store(*store.database);
  CHECK(store.documents->resolve(kDid)->version == "1");
}

}  // namespace sqlite_document_store_test
