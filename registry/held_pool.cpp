#include "registry/held_pool.h"

namespace avow::registry {

bool HeldPool::hold(const Statement& statement, std::size_t share) {
  auto& feed = feeds_[statement.feed];
  const auto size = statement.text.size();
  const bool room = bytes_ + size <= kMaxBytes && feed.bytes + size <= share &&
                    feed.statements.size() < kMaxPerFeed;
  const bool held =
      room &&
      feed.statements.emplace(Key{{statement.epoch, statement.sequence}, statement.hash}, statement)
          .second;
  if (held) {
    feed.bytes += size;
    bytes_ += size;
  }
  if (feed.statements.empty()) feeds_.erase(statement.feed);
  return held;
}

bool HeldPool::contains(std::string_view feed, std::int64_t epoch, std::int64_t sequence,
                        std::string_view hash) const {
  const auto found = feeds_.find(feed);
  return found != feeds_.end() &&
         found->second.statements.contains(Key{{epoch, sequence}, std::string(hash)});
}

std::vector<Statement> HeldPool::take(std::string_view feed) {
  std::vector<Statement> taken;
  const auto found = feeds_.find(feed);
  if (found == feeds_.end()) return taken;
  for (auto& [key, statement] : found->second.statements) taken.push_back(std::move(statement));
  bytes_ -= found->second.bytes;
  feeds_.erase(found);
  return taken;
}

std::vector<std::string> HeldPool::feeds() const {
  std::vector<std::string> names;
  for (const auto& [feed, held] : feeds_) names.push_back(feed);
  return names;
}

std::size_t HeldPool::size() const {
  std::size_t total = 0;
  for (const auto& [feed, held] : feeds_) total += held.statements.size();
  return total;
}

}  // namespace avow::registry
