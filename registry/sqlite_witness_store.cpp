// What witnesses say of logs, and what of a feed is judged anew when governance has named another entry of its log.

#include "registry/feed_store.h"

namespace avow::registry {

std::vector<std::string> FeedReader::witness_proofs(std::string_view feed,
                                                    std::optional<std::int64_t> version) {
  auto query = connection_.query(
      "SELECT text FROM witness_proof WHERE feed = ? AND version BETWEEN ? AND ?"
      " ORDER BY version, entry_hash, witness");
  query.bind(feed, version.value_or(1), version.value_or(kMaxLogEntries));
  std::vector<std::string> texts;
  while (query.step()) texts.push_back(query.text(0));
  return texts;
}

std::vector<WitnessedEntry> FeedReader::proofs_by(std::string_view witness, std::int64_t after) {
  auto query = connection_.query(
      "SELECT rowid, feed, version, entry_hash FROM witness_proof WHERE witness = ? AND rowid > ?"
      " ORDER BY rowid");
  query.bind(witness, after);
  std::vector<WitnessedEntry> found;
  while (query.step())
    found.push_back({query.integer(0), query.text(1), query.integer(2), query.text(3)});
  return found;
}

bool FeedReader::has_witness_proof(const WitnessProof& proof) {
  auto query =
      connection_.query("SELECT 1 FROM witness_proof WHERE entry_hash = ? AND witness = ?");
  query.bind(proof.entry_hash, proof.proof.witness);
  return query.step();
}

std::int64_t FeedWriter::put_witness_proof(const WitnessProof& proof) {
  {
    auto query = transaction_.query(
        "INSERT INTO witness_proof(hash, feed, version, entry_hash, witness, text)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    query.bind(proof.hash, proof.feed, proof.version, proof.entry_hash, proof.proof.witness,
               proof.text);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::witness_proof, proof.feed, proof.version, 0, proof.hash, kLogEntryPriority});
}

Withdrawn FeedWriter::withdraw(std::string_view feed, std::int64_t from_epoch) {
  Withdrawn withdrawn;
  const auto read = [&](std::string_view sql, std::vector<std::string>& texts) {
    auto query = transaction_.query(sql);
    query.bind(feed, from_epoch);
    while (query.step()) texts.push_back(query.text(0));
  };
  // What stands on the chain first, so that the same does again.
  read(
      "SELECT text FROM statement WHERE feed = ? AND epoch >= ?"
      " ORDER BY on_chain DESC, epoch, sequence, hash",
      withdrawn.statements);
  read("SELECT text FROM refused WHERE feed = ? AND epoch >= ?", withdrawn.refused);
  read("SELECT text FROM fork_proof WHERE feed = ? AND epoch >= ? ORDER BY epoch",
       withdrawn.proofs);
  for (const std::string_view sql : {"DELETE FROM statement WHERE feed = ? AND epoch >= ?",
                                     "DELETE FROM feed_state WHERE feed = ? AND epoch >= ?",
                                     "DELETE FROM refused WHERE feed = ? AND epoch >= ?",
                                     "DELETE FROM fork_proof WHERE feed = ? AND epoch >= ?",
                                     "DELETE FROM head WHERE feed = ? AND epoch >= ?",
                                     "DELETE FROM ingest WHERE feed = ? AND epoch >= ?"
                                     " AND class IN ('statement', 'proof', 'head')"}) {
    auto query = transaction_.query(sql);
    query.bind(feed, from_epoch);
    query.run();
  }
  return withdrawn;
}

}  // namespace avow::registry
