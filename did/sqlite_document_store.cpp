#include <algorithm>
#include <array>

#include "core/canonical_json.h"
#include "core/sha256.h"
#include "did/did_web.h"
#include "did/document_store.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxListed = 1000;

constexpr std::array<core::Migration, 1> kMigrations = {{{"did", 1, R"sql(
CREATE TABLE did_document_version (
  did        TEXT NOT NULL,
  version    INTEGER NOT NULL CHECK (version >= 1),
  document   TEXT NOT NULL,
  written_ms INTEGER NOT NULL,
  sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (did, version)
) STRICT, WITHOUT ROWID;
)sql"}}};

Error unavailable(std::string detail) {
  return {ErrorCode::unavailable, std::move(detail)};
}

struct Row {
  std::int64_t version;
  std::string document;  // RFC 8785
  std::int64_t written_ms;
};

/// Covers every column, so that a row can neither be changed nor stand in for another.
core::Sha256 hash_of(const Did& did, const Row& row) {
  return core::sha256(core::to_canonical(core::Json::object({{"did", did.text()},
                                                             {"version", row.version},
                                                             {"document", row.document},
                                                             {"writtenMs", row.written_ms}})));
}

/// The first and the current row of a DID: none, one that is both, or two.
Result<std::vector<Row>, Error> first_and_current(core::Connection& connection, const Did& did) {
  core::Query query = connection.query(
      "SELECT version, document, written_ms, sha256 FROM did_document_version WHERE did = ?1 AND "
      "(version = 1 OR version = (SELECT max(version) FROM did_document_version WHERE did = ?1)) "
      "ORDER BY version");
  query.bind(did.text());
  std::vector<Row> rows;
  while (query.step()) {
    rows.push_back({query.integer(0), query.text(1), query.integer(2)});
    const core::Bytes stored = query.blob(3);
    const core::Sha256 computed = hash_of(did, rows.back());
    if (!std::equal(stored.begin(), stored.end(), computed.begin(), computed.end())) {
      return fail(unavailable("version " + std::to_string(rows.back().version) + " of " +
                              did.text() + " does not match its stored hash"));
    }
  }
  if (!rows.empty() && rows.front().version != 1) {
    return fail(unavailable("version 1 of " + did.text() + " is missing"));
  }
  return rows;
}

core::Instant instant(std::int64_t ms) {
  return core::Instant(core::Milliseconds(ms));
}

class SqliteDocumentStore final : public DocumentStore {
 public:
  explicit SqliteDocumentStore(core::Database& database) : database_(database) {}

  Result<void, Error> create(core::Transaction& transaction, const Did& did,
                             const core::Json& document, core::Instant now) override {
    const auto rows = first_and_current(transaction, did);
    if (!rows) return fail(rows.error());
    if (!rows->empty()) return fail(Error{ErrorCode::conflict, did.text() + " has a document"});
    return put(transaction, did, document, now);
  }

  Result<void, Error> put(core::Transaction& transaction, const Did& did,
                          const core::Json& document, core::Instant now) override {
    if (const auto location = web_location(did); !location) return fail(location.error());
    if (const auto checked = Document::from_json(document, did); !checked) {
      return fail(checked.error());
    }
    const auto rows = first_and_current(transaction, did);
    if (!rows) return fail(rows.error());
    Row row{rows->empty() ? 1 : rows->back().version + 1, core::to_canonical(document),
            now.time_since_epoch().count()};
    if (!rows->empty() && rows->back().document == row.document) return {};
    const core::Sha256 hash = hash_of(did, row);
    transaction
        .query(
            "INSERT INTO did_document_version (did, version, document, written_ms, sha256) "
            "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(did.text(), row.version, row.document, row.written_ms, core::ByteView(hash))
        .run();
    return {};
  }

  Result<Resolution, Error> current(const Did& did) const override {
    Result<std::vector<Row>, Error> rows;
    const auto read = database_.read(
        [&](core::Connection& connection) { rows = first_and_current(connection, did); });
    if (!read) return fail(unavailable(read.error().detail));
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) return fail(Error{ErrorCode::not_found, did.text() + " is not ours"});
    const Row& latest = rows->back();
    auto json = core::parse_json(latest.document);
    if (!json) return fail(unavailable("stored document: " + json.error().detail));
    auto document = Document::from_json(std::move(*json), did);
    if (!document) return fail(unavailable("stored document: " + document.error().detail));
    return Resolution{std::make_shared<const Document>(std::move(*document)),
                      std::to_string(latest.version), instant(rows->front().written_ms),
                      instant(latest.written_ms)};
  }

  Result<std::vector<Did>, Error> list(const std::optional<Did>& after,
                                       std::size_t limit) const override {
    std::vector<std::string> texts;
    const auto read = database_.read([&](core::Connection& connection) {
      core::Query query = connection.query(
          "SELECT did FROM did_document_version WHERE version = 1 AND did > ?1 ORDER BY did "
          "LIMIT ?2");
      query.bind(after ? after->text() : std::string(),
                 static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, kMaxListed)));
      while (query.step()) texts.push_back(query.text(0));
    });
    if (!read) return fail(unavailable(read.error().detail));
    std::vector<Did> dids;
    for (const std::string& text : texts) {
      auto did = Did::parse(text);
      if (!did) return fail(unavailable("a stored DID is malformed"));
      dids.push_back(std::move(*did));
    }
    return dids;
  }

 private:
  core::Database& database_;
};

}  // namespace

std::unique_ptr<DocumentStore> sqlite_document_store(core::Database& database) {
  return std::make_unique<SqliteDocumentStore>(database);
}

std::span<const core::Migration> document_store_migrations() {
  return kMigrations;
}

}  // namespace avow::did
