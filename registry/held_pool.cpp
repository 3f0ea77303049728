#include "registry/held_pool.h"

#include <utility>

namespace avow::registry {

bool HeldPool::hold(const Statement& statement, std::size_t share) {
  auto& feed = feeds_[statement.feed];
  const auto size = statement.text.size();
  const auto part_of = [share](std::size_t limit) { return limit / (kMaxBytesPerFeed / share); };
  const bool room = bytes_ + size <= part_of(kMaxBytes) && feed.bytes + size <= share &&
                    feed.texts.size() < part_of(kMaxPerFeed);
  const Key key{{statement.epoch, statement.sequence}, statement.hash};
  const bool held = room && feed.texts.emplace(key, statement.text).second;
  if (held) {
    feed.bytes += size;
    bytes_ += size;
  }
  if (feed.texts.empty()) feeds_.erase(statement.feed);
  return held;
}

bool HeldPool::contains(std::string_view feed, std::int64_t epoch, std::int64_t sequence,
                        std::string_view hash) const {
  const auto found = feeds_.find(feed);
  return found != feeds_.end() &&
         found->second.texts.contains(Key{{epoch, sequence}, std::string(hash)});
}

std::vector<Statement> HeldPool::take(std::string_view feed, std::int64_t epoch) {
  std::vector<Statement> taken;
  const auto found = feeds_.find(feed);
  if (found == feeds_.end()) return taken;
  auto& [texts, bytes] = found->second;
  const auto begin = texts.lower_bound(Key{{epoch, 0}, ""});
  const auto end = texts.lower_bound(Key{{epoch + 1, 0}, ""});
  for (auto held = begin; held != end; ++held) {
    bytes -= held->second.size();
    bytes_ -= held->second.size();
    if (auto statement = parse_statement(held->second)) taken.push_back(std::move(*statement));
  }
  texts.erase(begin, end);
  if (texts.empty()) feeds_.erase(found);
  return taken;
}

std::vector<std::string> HeldPool::feeds() const {
  std::vector<std::string> names;
  for (const auto& [feed, held] : feeds_) names.push_back(feed);
  return names;
}

void HeldEntries::hold(const UnverifiedEntry& entry) {
  std::size_t all = 0;
  for (const auto& [feed, held] : texts_) all += held.size();
  auto& of_feed = texts_[entry.feed];
  if (all < kMaxEntries && of_feed.size() < kMaxPerFeed) {
    of_feed.emplace(std::pair(entry.version, entry.hash), entry.text);
  }
  if (of_feed.empty()) texts_.erase(entry.feed);
}

std::vector<UnverifiedEntry> HeldEntries::take(const std::string& feed) {
  std::vector<UnverifiedEntry> taken;
  const auto found = texts_.find(feed);
  if (found == texts_.end()) return taken;
  for (const auto& [key, text] : found->second) {
    if (auto entry = parse_log_entry(text)) taken.push_back(std::move(*entry));
  }
  texts_.erase(found);
  return taken;
}

std::vector<std::string> HeldEntries::feeds() const {
  std::vector<std::string> names;
  for (const auto& [feed, held] : texts_) names.push_back(feed);
  return names;
}

std::vector<std::string> HeldEntries::feeds_with(std::int64_t version,
                                                 const std::string& hash) const {
  std::vector<std::string> names;
  for (const auto& [feed, held] : texts_) {
    if (held.contains({version, hash})) names.push_back(feed);
  }
  return names;
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
  for (const auto& [feed, held] : feeds_) total += held.texts.size();
  return total;
}

}  // namespace avow::registry
