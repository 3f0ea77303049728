#include "registry/held_pool.h"

#include <algorithm>
#include <utility>

namespace avow::registry {

bool HeldPool::hold(const Statement& statement, std::size_t share) {
  auto& feed = feeds_[statement.feed];
  const auto size = statement.text.size();
  const auto part_of = [share](std::size_t limit) { return limit / (kMaxBytesPerFeed / share); };
  const bool room = bytes_ + size <= part_of(kMaxBytes) && feed.bytes + size <= share &&
                    feed.held.size() < part_of(kMaxPerFeed);
  const Key key{{statement.epoch, statement.sequence}, statement.hash};
  const bool held = room && feed.held
                                .emplace(key, Held{statement.text, statement.previous,
                                                   statement.time, share == kMaxBytesPerFeed})
                                .second;
  if (held) {
    feed.bytes += size;
    bytes_ += size;
  }
  if (feed.held.empty()) feeds_.erase(statement.feed);
  return held;
}

bool HeldPool::contains(std::string_view feed, std::int64_t epoch, std::int64_t sequence,
                        std::string_view hash) const {
  const auto found = feeds_.find(feed);
  return found != feeds_.end() &&
         found->second.held.contains(Key{{epoch, sequence}, std::string(hash)});
}

bool HeldPool::has(std::string_view feed, std::int64_t epoch) const {
  const auto found = feeds_.find(feed);
  if (found == feeds_.end()) return false;
  const auto first = found->second.held.lower_bound(Key{{epoch, 0}, ""});
  return first != found->second.held.end() && first->first.first.first == epoch;
}

bool HeldPool::has_checked(std::string_view feed, std::int64_t epoch, std::int64_t from) const {
  const auto found = feeds_.find(feed);
  if (found == feeds_.end()) return false;
  const auto& held = found->second.held;
  return std::any_of(held.lower_bound(Key{{epoch, from}, ""}),
                     held.lower_bound(Key{{epoch + 1, 0}, ""}),
                     [](const auto& one) { return one.second.is_checked; });
}

std::vector<Statement> HeldPool::take(std::string_view feed, std::int64_t epoch,
                                      const std::function<bool(const Waiting&)>& is_wanted) {
  std::vector<Statement> taken;
  const auto found = feeds_.find(feed);
  if (found == feeds_.end()) return taken;
  auto& [of_feed, bytes] = found->second;
  const auto end = of_feed.lower_bound(Key{{epoch + 1, 0}, ""});
  for (auto one = of_feed.lower_bound(Key{{epoch, 0}, ""}); one != end;) {
    const auto& [key, held] = *one;
    if (!is_wanted({key.first.second, key.second, held.previous, held.time, held.is_checked})) {
      ++one;
      continue;
    }
    bytes -= held.text.size();
    bytes_ -= held.text.size();
    if (auto statement = parse_statement(held.text)) taken.push_back(std::move(*statement));
    one = of_feed.erase(one);
  }
  if (of_feed.empty()) feeds_.erase(found);
  return taken;
}

std::vector<std::string> HeldPool::feeds() const {
  std::vector<std::string> names;
  for (const auto& [feed, held] : feeds_) names.push_back(feed);
  return names;
}

void HeldEntries::hold(const UnverifiedEntry& entry, Verified verified,
                       std::optional<core::Instant> from) {
  std::erase_if(held_, [&](const Held& one) { return one.text == entry.text; });
  held_.push_back({entry.feed, entry.version, entry.hash, entry.text, verified, from});
  const auto of_feed = std::count_if(held_.begin(), held_.end(), [&](const Held& one) {
    return one.feed == entry.feed && one.verified == verified;
  });
  if (static_cast<std::size_t>(of_feed) > kMaxPerFeed) drop_oldest(entry.feed, verified);
  while (!has_room(verified)) drop_oldest(largest_feed(verified), verified);
}

bool HeldEntries::has_room(Verified verified) const {
  std::size_t entries = 0;
  std::size_t bytes = 0;
  for (const auto& one : held_) {
    if (one.verified != verified) continue;
    ++entries;
    bytes += one.text.size();
  }
  return entries <= kMaxEntries && (verified == Verified::yes || bytes <= kMaxUncheckedBytes);
}

std::string HeldEntries::largest_feed(Verified verified) const {
  std::map<std::string, std::size_t> bytes;
  for (const auto& one : held_) {
    if (one.verified == verified) bytes[one.feed] += one.text.size();
  }
  const auto largest = std::max_element(
      bytes.begin(), bytes.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  return largest == bytes.end() ? std::string() : largest->first;
}

void HeldEntries::drop_oldest(const std::string& feed, Verified verified) {
  const auto oldest = std::find_if(held_.begin(), held_.end(), [&](const Held& one) {
    return one.feed == feed && one.verified == verified;
  });
  if (oldest != held_.end()) held_.erase(oldest);
}

template <class Wanted>
std::vector<UnverifiedEntry> HeldEntries::take_if(const Wanted& wanted) {
  std::vector<UnverifiedEntry> taken;
  std::erase_if(held_, [&](const Held& one) {
    if (!wanted(one)) return false;
    if (auto entry = parse_log_entry(one.text)) taken.push_back(std::move(*entry));
    return true;
  });
  std::stable_sort(taken.begin(), taken.end(),
                   [](const UnverifiedEntry& one, const UnverifiedEntry& other) {
                     return one.version < other.version;
                   });
  return taken;
}

std::vector<UnverifiedEntry> HeldEntries::take(std::string_view feed) {
  return take_if([&](const Held& one) { return one.feed == feed; });
}

std::vector<UnverifiedEntry> HeldEntries::take(std::string_view feed, std::int64_t version) {
  return take_if([&](const Held& one) { return one.feed == feed && one.version == version; });
}

std::vector<UnverifiedEntry> HeldEntries::take_with(std::int64_t version, std::string_view hash) {
  return take_if([&](const Held& one) { return one.version == version && one.hash == hash; });
}

std::vector<UnverifiedEntry> HeldEntries::take_due(core::Instant now) {
  return take_if([&](const Held& one) { return one.from && *one.from <= now; });
}

std::set<std::string> HeldEntries::feeds() const {
  std::set<std::string> names;
  for (const auto& one : held_) names.insert(one.feed);
  return names;
}

std::size_t HeldEntries::bytes() const {
  std::size_t total = 0;
  for (const auto& one : held_) total += one.text.size();
  return total;
}

bool HeldWitnessProofs::hold(const WitnessProof& proof) {
  const auto& version_id = proof.proof.version_id;
  const auto& witness = proof.proof.witness;
  auto& of_entry = of_entries_[version_id];
  if (of_entry.contains(witness)) return false;
  of_entry.emplace(witness, Held{next_, proof.text});
  auto& of_witness = of_witnesses_[witness];
  of_witness.emplace(next_++, version_id);
  if (of_witness.size() > kMaxPerWitness) {
    const auto oldest = of_witness.begin();
    const auto entry = of_entries_.find(oldest->second);
    entry->second.erase(witness);
    if (entry->second.empty()) of_entries_.erase(entry);
    of_witness.erase(oldest);
  }
  return true;
}

std::vector<did::WebvhWitnessProof> HeldWitnessProofs::of(const std::string& version_id) const {
  std::vector<did::WebvhWitnessProof> found;
  const auto entry = of_entries_.find(version_id);
  if (entry == of_entries_.end()) return found;
  for (const auto& [witness, held] : entry->second) {
    if (auto proof = parse_witness_proof(held.text)) found.push_back(std::move(proof->proof));
  }
  return found;
}

void HeldWitnessProofs::drop(const std::string& version_id) {
  const auto entry = of_entries_.find(version_id);
  if (entry == of_entries_.end()) return;
  for (const auto& [witness, held] : entry->second) {
    const auto of_witness = of_witnesses_.find(witness);
    of_witness->second.erase(held.n);
    if (of_witness->second.empty()) of_witnesses_.erase(of_witness);
  }
  of_entries_.erase(entry);
}

std::size_t HeldPool::size() const {
  std::size_t total = 0;
  for (const auto& [feed, held] : feeds_) total += held.held.size();
  return total;
}

}  // namespace avow::registry
