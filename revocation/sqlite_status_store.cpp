#include "revocation/internal/sqlite_status_store.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "core/canonical_json.h"
#include "core/instant_column.h"
#include "core/json.h"
#include "core/json_array.h"
#include "core/sha256.h"
#include "revocation/status_list_issuer.h"

namespace avow::revocation {

namespace {

// The unique constraints are the promise: no index is ever given to two credentials, and no credential gets two of
// a kind.
constexpr std::string_view kSchema = R"(
CREATE TABLE issued_list(
  name      TEXT PRIMARY KEY,
  purpose   TEXT NOT NULL CHECK(purpose IN ('revocation', 'suspension')),
  ordinal   INTEGER NOT NULL,
  url       TEXT NOT NULL UNIQUE,
  allocated INTEGER NOT NULL DEFAULT 0,
  UNIQUE(purpose, ordinal)
) STRICT;
CREATE TABLE issued_chunk(
  list   TEXT PRIMARY KEY REFERENCES issued_list(name),
  bits   BLOB NOT NULL CHECK(length(bits) = 16384),
  sha256 BLOB NOT NULL CHECK(length(sha256) = 32)
) STRICT;
CREATE TABLE issued_index(
  list       TEXT NOT NULL REFERENCES issued_list(name),
  position   INTEGER NOT NULL CHECK(position BETWEEN 0 AND 131071),
  purpose    TEXT NOT NULL,
  credential TEXT NOT NULL,
  PRIMARY KEY(list, position),
  UNIQUE(credential, purpose)
) STRICT, WITHOUT ROWID;
CREATE TABLE issued_credential(
  number      INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  subject     TEXT NOT NULL,
  types       TEXT NOT NULL,
  valid_from  INTEGER,
  valid_until INTEGER,
  issued_at   INTEGER NOT NULL,
  text        TEXT NOT NULL,
  state       TEXT NOT NULL CHECK(state IN ('active', 'suspended', 'revoked')),
  changed_at  INTEGER
) STRICT;
CREATE INDEX issued_credential_by_subject ON issued_credential(subject, number);
)";

constexpr std::array<core::Migration, 1> kMigrations{{{"revocation", 1, kSchema}}};

}  // namespace

std::span<const core::Migration> migrations() {
  return kMigrations;
}

