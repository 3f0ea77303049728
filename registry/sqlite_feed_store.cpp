#include <array>

#include "registry/feed_store.h"

namespace avow::registry {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE slot(
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE statement(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  previous TEXT NOT NULL,
  kind TEXT NOT NULL,
  priority INTEGER NOT NULL,
  time INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(feed, epoch, sequence, hash)
) STRICT;
CREATE TABLE feed_state(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  time INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  urgent INTEGER NOT NULL,
  others INTEGER NOT NULL,
  other_bytes INTEGER NOT NULL,
  PRIMARY KEY(feed, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE fork_proof(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  PRIMARY KEY(feed, epoch)
) STRICT;
CREATE TABLE head(
  feed TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  time INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE ingest(
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  class TEXT NOT NULL,
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  priority INTEGER NOT NULL
) STRICT;
CREATE INDEX ingest_by_object ON ingest(class, feed, epoch);
CREATE TABLE outbox(
  peer TEXT NOT NULL,
  n INTEGER NOT NULL REFERENCES ingest(n) ON DELETE CASCADE,
  PRIMARY KEY(peer, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_object ON outbox(n);
CREATE TABLE own_signature(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY(feed, epoch, sequence)
) STRICT;
)sql";

constexpr std::string_view kEpochs = R"sql(
CREATE TABLE log_entry(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(feed, version, hash)
) STRICT;
ALTER TABLE statement ADD COLUMN on_chain INTEGER NOT NULL DEFAULT 1;
)sql";

constexpr std::string_view kGovernanceSchema = R"sql(
CREATE TABLE slot_fork(
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE proposal(
  hash TEXT PRIMARY KEY,
  slot INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE vote(
  hash TEXT PRIMARY KEY,
  slot INTEGER NOT NULL,
  round INTEGER NOT NULL,
  governor TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX vote_by_slot ON vote(slot);
CREATE TABLE own_vote(
  slot INTEGER NOT NULL,
  round INTEGER NOT NULL,
  phase TEXT NOT NULL,
  n INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY(slot, round, phase)
) STRICT;
CREATE TABLE emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  governor TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
)sql";

constexpr std::string_view kEmergencyEpochs = R"sql(
ALTER TABLE emergency ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
UPDATE emergency SET epoch = json_extract(text, '$.epoch');
CREATE INDEX emergency_by_signer ON emergency(scid, governor, epoch);
CREATE TABLE own_emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::string_view kWitnesses = R"sql(
CREATE TABLE witness_proof(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  version INTEGER NOT NULL,
  entry_hash TEXT NOT NULL,
  witness TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(entry_hash, witness)
) STRICT;
CREATE INDEX witness_proof_by_feed ON witness_proof(feed, version);
CREATE INDEX witness_proof_by_witness ON witness_proof(witness);
)sql";

// Those that were kept before are asked for again, as all are after a start.
constexpr std::string_view kEmergencyRecords = R"sql(
DROP TABLE emergency;
CREATE TABLE emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  until_time INTEGER NOT NULL,
  governor TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  key TEXT NOT NULL,
  public_key TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX emergency_by_member ON emergency(scid, governor);
CREATE INDEX emergency_by_governor ON emergency(governor, scid);
DELETE FROM ingest WHERE class = 'emergency';
)sql";

constexpr std::array<core::Migration, 6> kMigrations{{{"registry", 1, kSchema},
                                                      {"registry", 2, kEpochs},
                                                      {"registry", 3, kGovernanceSchema},
                                                      {"registry", 4, kEmergencyEpochs},
                                                      {"registry", 5, kWitnesses},
                                                      {"registry", 6, kEmergencyRecords}}};

std::int64_t to_column(core::Instant at) {
  return at.time_since_epoch().count();
}
core::Instant from_column(std::int64_t milliseconds) {
  return core::Instant(core::Milliseconds(milliseconds));
}

/// From columns n, class, feed, epoch, sequence, hash, priority.
ObjectId id_of(const core::Query& row) {
  ObjectId id;
  id.n = row.integer(0);
  id.object_class = class_named(row.text(1)).value_or(ObjectClass::statement);
  id.feed = row.text(2);
  id.epoch = row.integer(3);
  id.sequence = row.integer(4);
  id.hash = row.text(5);
  id.priority = static_cast<int>(row.integer(6));
  return id;
}

std::optional<std::string> one_text(core::Query query) {
  if (!query.step()) return std::nullopt;
  return query.text(0);
}

}  // namespace

std::span<const core::Migration> migrations() {
  return kMigrations;
}

std::string_view name_of(ObjectClass object_class) {
  switch (object_class) {
    case ObjectClass::log_entry:
      return "log_entry";
    case ObjectClass::statement:
      return "statement";
    case ObjectClass::proof:
      return "proof";
    case ObjectClass::head:
      return "head";
    case ObjectClass::slot:
      return "slot";
    case ObjectClass::vote:
      return "vote";
    case ObjectClass::emergency:
      return "emergency";
    case ObjectClass::witness_proof:
      return "witness_proof";
  }
  return "";
}

std::optional<ObjectClass> class_named(std::string_view name) {
  for (const auto known :
       {ObjectClass::log_entry, ObjectClass::statement, ObjectClass::proof, ObjectClass::head,
        ObjectClass::slot, ObjectClass::vote, ObjectClass::emergency, ObjectClass::witness_proof}) {
    if (name == name_of(known)) return known;
  }
  return std::nullopt;
}

std::string ObjectId::key() const {
  switch (object_class) {
    case ObjectClass::statement:
    case ObjectClass::vote:
      return feed + "/" + std::to_string(epoch) + "/" + std::to_string(sequence);
    case ObjectClass::log_entry:
    case ObjectClass::proof:
    case ObjectClass::witness_proof:
      return feed + "/" + std::to_string(epoch);
    case ObjectClass::head:
    case ObjectClass::emergency:
      return feed;
    case ObjectClass::slot:
      return std::to_string(epoch);
  }
  return "";
}

std::optional<std::string> FeedReader::charter_text() {
  return one_text(connection_.query("SELECT text FROM slot WHERE n = 1"));
}

std::optional<std::string> FeedReader::network_id() {
  return one_text(connection_.query("SELECT hash FROM slot WHERE n = 1"));
}

std::vector<std::string> FeedReader::log_entries(std::string_view feed, std::int64_t from_version) {
  std::vector<std::string> texts;
  each_log_entry(feed, from_version, std::numeric_limits<std::int64_t>::max(),
                 [&](std::int64_t, std::string_view text) {
                   texts.emplace_back(text);
                   return true;
                 });
  return texts;
}

void FeedReader::each_log_entry(std::string_view feed, std::int64_t from, std::int64_t to,
                                const std::function<bool(std::int64_t, std::string_view)>& take) {
  auto query = connection_.query(
      "SELECT version, text FROM log_entry WHERE feed = ? AND version >= ? AND version <= ?"
      " ORDER BY version, hash");
  query.bind(feed, from, to);
  while (query.step() && take(query.integer(0), query.text(1))) {
  }
}

std::int64_t FeedReader::newest_entry() {
  auto query = connection_.query("SELECT ifnull(max(rowid), 0) FROM log_entry");
  query.step();
  return query.integer(0);
}

std::vector<std::string> FeedReader::feeds_with_entries_after(std::int64_t entry) {
  auto query = connection_.query("SELECT DISTINCT feed FROM log_entry WHERE rowid > ?");
  query.bind(entry);
  std::vector<std::string> feeds;
  while (query.step()) feeds.push_back(query.text(0));
  return feeds;
}

std::vector<std::int64_t> FeedReader::epochs(std::string_view feed) {
  auto query = connection_.query("SELECT epoch FROM feed_state WHERE feed = ? ORDER BY epoch DESC");
  query.bind(feed);
  std::vector<std::int64_t> epochs;
  while (query.step()) epochs.push_back(query.integer(0));
  return epochs;
}

std::optional<HeldPlace> FeedReader::place_of(std::string_view feed, std::string_view hash) {
  auto query = connection_.query(
      "SELECT epoch, sequence, previous, time, on_chain FROM statement WHERE hash = ? AND feed = "
      "?");
  query.bind(hash, feed);
  if (!query.step()) return std::nullopt;
  return HeldPlace{
      {query.integer(0), query.integer(1), query.text(2), from_column(query.integer(3))},
      query.integer(4) != 0};
}

std::optional<ChainTip> FeedReader::tip(std::string_view feed, std::int64_t epoch) {
  auto query = connection_.query(
      "SELECT sequence, hash, time, hour, urgent, others, other_bytes FROM feed_state"
      " WHERE feed = ? AND epoch = ?");
  query.bind(feed, epoch);
  if (!query.step()) return std::nullopt;
  return ChainTip{query.integer(0),
                  query.text(1),
                  from_column(query.integer(2)),
                  {query.integer(3), query.integer(4), query.integer(5), query.integer(6)}};
}

std::optional<std::string> FeedReader::statement_at(std::string_view feed, std::int64_t epoch,
                                                    std::int64_t sequence) {
  auto query = connection_.query(
      "SELECT text FROM statement WHERE feed = ? AND epoch = ? AND sequence = ? AND on_chain = 1");
  query.bind(feed, epoch, sequence);
  return one_text(std::move(query));
}

std::string FeedReader::hash_at(std::string_view feed, std::int64_t epoch, std::int64_t sequence) {
  auto query = connection_.query(
      "SELECT hash FROM statement WHERE feed = ? AND epoch = ? AND sequence = ? AND on_chain = 1");
  query.bind(feed, epoch, sequence);
  return one_text(std::move(query)).value_or("");
}

void FeedReader::each_statement(std::string_view feed, std::int64_t epoch, std::int64_t from,
                                std::int64_t end,
                                const std::function<bool(std::string_view)>& take) {
  auto query = connection_.query(
      "SELECT text FROM statement WHERE feed = ? AND epoch = ? AND sequence >= ? AND sequence < ?"
      " AND on_chain = 1 ORDER BY sequence");
  query.bind(feed, epoch, from, end);
  while (query.step() && take(query.text(0))) {
  }
}

void FeedReader::each_not_signed_here(std::string_view feed, std::int64_t from, std::int64_t end,
                                      const std::function<void(std::string_view, bool)>& take) {
  auto query = connection_.query(
      "SELECT text, on_chain FROM statement AS s WHERE feed = ? AND epoch >= ? AND epoch < ?"
      " AND NOT EXISTS (SELECT 1 FROM own_signature AS o WHERE o.feed = s.feed"
      " AND o.epoch = s.epoch AND o.sequence = s.sequence AND o.hash = s.hash)");
  query.bind(feed, from, end);
  while (query.step()) take(query.text(0), query.integer(1) != 0);
}

std::optional<StoredFork> FeedReader::fork(std::string_view feed, std::int64_t epoch) {
  auto query =
      connection_.query("SELECT sequence, text FROM fork_proof WHERE feed = ? AND epoch = ?");
  query.bind(feed, epoch);
  if (!query.step()) return std::nullopt;
  return StoredFork{query.integer(0), query.text(1)};
}

std::map<std::int64_t, std::int64_t> FeedReader::forks(std::string_view feed) {
  auto query = connection_.query("SELECT epoch, sequence FROM fork_proof WHERE feed = ?");
  query.bind(feed);
  std::map<std::int64_t, std::int64_t> forks;
  while (query.step()) forks.emplace(query.integer(0), query.integer(1));
  return forks;
}

std::optional<std::string> FeedReader::head(std::string_view feed) {
  auto query = connection_.query("SELECT text FROM head WHERE feed = ?");
  query.bind(feed);
  return one_text(std::move(query));
}

std::optional<StoredObject> FeedReader::object(ObjectClass object_class, std::string_view hash) {
  const auto sql = [object_class]() -> std::string_view {
    switch (object_class) {
      case ObjectClass::log_entry:
        return "SELECT 0, 'log_entry', feed, version, 0, hash, 0, text FROM log_entry"
               " WHERE hash = ?";
      case ObjectClass::statement:
        return "SELECT 0, 'statement', feed, epoch, sequence, hash, priority, text FROM statement"
               " WHERE hash = ?";
      case ObjectClass::proof:
        return "SELECT 0, 'proof', feed, epoch, sequence, hash, 0, text FROM fork_proof"
               " WHERE hash = ?";
      case ObjectClass::head:
        return "SELECT 0, 'head', feed, epoch, sequence, hash, 3, text FROM head WHERE hash = ?";
      case ObjectClass::slot:
        return "SELECT 0, 'slot', '', n, 0, hash, 0, text FROM slot WHERE n > 1 AND hash = ?1"
               " UNION ALL SELECT 0, 'slot', '', n, 0, hash, 0, text FROM slot_fork WHERE hash = ?1"
               " UNION ALL SELECT 0, 'slot', '', slot, 0, hash, 0, text FROM proposal WHERE hash = "
               "?1";
      case ObjectClass::vote:
        return "SELECT 0, 'vote', governor, slot, round, hash, 0, text FROM vote WHERE hash = ?";
      case ObjectClass::emergency:
        return "SELECT 0, 'emergency', scid, 1, 0, hash, 0, text FROM emergency WHERE hash = ?";
      case ObjectClass::witness_proof:
        return "SELECT 0, 'witness_proof', feed, version, 0, hash, 0, text FROM witness_proof"
               " WHERE hash = ?";
    }
    return "";
  }();
  auto query = connection_.query(sql);
  query.bind(hash);
  if (!query.step()) return std::nullopt;
  return StoredObject{id_of(query), query.text(7)};
}

std::vector<ObjectId> FeedReader::ingested_after(std::int64_t cursor, std::size_t max) {
  auto query = connection_.query(
      "SELECT n, class, feed, epoch, sequence, hash, priority FROM ingest WHERE n > ?"
      " ORDER BY n LIMIT ?");
  query.bind(cursor, static_cast<std::int64_t>(max));
  std::vector<ObjectId> ids;
  while (query.step()) ids.push_back(id_of(query));
  return ids;
}

std::int64_t FeedReader::last_ingested() {
  auto query = connection_.query("SELECT coalesce(max(n), 0) FROM ingest");
  query.step();
  return query.integer(0);
}

std::vector<StoredObject> FeedReader::outbox(std::string_view peer, std::size_t max,
                                             const std::set<std::int64_t>& without) {
  std::vector<ObjectId> ids;
  {
    auto query = connection_.query(
        "SELECT i.n, i.class, i.feed, i.epoch, i.sequence, i.hash, i.priority"
        " FROM outbox AS o JOIN ingest AS i ON i.n = o.n WHERE o.peer = ? ORDER BY o.n");
    query.bind(peer);
    while (ids.size() < max && query.step()) {
      if (!without.contains(query.integer(0))) ids.push_back(id_of(query));
    }
  }
  std::vector<StoredObject> objects;
  for (auto& id : ids) {
    auto stored = object(id.object_class, id.hash);
    if (stored) objects.push_back({std::move(id), std::move(stored->text)});
  }
  return objects;
}

std::int64_t FeedReader::outbox_size(std::string_view peer) {
  auto query = connection_.query("SELECT count(*) FROM outbox WHERE peer = ?");
  query.bind(peer);
  query.step();
  return query.integer(0);
}

std::optional<std::string> FeedReader::own_signature(std::string_view feed, std::int64_t epoch,
                                                     std::int64_t sequence) {
  auto query = connection_.query(
      "SELECT hash FROM own_signature WHERE feed = ? AND epoch = ? AND sequence = ?");
  query.bind(feed, epoch, sequence);
  return one_text(std::move(query));
}

std::optional<GuardMark> FeedReader::last_own_signature(std::string_view feed,
                                                        std::int64_t before_epoch) {
  auto query = connection_.query(
      "SELECT epoch, sequence, hash FROM own_signature WHERE feed = ? AND epoch < ?"
      " ORDER BY epoch DESC, sequence DESC LIMIT 1");
  query.bind(feed, before_epoch);
  if (!query.step()) return std::nullopt;
  return GuardMark{query.integer(0), query.integer(1), query.text(2)};
}

void FeedWriter::put_charter(const Charter& charter) {
  auto query = transaction_.query("INSERT OR REPLACE INTO slot(n, hash, text) VALUES(1, ?, ?)");
  query.bind(charter.network, charter.text);
  query.run();
}

std::int64_t FeedWriter::put_log_entry(const std::string& feed, const LogEntry& entry) {
  const auto& webvh = entry.webvh;
  {
    auto query = transaction_.query(
        "INSERT OR IGNORE INTO log_entry(hash, feed, version, text) VALUES(?, ?, ?, ?)");
    query.bind(webvh.entry_hash, feed, webvh.version, entry.text);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::log_entry, feed, webvh.version, 0, webvh.entry_hash, kLogEntryPriority});
}

/// A statement that stands beside the chain may come onto it.
void FeedWriter::put_statement_row(const Statement& statement, bool on_chain) {
  auto query = transaction_.query(
      "INSERT INTO statement"
      "(hash, feed, epoch, sequence, previous, kind, priority, time, text, on_chain)"
      " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT(hash) DO UPDATE SET on_chain = max(on_chain, excluded.on_chain)");
  query.bind(statement.hash, statement.feed, statement.epoch, statement.sequence,
             statement.previous, statement.kind_name, std::int64_t{priority_of(statement.kind)},
             to_column(statement.time), statement.text, std::int64_t{on_chain ? 1 : 0});
  query.run();
}

void FeedWriter::put_ancestor(const Statement& statement) {
  put_statement_row(statement, /*on_chain=*/false);
}

void FeedWriter::displace(std::string_view feed, std::int64_t epoch, std::int64_t sequence) {
  auto query = transaction_.query(
      "UPDATE statement SET on_chain = 0 WHERE feed = ? AND epoch = ? AND sequence >= ?");
  query.bind(feed, epoch, sequence);
  query.run();
}

std::int64_t FeedWriter::put_statement(const Statement& statement, const ChainTip& tip) {
  put_statement_row(statement, /*on_chain=*/true);
  {
    auto query = transaction_.query(
        "INSERT OR REPLACE INTO feed_state"
        "(feed, epoch, sequence, hash, time, hour, urgent, others, other_bytes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(statement.feed, statement.epoch, tip.sequence, tip.hash, to_column(tip.time),
               tip.use.hour, tip.use.urgent, tip.use.others, tip.use.other_bytes);
    query.run();
  }
  return put_ingest({0, ObjectClass::statement, statement.feed, statement.epoch, statement.sequence,
                     statement.hash, priority_of(statement.kind)});
}

std::int64_t FeedWriter::put_fork(const ForkProof& proof) {
  const auto& at = proof.a;
  {
    auto query = transaction_.query(
        "INSERT OR REPLACE INTO fork_proof(feed, epoch, sequence, hash, text)"
        " VALUES(?, ?, ?, ?, ?)");
    query.bind(at.feed, at.epoch, at.sequence, proof.hash, proof.text);
    query.run();
  }
  {
    auto query =
        transaction_.query("DELETE FROM ingest WHERE class = 'proof' AND feed = ? AND epoch = ?");
    query.bind(at.feed, at.epoch);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::proof, at.feed, at.epoch, at.sequence, proof.hash, kForkProofPriority});
}

std::int64_t FeedWriter::put_head(const Head& head) {
  {
    auto query = transaction_.query(
        "INSERT OR REPLACE INTO head(feed, epoch, sequence, time, hash, text)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    query.bind(head.feed, head.epoch, head.sequence, to_column(head.time), head.id_hash, head.text);
    query.run();
  }
  {
    auto query = transaction_.query("DELETE FROM ingest WHERE class = 'head' AND feed = ?");
    query.bind(head.feed);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::head, head.feed, head.epoch, head.sequence, head.id_hash, kHeadPriority});
}

std::int64_t FeedWriter::put_ingest(const ObjectId& id) {
  {
    auto query = transaction_.query(
        "INSERT INTO ingest(class, feed, epoch, sequence, hash, priority)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    query.bind(name_of(id.object_class), id.feed, id.epoch, id.sequence, id.hash,
               std::int64_t{id.priority});
    query.run();
  }
  return last_ingested();
}

void FeedWriter::queue(std::string_view peer, std::int64_t n) {
  {
    auto query = transaction_.query("INSERT OR IGNORE INTO outbox(peer, n) VALUES(?, ?)");
    query.bind(peer, n);
    query.run();
  }
  auto query = transaction_.query("DELETE FROM outbox WHERE peer = ? AND n <= ?");
  query.bind(peer, n - kMaxOutbox);
  query.run();
}

void FeedWriter::acknowledge(std::string_view peer, std::span<const std::int64_t> ns) {
  for (const auto n : ns) {
    auto query = transaction_.query("DELETE FROM outbox WHERE peer = ? AND n = ?");
    query.bind(peer, n);
    query.run();
  }
}

Result<void, Error> FeedWriter::put_own_signature(const Statement& statement) {
  if (own_signature(statement.feed, statement.epoch, statement.sequence)) {
    return fail(Error{ErrorCode::already_signed,
                      "sequence " + std::to_string(statement.sequence) + " was signed before"});
  }
  auto query = transaction_.query(
      "INSERT INTO own_signature(feed, epoch, sequence, hash) VALUES(?, ?, ?, ?)");
  query.bind(statement.feed, statement.epoch, statement.sequence, statement.hash);
  query.run();
  return {};
}

}  // namespace avow::registry
