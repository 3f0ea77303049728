#include <algorithm>
#include <array>
#include <charconv>

#include "core/canonical_json.h"
#include "core/instant_column.h"
#include "core/sha256.h"
#include "did/did_web.h"
#include "did/document_store.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxListed = 1000;

constexpr std::array<core::Migration, 2> kMigrations = {{{"did", 1, R"sql(
CREATE TABLE did_document_version (
  did        TEXT NOT NULL,
  version    INTEGER NOT NULL CHECK (version >= 1),
  document   TEXT NOT NULL,
  written_ms INTEGER NOT NULL,
  sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
  PRIMARY KEY (did, version)
) STRICT, WITHOUT ROWID;
)sql"},
                                                         {"did", 2, R"sql(
ALTER TABLE did_document_version
  ADD COLUMN deactivated INTEGER NOT NULL DEFAULT 0 CHECK (deactivated IN (0, 1));
)sql"}}};

Error unavailable(std::string detail) {
  return {ErrorCode::unavailable, std::move(detail)};
}

// In words of our own: strangers read them, and the library's name files and pages.
constexpr const char* kCannotRead = "this node's document store cannot be read";

Error deactivated(const Did& did) {
  return {ErrorCode::deactivated, did.text() + " is deactivated, which is final"};
}

struct Row {
  std::int64_t version;
  std::string document;  // RFC 8785
  std::int64_t written_ms;
  bool deactivated = false;
};

/// Covers every column, so that a row can neither be changed nor stand in for another. A row from before there
/// was deactivation has the hash that it had then.
core::Sha256 hash_of(const Did& did, const Row& row) {
  core::Json columns = core::Json::object({{"did", did.text()},
                                           {"version", row.version},
                                           {"document", row.document},
                                           {"writtenMs", row.written_ms}});
  if (row.deactivated) columns.set("deactivated", true);
  return core::sha256(core::to_canonical(columns));
}

/// A row of this DID, checked against its hash; none if there is no such version.
Result<std::optional<Row>, Error> row(core::Connection& connection, const Did& did,
                                      std::int64_t version) {
  core::Query query = connection.query(
      "SELECT version, document, written_ms, deactivated, sha256 FROM did_document_version WHERE "
      "did = ?1 AND "
      "version = ?2");
  query.bind(did.text(), version);
  if (!query.step()) return std::optional<Row>();
  Row row{query.integer(0), query.text(1), query.integer(2), query.integer(3) != 0};
  const core::Bytes stored = query.blob(4);
  const core::Sha256 computed = hash_of(did, row);
  if (!std::equal(stored.begin(), stored.end(), computed.begin(), computed.end())) {
    return fail(unavailable("version " + std::to_string(version) + " of " + did.text() +
                            " does not match its stored hash"));
  }
  return std::optional<Row>(std::move(row));
}

/// The number of the newest version written in `second` or before it; 0 if there is none.
std::int64_t newest_version(core::Connection& connection, const Did& did,
                            core::Instant second = core::Instant::max()) {
  core::Query query = connection.query(
      "SELECT coalesce(max(version), 0) FROM did_document_version WHERE did = ?1 AND "
      "written_ms - 999 <= ?2");
  query.bind(did.text(), core::to_column(second));
  query.step();
  return query.integer(0);
}

/// The number that a version id names; 0 if it is none of ours.
std::int64_t version_number(const std::string& version_id) {
  std::int64_t number = 0;
  const char* end = version_id.data() + version_id.size();
  const auto parsed = std::from_chars(version_id.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end && std::to_string(number) == version_id
             ? number
             : 0;
}

/// The number of the version that `options` ask for; 0 if there is none. A version counts from the second in
/// which it was written (did/resolver.h).
std::int64_t wanted_version(core::Connection& connection, const Did& did,
                            const ResolutionOptions& options) {
  if (options.version_id) return version_number(*options.version_id);
  if (options.version_number) return *options.version_number;
  if (!options.version_time) return newest_version(connection, did);
  const auto second = std::chrono::floor<std::chrono::seconds>(*options.version_time);
  return newest_version(connection, did, second);
}

/// A version among its neighbours.
struct Found {
  Row first;
  Row wanted;
  std::optional<Row> next;
};

Result<Found, Error> find(core::Connection& connection, const Did& did,
                          const ResolutionOptions& options) {
  const std::int64_t newest = newest_version(connection, did);
  if (newest == 0) return fail(Error{ErrorCode::not_found, did.text() + " is not ours"});
  auto first = row(connection, did, 1);
  if (!first) return fail(std::move(first.error()));
  if (!*first) return fail(unavailable("version 1 of " + did.text() + " is missing"));
  const std::int64_t number = wanted_version(connection, did, options);
  if (number < 1 || number > newest) {
    return fail(Error{ErrorCode::version_not_found, did.text() + " has no such version"});
  }
  auto wanted = row(connection, did, number);
  if (!wanted) return fail(std::move(wanted.error()));
  if (!*wanted) return fail(unavailable("a version of " + did.text() + " is missing"));
  auto next = row(connection, did, number + 1);
  if (!next) return fail(std::move(next.error()));
  return Found{std::move(**first), std::move(**wanted), std::move(*next)};
}

Result<Resolution, Error> resolution(const Did& did, const Found& found) {
  auto json = core::parse_json(found.wanted.document);
  if (!json) return fail(unavailable("stored document: " + json.error().detail));
  auto document = Document::from_json(std::move(*json), did);
  if (!document) return fail(unavailable("stored document: " + document.error().detail));
  Resolution out;
  out.document = std::make_shared<const Document>(std::move(*document));
  out.version = std::to_string(found.wanted.version);
  out.created = core::from_column(found.first.written_ms);
  if (found.wanted.version > 1) out.updated = core::from_column(found.wanted.written_ms);
  out.deactivated = found.wanted.deactivated;
  if (found.next) {
    out.next_version = std::to_string(found.next->version);
    out.next_update = core::from_column(found.next->written_ms);
  }
  return out;
}

class SqliteDocumentStore final : public DocumentStore {
 public:
  explicit SqliteDocumentStore(core::Database& database) : database_(database) {}

  Result<void, Error> create(core::Transaction& transaction, const Did& did,
                             const core::Json& document, core::Instant now) override {
    if (newest_version(transaction, did) != 0) {
      return fail(Error{ErrorCode::conflict, did.text() + " has a document"});
    }
    return put(transaction, did, document, now);
  }

  Result<void, Error> put(core::Transaction& transaction, const Did& did,
                          const core::Json& document, core::Instant now) override {
    if (const auto location = web_location(did); !location) return fail(location.error());
    if (const auto checked = Document::from_json(document, did); !checked) {
      return fail(checked.error());
    }
    const auto current = find(transaction, did, {});
    if (!current && current.error().code != ErrorCode::not_found) return fail(current.error());
    Row next{current ? current->wanted.version + 1 : 1, core::to_canonical(document),
             core::to_column(now)};
    if (current && current->wanted.deactivated) return fail(deactivated(did));
    if (current && current->wanted.document == next.document) return {};
    insert(transaction, did, next);
    return {};
  }

  Result<void, Error> deactivate(core::Transaction& transaction, const Did& did,
                                 core::Instant now) override {
    auto current = find(transaction, did, {});
    if (!current) return fail(std::move(current.error()));
    if (current->wanted.deactivated) return fail(deactivated(did));
    insert(transaction, did,
           {current->wanted.version + 1, std::move(current->wanted.document), core::to_column(now),
            true});
    return {};
  }

  Result<std::vector<Resolution>, Error> history(const Did& did, std::size_t limit) const override {
    std::vector<Resolution> versions;
    ResolutionOptions options;
    while (versions.size() < std::clamp<std::size_t>(limit, 1, kMaxListed)) {
      auto version = resolve(did, options);
      if (!version) return fail(std::move(version.error()));
      const std::int64_t number = version_number(version->version);
      versions.push_back(std::move(*version));
      if (number == 1) break;
      options.version_id = std::to_string(number - 1);
    }
    return versions;
  }

  Result<Resolution, Error> resolve(const Did& did,
                                    const ResolutionOptions& options = {}) const override {
    if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
    Result<Found, Error> found = fail(Error{ErrorCode::unavailable, "not read"});
    const auto read = database_.read(
        [&](core::Connection& connection) { found = find(connection, did, options); });
    if (!read) return fail(unavailable(kCannotRead));
    if (!found) return fail(std::move(found.error()));
    return resolution(did, *found);
  }

  Result<Resolution, Error> current_in(core::Connection& connection,
                                       const Did& did) const override {
    auto found = find(connection, did, {});
    if (!found) return fail(std::move(found.error()));
    return resolution(did, *found);
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
    if (!read) return fail(unavailable(kCannotRead));
    std::vector<Did> dids;
    for (const std::string& text : texts) {
      auto did = Did::parse(text);
      if (!did) return fail(unavailable("a stored DID is malformed"));
      dids.push_back(std::move(*did));
    }
    return dids;
  }

 private:
  static void insert(core::Transaction& transaction, const Did& did, const Row& row) {
    const core::Sha256 hash = hash_of(did, row);
    transaction
        .query(
            "INSERT INTO did_document_version (did, version, document, written_ms, deactivated, "
            "sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(did.text(), row.version, row.document, row.written_ms,
              std::int64_t{row.deactivated ? 1 : 0}, core::ByteView(hash))
        .run();
  }

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
