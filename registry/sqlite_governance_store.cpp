// The part of the store that holds slots, votes and emergencies.

#include "core/instant_column.h"
#include "registry/feed_store.h"

namespace avow::registry {
namespace {

constexpr int kGovernancePriority = 0;

std::vector<std::string> all_texts(core::Query query) {
  std::vector<std::string> out;
  while (query.step()) out.push_back(query.text(0));
  return out;
}

std::vector<EmergencyRecord> all_records(core::Query query) {
  std::vector<EmergencyRecord> out;
  while (query.step()) {
    out.push_back({query.text(0), query.text(1), core::from_column(query.integer(2)),
                   core::from_column(query.integer(3)), query.text(4), query.integer(5),
                   query.text(6), query.text(7)});
  }
  return out;
}

std::optional<GuardMark> one_mark(core::Query query) {
  if (!query.step()) return std::nullopt;
  return GuardMark{query.integer(0), query.integer(1), query.text(2)};
}

}  // namespace

std::vector<std::string> FeedReader::slots_after(std::int64_t n) {
  auto query = connection_.query(
      "SELECT text FROM slot WHERE n > ? AND n < coalesce((SELECT min(n) FROM slot_fork), n + 1)"
      " ORDER BY n");
  query.bind(n);
  return all_texts(std::move(query));
}

std::optional<std::int64_t> FeedReader::forked_slot() {
  auto query = connection_.query("SELECT n FROM slot_fork ORDER BY n LIMIT 1");
  if (!query.step()) return std::nullopt;
  return query.integer(0);
}

std::vector<std::string> FeedReader::decisions_of(std::int64_t slot) {
  auto query = connection_.query(
      "SELECT text FROM (SELECT n, hash, text FROM slot UNION ALL SELECT n, hash, text FROM "
      "slot_fork)"
      " WHERE n = ? ORDER BY hash");
  query.bind(slot);
  return all_texts(std::move(query));
}

std::vector<std::string> FeedReader::votes(std::int64_t slot) {
  auto query = connection_.query("SELECT text FROM vote WHERE slot = ? ORDER BY hash");
  query.bind(slot);
  return all_texts(std::move(query));
}

std::vector<std::string> FeedReader::votes_by(std::string_view governor, std::int64_t slot,
                                              std::size_t max) {
  auto query = connection_.query(
      "SELECT hash FROM vote WHERE slot = ? AND governor = ? ORDER BY round DESC, hash LIMIT ?");
  query.bind(slot, governor, static_cast<std::int64_t>(max));
  return all_texts(std::move(query));
}

std::vector<std::string> FeedReader::proposals(std::int64_t slot) {
  auto query = connection_.query("SELECT text FROM proposal WHERE slot = ? ORDER BY hash");
  query.bind(slot);
  return all_texts(std::move(query));
}

std::vector<EmergencyRecord> FeedReader::emergencies() {
  return all_records(connection_.query(
      "SELECT hash, scid, from_time, until_time, governor, epoch, key, public_key FROM emergency"
      " ORDER BY scid, from_time, hash"));
}

std::vector<EmergencyRecord> FeedReader::emergencies_about(std::string_view scid) {
  auto query = connection_.query(
      "SELECT hash, scid, from_time, until_time, governor, epoch, key, public_key FROM emergency"
      " WHERE scid = ?");
  query.bind(scid);
  return all_records(std::move(query));
}

std::vector<EmergencyRecord> FeedReader::emergencies_by(std::string_view governor) {
  auto query = connection_.query(
      "SELECT hash, scid, from_time, until_time, governor, epoch, key, public_key FROM emergency"
      " WHERE governor = ? ORDER BY from_time DESC, hash");
  query.bind(governor);
  return all_records(std::move(query));
}

std::vector<std::string> FeedReader::called_suspended_by(std::string_view governor) {
  auto query = connection_.query("SELECT DISTINCT scid FROM emergency WHERE governor = ?");
  query.bind(governor);
  return all_texts(std::move(query));
}

std::optional<core::Instant> FeedReader::own_emergency_near(std::string_view scid,
                                                            core::Instant from) {
  auto query = connection_.query(
      "SELECT from_time FROM own_emergency WHERE scid = ? AND from_time > ? AND from_time < ?"
      " LIMIT 1");
  query.bind(scid, core::to_column(from - kEmergencyPause),
             core::to_column(from + kEmergencyPause));
  if (!query.step()) return std::nullopt;
  return core::from_column(query.integer(0));
}

std::vector<std::string> FeedReader::own_votes(std::int64_t slot) {
  auto query = connection_.query("SELECT hash FROM own_vote WHERE slot = ? ORDER BY n");
  query.bind(slot);
  return all_texts(std::move(query));
}

std::optional<GuardMark> FeedReader::own_vote(std::string_view hash) {
  auto query = connection_.query("SELECT slot, n, hash FROM own_vote WHERE hash = ?");
  query.bind(hash);
  return one_mark(std::move(query));
}

std::optional<GuardMark> FeedReader::last_own_vote(std::int64_t up_to_slot) {
  auto query = connection_.query(
      "SELECT slot, n, hash FROM own_vote WHERE slot <= ? ORDER BY slot DESC, n DESC LIMIT 1");
  query.bind(up_to_slot);
  return one_mark(std::move(query));
}

std::int64_t FeedWriter::put_vote(const Vote& vote) {
  {
    auto query = transaction_.query(
        "INSERT INTO vote(hash, slot, round, governor, text) VALUES(?, ?, ?, ?, ?)");
    query.bind(vote.hash, vote.slot, vote.round, vote.governor, vote.text);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::vote, vote.governor, vote.slot, vote.round, vote.hash, kGovernancePriority});
}

