// What is read of feeds, logs and the change log.

#include <limits>

#include "core/instant_column.h"
#include "registry/feed_store.h"

namespace avow::registry {
namespace {

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
      {query.integer(0), query.integer(1), query.text(2), core::from_column(query.integer(3))},
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
                  core::from_column(query.integer(2)),
                  {query.integer(3), query.integer(4), query.integer(5), query.integer(6)}};
}

HourUse FeedReader::hour_use(std::string_view feed, std::int64_t epoch, std::int64_t sequence) {
  auto query = connection_.query(
      "SELECT time, priority, length(CAST(text AS BLOB))"
      " - ifnull(length(json_extract(text, '$.proof.proofValue')), 0) FROM statement"
      " WHERE feed = ? AND epoch = ? AND sequence <= ? AND on_chain = 1 ORDER BY sequence DESC");
  query.bind(feed, epoch, sequence);
  std::optional<HourUse> use;
  // Back to where the hour begins: no more than one hour may hold.
  while (query.step()) {
    const auto time = core::from_column(query.integer(0));
    if (!use) use = use_in_hour_of(time, HourUse{});
    if (use_in_hour_of(time, *use).hour != use->hour) break;
    add_to(*use, static_cast<int>(query.integer(1)), query.integer(2));
  }
  return use.value_or(HourUse{});
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

std::vector<std::int64_t> FeedReader::epochs_beside(std::string_view feed) {
  std::vector<std::int64_t> epochs;
  // From one to the next, not through all that stands there.
  for (std::int64_t after = 0;;) {
    auto query = connection_.query(
        "SELECT min(epoch) FROM statement WHERE feed = ? AND epoch > ? AND on_chain = 0");
    query.bind(feed, after);
    if (!query.step() || query.is_null(0)) return epochs;
    after = query.integer(0);
    epochs.push_back(after);
  }
}

std::optional<std::int64_t> FeedReader::lowest_beside(std::string_view feed, std::int64_t epoch) {
  auto query = connection_.query(
      "SELECT min(sequence) FROM statement WHERE feed = ? AND epoch = ? AND on_chain = 0");
  query.bind(feed, epoch);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return query.integer(0);
}

std::vector<std::string> FeedReader::beside(std::string_view feed, std::int64_t epoch,
                                            std::int64_t sequence) {
  auto query = connection_.query(
      "SELECT text FROM statement WHERE feed = ? AND epoch = ? AND sequence = ? AND on_chain = 0"
      " ORDER BY hash");
  query.bind(feed, epoch, sequence);
  std::vector<std::string> texts;
  while (query.step()) texts.push_back(query.text(0));
  return texts;
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

std::set<std::string> FeedReader::forked_feeds() {
  auto query = connection_.query("SELECT DISTINCT feed FROM fork_proof");
  std::set<std::string> feeds;
  while (query.step()) feeds.insert(query.text(0));
  return feeds;
}

std::optional<std::string> FeedReader::refused_at(std::string_view feed, std::int64_t epoch,
                                                  std::int64_t sequence) {
  auto query =
      connection_.query("SELECT text FROM refused WHERE feed = ? AND epoch = ? AND sequence = ?");
  query.bind(feed, epoch, sequence);
  return one_text(std::move(query));
}

std::optional<std::int64_t> FeedReader::first_made_elsewhere(std::string_view feed,
                                                             std::int64_t epoch,
                                                             std::int64_t from) {
  auto query = connection_.query(
      "SELECT min(sequence) FROM (SELECT sequence FROM refused AS r WHERE feed = ?1 AND epoch = ?2"
      " AND sequence >= ?3 AND NOT EXISTS (SELECT 1 FROM own_signature AS o"
      " WHERE o.feed = r.feed AND o.epoch = r.epoch AND o.sequence = r.sequence) UNION ALL SELECT "
      "sequence FROM statement AS s WHERE feed = ?1"
      " AND epoch = ?2 AND sequence >= ?3 AND on_chain = 0 AND NOT EXISTS (SELECT 1"
      " FROM own_signature AS o WHERE o.feed = s.feed AND o.epoch = s.epoch"
      " AND o.sequence = s.sequence AND o.hash = s.hash))");
  query.bind(feed, epoch, from);
  if (!query.step() || query.is_null(0)) return std::nullopt;
  return query.integer(0);
}

std::vector<std::pair<std::string, std::string>> FeedReader::contradicted(std::string_view feed) {
  // In this order, for little is refused: a chain is not gone through.
  auto query = connection_.query(
      "SELECT r.text, s.text FROM refused AS r CROSS JOIN statement AS s"
      " ON s.feed = r.feed AND s.epoch = r.epoch AND s.sequence = r.sequence"
      " WHERE r.feed = ? AND s.on_chain = 1 ORDER BY r.epoch, r.sequence");
  query.bind(feed);
  std::vector<std::pair<std::string, std::string>> pairs;
  while (query.step()) pairs.emplace_back(query.text(0), query.text(1));
  return pairs;
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

std::vector<ObjectId> FeedReader::ingested_after(std::int64_t cursor, std::size_t max,
                                                 std::optional<std::string_view> feed) {
  auto query = feed ? connection_.query(
                          "SELECT n, class, feed, epoch, sequence, hash, priority FROM ingest"
                          " WHERE feed = ? AND n > ? ORDER BY n LIMIT ?")
                    : connection_.query(
                          "SELECT n, class, feed, epoch, sequence, hash, priority FROM ingest"
                          " WHERE n > ? ORDER BY n LIMIT ?");
  if (feed) {
    query.bind(*feed, cursor, static_cast<std::int64_t>(max));
  } else {
    query.bind(cursor, static_cast<std::int64_t>(max));
  }
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

bool FeedReader::is_queued(std::string_view peer, std::string_view hash) {
  auto query = connection_.query(
      "SELECT 1 FROM outbox JOIN ingest USING (n) WHERE outbox.peer = ? AND ingest.hash = ?");
  query.bind(peer, hash);
  return query.step();
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

}  // namespace avow::registry
