// The side of a replica that peers read: any thread, one snapshot of the database.

#include <algorithm>
#include <utility>

#include "registry/replica.h"

namespace avow::registry {
namespace {

constexpr std::int64_t kLastSequence = (std::int64_t{1} << 53) - 1;  // the largest safe integer

/// Bytes of a canonical text as a string inside another JSON text: quotes and backslashes, of which
/// an author can write as many as it likes, count twice.
std::size_t wire_size(std::string_view text) {
  constexpr std::size_t kQuotesAndComma = 3;
  const auto escaped =
      std::count_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\\'; });
  return text.size() + static_cast<std::size_t>(escaped) + kQuotesAndComma;
}

}  // namespace

std::vector<std::string>& Objects::of(ObjectClass object_class) {
  switch (object_class) {
    case ObjectClass::log_entry:
      return log_entries;
    case ObjectClass::statement:
      return statements;
    case ObjectClass::proof:
      return proofs;
    case ObjectClass::head:
      return heads;
    case ObjectClass::slot:
      return slots;
    case ObjectClass::vote:
      return votes;
    case ObjectClass::emergency:
      return emergencies;
    case ObjectClass::witness_proof:
      break;
  }
  return witness_proofs;
}

bool Objects::empty() const {
  return log_entries.empty() && statements.empty() && proofs.empty() && heads.empty() &&
         slots.empty() && votes.empty() && emergencies.empty() && witness_proofs.empty();
}

void Replica::guard(const std::string& feed) {
  const std::lock_guard lock(mutex_);
  own_feed_ = feed;
}

void Replica::release(std::int64_t epoch, std::int64_t sequence) {
  const std::lock_guard lock(mutex_);
  released_ = std::max(released_, std::pair(epoch, sequence));
}

void Replica::release_votes(std::int64_t slot, std::int64_t n) {
  const std::lock_guard lock(mutex_);
  released_votes_ = std::max(released_votes_, std::pair(slot, n));
}

bool Replica::may_leave(FeedReader& store, const ObjectId& id) const {
  switch (id.object_class) {
    case ObjectClass::emergency:
    case ObjectClass::witness_proof:
      return true;
    case ObjectClass::slot:
    case ObjectClass::vote: {
      // A proposal or decision may hold any vote of ours on its slot.
      const auto ours = id.object_class == ObjectClass::vote ? store.own_vote(id.hash)
                                                             : store.last_own_vote(id.epoch);
      const std::lock_guard lock(mutex_);
      return !ours || std::pair(ours->epoch, ours->sequence) <= released_votes_;
    }
    case ObjectClass::log_entry:
    case ObjectClass::statement:
    case ObjectClass::proof:  // holds the statements at its place
    case ObjectClass::head:
      break;  // of ours, they wait for the guard
  }
  {
    const std::lock_guard lock(mutex_);
    if (id.feed != own_feed_ || std::pair(id.epoch, id.sequence) <= released_) return true;
  }
  // What somebody else signed for our feed is out already, and will never be released here: held
  // back, it would stop the change log for all that comes after it.
  return !store.own_signature(id.feed, id.epoch, id.sequence);
}

Changes Replica::since(core::Connection& connection, std::int64_t cursor, std::size_t max,
                       std::optional<std::string_view> feed) const {
  FeedReader store(connection);
  Changes changes;
  if (cursor < 0 || cursor > store.last_ingested()) cursor = 0;
  max = std::min(max, kMaxBatch);
  changes.cursor = cursor;
  for (auto& id : store.ingested_after(cursor, max + 1, feed)) {
    if (changes.ids.size() == max) {
      changes.more = true;
      break;
    }
    // The cursor must not pass what may leave later.
    changes.withheld = !may_leave(store, id);
    if (changes.withheld) break;
    changes.cursor = id.n;
    changes.ids.push_back(std::move(id));
  }
  return changes;
}

std::vector<ObjectId> Replica::missing(core::Connection& connection,
                                       std::span<const ObjectId> ids) const {
  FeedReader store(connection);
  std::vector<ObjectId> out;
  for (const auto& id : ids) {
    if (!store.object(id.object_class, id.hash)) out.push_back(id);
  }
  return out;
}

Objects Replica::fetch(core::Connection& connection, std::span<const StatementRange> ranges,
                       std::span<const std::string> hashes, std::size_t max_bytes) const {
  FeedReader store(connection);
  Objects objects;
  max_bytes = std::min(max_bytes, kMaxAnswerBytes);
  std::size_t bytes = 0;
  std::size_t count = 0;
  bool is_full = false;
  const auto add = [&](std::vector<std::string>& to, std::string_view text) {
    const bool first = count == 0;
    const auto size = wire_size(text);
    is_full = is_full || count == kMaxBatch || (!first && bytes + size > max_bytes);
    if (is_full) return false;
    bytes += size;
    ++count;
    to.emplace_back(text);
    return true;
  };
  for (const auto& hash : hashes.first(std::min(hashes.size(), kMaxBatch))) {
    for (const auto kind : {ObjectClass::statement, ObjectClass::log_entry, ObjectClass::proof,
                            ObjectClass::head, ObjectClass::slot, ObjectClass::vote,
                            ObjectClass::emergency, ObjectClass::witness_proof}) {
      const auto found = store.object(kind, hash);
      if (!found || !may_leave(store, found->id)) continue;
      if (!add(objects.of(kind), found->text)) return objects;
    }
  }
  for (const auto& range : ranges.first(std::min(ranges.size(), kMaxBatch))) {
    if (range.from < 0 || range.to < range.from || range.to > kLastSequence) continue;
    if (range.epoch == kLogEpoch) {
      store.each_log_entry(
          range.feed, range.from, range.to, [&](std::int64_t version, std::string_view text) {
            const ObjectId id{0, ObjectClass::log_entry, range.feed, version, 0, "", 0};
            if (!may_leave(store, id) || !add(objects.log_entries, text)) return false;
            for (const auto& proof : store.witness_proofs(range.feed, version)) {
              if (!add(objects.witness_proofs, proof)) return false;
            }
            return true;
          });
    }
    ObjectId at{0, ObjectClass::statement, range.feed, range.epoch, range.from, "", 0};
    bool room = true;
    const auto end = range.to + 1;
    store.each_statement(range.feed, range.epoch, range.from, end, [&](std::string_view text) {
      room = may_leave(store, at) && add(objects.statements, text);
      ++at.sequence;
      return room;
    });
    if (is_full) break;
  }
  return objects;
}

std::vector<Outgoing> Replica::outgoing(core::Connection& connection, const std::string& peer,
                                        std::size_t max, std::size_t max_bytes,
                                        const std::set<std::int64_t>& without) const {
  FeedReader store(connection);
  std::vector<Outgoing> out;
  std::size_t bytes = 0;
  for (auto& object : store.outbox(peer, std::min(max, kMaxBatch), without)) {
    if (!may_leave(store, object.id)) continue;
    bytes += wire_size(object.text);
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back({object.id.n, object.id.object_class, std::move(object.text), object.id.hash});
  }
  return out;
}

void Replica::acknowledge(core::Transaction& transaction, const std::string& peer,
                          std::span<const std::int64_t> ns) {
  FeedWriter(transaction).acknowledge(peer, ns);
}

}  // namespace avow::registry
