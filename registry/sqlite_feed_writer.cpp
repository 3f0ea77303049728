// What is written of feeds, logs and the change log.

#include "core/instant_column.h"
#include "registry/feed_store.h"

namespace avow::registry {

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
             core::to_column(statement.time), statement.text, std::int64_t{on_chain ? 1 : 0});
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

std::optional<std::int64_t> FeedWriter::put_statement(const Statement& statement,
                                                      const ChainTip& tip) {
  put_statement_row(statement, /*on_chain=*/true);
  {
    auto query = transaction_.query(
        "INSERT OR REPLACE INTO feed_state"
        "(feed, epoch, sequence, hash, time, hour, urgent, others, other_bytes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(statement.feed, statement.epoch, tip.sequence, tip.hash, core::to_column(tip.time),
               tip.use.hour, tip.use.urgent, tip.use.others, tip.use.other_bytes);
    query.run();
  }
  const ObjectId id{0,
                    ObjectClass::statement,
                    statement.feed,
                    statement.epoch,
                    statement.sequence,
                    statement.hash,
                    priority_of(statement.kind)};
  // Whoever reads the log from there on knows it already.
  if (is_listed(id)) return std::nullopt;
  return put_ingest(id);
}

void FeedWriter::drop_ancestor(std::string_view hash) {
  auto query = transaction_.query("DELETE FROM statement WHERE hash = ? AND on_chain = 0");
  query.bind(hash);
  query.run();
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
        transaction_.query("DELETE FROM refused WHERE feed = ? AND epoch = ? AND sequence >= ?");
    query.bind(at.feed, at.epoch, at.sequence);
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

void FeedWriter::put_refused(const Statement& statement) {
  auto query = transaction_.query(
      "INSERT OR IGNORE INTO refused(feed, epoch, sequence, text) VALUES(?, ?, ?, ?)");
  query.bind(statement.feed, statement.epoch, statement.sequence, statement.text);
  query.run();
}

std::int64_t FeedWriter::put_head(const Head& head) {
  {
    auto query = transaction_.query(
        "INSERT OR REPLACE INTO head(feed, epoch, sequence, time, hash, text)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    query.bind(head.feed, head.epoch, head.sequence, core::to_column(head.time), head.id_hash,
               head.text);
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

bool FeedWriter::is_listed(const ObjectId& id) {
  auto query = transaction_.query(
      "SELECT 1 FROM ingest WHERE class = ? AND feed = ? AND epoch = ? AND sequence = ?"
      " AND hash = ?");
  query.bind(name_of(id.object_class), id.feed, id.epoch, id.sequence, id.hash);
  return query.step();
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