std::int64_t FeedWriter::put_proposal(const ProposedSlot& proposal) {
  {
    auto query = transaction_.query("INSERT INTO proposal(hash, slot, text) VALUES(?, ?, ?)");
    query.bind(proposal.hash, proposal.slot.number, proposal.text);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::slot, "", proposal.slot.number, 0, proposal.hash, kGovernancePriority});
}

std::int64_t FeedWriter::put_slot(const DecidedSlot& decided) {
  const auto n = decided.slot.number;
  for (const std::string_view sql :
       {"DELETE FROM vote WHERE slot = ?", "DELETE FROM proposal WHERE slot = ?",
        "DELETE FROM ingest WHERE class IN ('vote', 'slot') AND epoch = ?"}) {
    auto query = transaction_.query(sql);
    query.bind(n);
    query.run();
  }
  {
    auto query = transaction_.query("INSERT INTO slot(n, hash, text) VALUES(?, ?, ?)");
    query.bind(n, decided.hash, decided.text);
    query.run();
  }
  return put_ingest({0, ObjectClass::slot, "", n, 0, decided.hash, kGovernancePriority});
}

std::int64_t FeedWriter::put_slot_fork(const DecidedSlot& decided) {
  const auto n = decided.slot.number;
  {
    auto query = transaction_.query("INSERT INTO slot_fork(n, hash, text) VALUES(?, ?, ?)");
    query.bind(n, decided.hash, decided.text);
    query.run();
  }
  return put_ingest({0, ObjectClass::slot, "", n, 0, decided.hash, kGovernancePriority});
}

std::int64_t FeedWriter::put_emergency(const EmergencyRecord& record, const std::string& text) {
  {
    auto query = transaction_.query(
        "INSERT INTO emergency"
        "(hash, scid, from_time, until_time, governor, epoch, key, public_key, text)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(record.hash, record.scid, core::to_column(record.from),
               core::to_column(record.until), record.governor, record.epoch, record.key,
               record.public_key, text);
    query.run();
  }
  return put_ingest(
      {0, ObjectClass::emergency, record.scid, 1, 0, record.hash, kGovernancePriority});
}

void FeedWriter::drop_emergency(const EmergencyRecord& record) {
  {
    auto query = transaction_.query("DELETE FROM emergency WHERE hash = ?");
    query.bind(record.hash);
    query.run();
  }
  auto query =
      transaction_.query("DELETE FROM ingest WHERE class = 'emergency' AND feed = ? AND hash = ?");
  query.bind(record.scid, record.hash);
  query.run();
}

void FeedWriter::put_own_emergency(const Emergency& emergency) {
  auto query =
      transaction_.query("INSERT INTO own_emergency(hash, scid, from_time) VALUES(?, ?, ?)");
  query.bind(emergency.hash, emergency.scid, core::to_column(emergency.from));
  query.run();
}

Result<void, Error> FeedWriter::put_own_vote(const Vote& vote) {
  {
    auto query =
        transaction_.query("SELECT hash FROM own_vote WHERE slot = ? AND round = ? AND phase = ?");
    query.bind(vote.slot, vote.round, name_of(vote.phase));
    if (query.step()) {
      return fail(Error{ErrorCode::already_signed, "another vote of ours in that round and phase"});
    }
  }
  auto query = transaction_.query(
      "INSERT INTO own_vote(slot, round, phase, n, hash)"
      " VALUES(?1, ?2, ?3, (SELECT count(*) FROM own_vote WHERE slot = ?1), ?4)");
  query.bind(vote.slot, vote.round, name_of(vote.phase), vote.hash);
  query.run();
  return {};
}

}  // namespace avow::registry