namespace store {

namespace {

constexpr std::string_view kSelectList =
    "SELECT name, purpose, url, ordinal, allocated FROM issued_list ";
constexpr std::string_view kSelectCredential =
    "SELECT c.number, c.id, c.subject, c.types, c.valid_from, c.valid_until, c.issued_at, c.text,"
    " c.state, c.changed_at, r.list, r.position, s.list, s.position FROM issued_credential c"
    " JOIN issued_index r ON r.credential = c.id AND r.purpose = 'revocation'"
    " JOIN issued_index s ON s.credential = c.id AND s.purpose = 'suspension' ";

/// For rows that contradict what we write: the Database turns it into an error.
[[noreturn]] void damaged(const char* what) {
  throw std::runtime_error(what);
}

StatusPurpose purpose_from(const std::string& text) {
  const auto purpose = parse_purpose(text);
  if (!purpose) damaged("a stored list has an unknown purpose");
  return *purpose;
}

CredentialState state_from(std::string_view text) {
  for (const auto state :
       {CredentialState::active, CredentialState::suspended, CredentialState::revoked}) {
    if (text == name_of(state)) return state;
  }
  damaged("a stored credential has an unknown state");
}

StatusListIndex index_from(std::int64_t value) {
  const auto index = StatusListIndex::from(value);
  if (!index) damaged("a stored index is out of range");
  return *index;
}

std::optional<core::Instant> optional_instant(const core::Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return core::from_column(row.integer(column));
}

void bind_instant(core::Query& query, const std::optional<core::Instant>& instant) {
  if (instant) {
    query.bind(core::to_column(*instant));
  } else {
    query.bind(nullptr);
  }
}

std::string types_text(const std::vector<std::string>& types) {
  return core::to_canonical(core::array_of(types));
}

std::vector<std::string> types_from(const std::string& text) {
  const auto json = core::parse_json(text);
  if (!json || json->as_array() == nullptr) damaged("a stored credential has damaged types");
  std::vector<std::string> types;
  for (const auto& item : *json->as_array()) {
    if (item.as_string() == nullptr) damaged("a stored credential has damaged types");
    types.push_back(*item.as_string());
  }
  return types;
}

StoredList list_from(const core::Query& row) {
  return StoredList{StatusListDeclaration{row.text(0), purpose_from(row.text(1)), row.text(2)},
                    static_cast<std::uint32_t>(row.integer(3)),
                    static_cast<std::uint32_t>(row.integer(4))};
}

CredentialRecord credential_from(const core::Query& row) {
  CredentialRecord record;
  record.id = row.text(1);
  record.subject = row.text(2);
  record.types = types_from(row.text(3));
  record.valid_from = optional_instant(row, 4);
  record.valid_until = optional_instant(row, 5);
  record.issued_at = core::from_column(row.integer(6));
  record.text = row.text(7);
  record.state = state_from(row.text(8));
  record.changed_at = optional_instant(row, 9);
  record.slots.revocation = StatusSlot{row.text(10), index_from(row.integer(11))};
  record.slots.suspension = StatusSlot{row.text(12), index_from(row.integer(13))};
  return record;
}

}  // namespace

std::vector<StoredList> all_lists(core::Connection& connection) {
  std::vector<StoredList> lists;
  auto query = connection.query(std::string(kSelectList) + "ORDER BY purpose, ordinal");
  while (query.step()) lists.push_back(list_from(query));
  return lists;
}

std::optional<StoredList> newest_list(core::Connection& connection, StatusPurpose purpose) {
  auto query = connection.query(std::string(kSelectList) +
                                "WHERE purpose = ? ORDER BY ordinal DESC LIMIT 1");
  query.bind(name_of(purpose));
  if (!query.step()) return std::nullopt;
  return list_from(query);
}

void insert_list(core::Connection& connection, const StatusListDeclaration& declaration,
                 std::uint32_t ordinal) {
  connection.query("INSERT INTO issued_list(name, purpose, ordinal, url) VALUES(?, ?, ?, ?)")
      .bind(declaration.list, name_of(declaration.purpose), std::int64_t{ordinal}, declaration.url)
      .run();
  write_bits(connection, declaration.list, StatusBits());
}

Result<StatusBits, Error> read_bits(core::Connection& connection, const std::string& list) {
  auto query = connection.query("SELECT bits, sha256 FROM issued_chunk WHERE list = ?");
  query.bind(list);
  if (!query.step()) return fail(Error{ErrorCode::storage, "list " + list + " has no bits"});
  auto bits = StatusBits::from_bytes(query.blob(0));
  if (!bits || !std::ranges::equal(bits->sha256(), query.blob(1))) {
    return fail(Error{ErrorCode::storage, "the bits of list " + list + " are damaged"});
  }
  return bits;
}

void write_bits(core::Connection& connection, const std::string& list, const StatusBits& bits) {
  const auto hash = bits.sha256();
  connection
      .query(
          "INSERT INTO issued_chunk(list, bits, sha256) VALUES(?, ?, ?)"
          " ON CONFLICT(list) DO UPDATE SET bits = excluded.bits, sha256 = excluded.sha256")
      .bind(list, bits.bytes(), core::ByteView(hash))
      .run();
}

bool take_index(core::Connection& connection, const StatusSlot& slot, StatusPurpose purpose,
                const std::string& credential_id) {
  connection
      .query(
          "INSERT INTO issued_index(list, position, purpose, credential) VALUES(?, ?, ?, ?)"
          " ON CONFLICT(list, position) DO NOTHING")
      .bind(slot.list, std::int64_t{slot.index.value()}, name_of(purpose), credential_id)
      .run();
  if (connection.changes() == 0) return false;
  connection.query("UPDATE issued_list SET allocated = allocated + 1 WHERE name = ?")
      .bind(slot.list)
      .run();
  return true;
}

void close_lists(core::Connection& connection) {
  connection.query("UPDATE issued_list SET allocated = max(allocated, ?)")
      .bind(std::int64_t{kListFull})
      .run();
}

std::optional<std::string> holder_of(core::Connection& connection, const StatusSlot& slot) {
  auto query =
      connection.query("SELECT credential FROM issued_index WHERE list = ? AND position = ?");
  query.bind(slot.list, std::int64_t{slot.index.value()});
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

std::optional<StatusSlot> slot_of(core::Connection& connection, StatusPurpose purpose,
                                  const std::string& credential_id) {
  auto query = connection.query(
      "SELECT list, position FROM issued_index WHERE credential = ? AND purpose = ?");
  query.bind(credential_id, name_of(purpose));
  if (!query.step()) return std::nullopt;
  return StatusSlot{query.text(0), index_from(query.integer(1))};
}

void insert_credential(core::Connection& connection, const CredentialRecord& credential) {
  auto query = connection.query(
      "INSERT INTO issued_credential(id, subject, types, valid_from, valid_until, issued_at, text,"
      " state) VALUES(?, ?, ?, ?, ?, ?, ?, 'active')");
  query.bind(credential.id, credential.subject, types_text(credential.types));
  bind_instant(query, credential.valid_from);
  bind_instant(query, credential.valid_until);
  bind_instant(query, credential.issued_at);
  query.bind(credential.text).run();
}

void set_state(core::Connection& connection, const std::string& credential_id,
               CredentialState state, core::Instant changed_at) {
  connection.query("UPDATE issued_credential SET state = ?, changed_at = ? WHERE id = ?")
      .bind(name_of(state), core::to_column(changed_at), credential_id)
      .run();
}

std::optional<CredentialRecord> find_credential(core::Connection& connection,
                                                const std::string& credential_id) {
  auto query = connection.query(std::string(kSelectCredential) + "WHERE c.id = ?");
  query.bind(credential_id);
  if (!query.step()) return std::nullopt;
  return credential_from(query);
}

CredentialPage list_credentials(core::Connection& connection, const CredentialQuery& wanted) {
  constexpr std::size_t kMaxLimit = 1000;
  const auto limit = std::clamp<std::size_t>(wanted.limit, 1, kMaxLimit);
  std::string sql(kSelectCredential);
  sql += "WHERE 1";
  if (wanted.subject) sql += " AND c.subject = ?";
  if (wanted.state) sql += " AND c.state = ?";
  if (wanted.before) sql += " AND c.number < ?";
  sql += " ORDER BY c.number DESC LIMIT ?";
  auto query = connection.query(sql);
  if (wanted.subject) query.bind(*wanted.subject);
  if (wanted.state) query.bind(name_of(*wanted.state));
  if (wanted.before) query.bind(*wanted.before);
  query.bind(static_cast<std::int64_t>(limit + 1));  // one more tells whether there is a next page

  CredentialPage page;
  std::int64_t last_number = 0;
  while (query.step()) {
    if (page.records.size() == limit) {
      page.next = last_number;
      break;
    }
    page.records.push_back(credential_from(query));
    last_number = query.integer(0);
  }
  return page;
}

}  // namespace store

}  // namespace avow::revocation
