#include "registry/gossip/fair_share.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace avow::registry::gossip {
namespace {

/// These, in order, from the one after `last` on and around.
template <class T>
std::vector<T> after(const T& last, std::vector<T> sorted) {
  std::rotate(sorted.begin(), std::upper_bound(sorted.begin(), sorted.end(), last), sorted.end());
  return sorted;
}

}  // namespace

std::vector<registry::MissingRange> fair_ranges(const std::set<registry::MissingRange>& need,
                                                LastAsked& last) {
  std::map<std::string, std::vector<registry::MissingRange>> of_feed;
  for (const auto& range : need) of_feed[range.feed].push_back(range);
  std::erase_if(last.ranges, [&](const auto& one) { return !of_feed.contains(one.first); });
  std::vector<std::string> feeds;
  for (auto& [feed, ranges] : of_feed) {
    feeds.push_back(feed);
    ranges = after(last.ranges[feed], std::move(ranges));
  }
  if (feeds.empty()) return {};
  feeds = after(last.feed, std::move(feeds));
  last.feed = feeds.size() > registry::kMaxBatch ? feeds[registry::kMaxBatch - 1] : feeds.front();
  const std::size_t most = std::min(need.size(), registry::kMaxBatch);
  std::vector<registry::MissingRange> chosen;
  for (std::size_t round = 0; chosen.size() < most; ++round) {
    for (const auto& feed : feeds) {
      const auto& ranges = of_feed.at(feed);
      if (round >= ranges.size() || chosen.size() == most) continue;
      chosen.push_back(ranges[round]);
      last.ranges[feed] = ranges[round];
    }
  }
  return chosen;
}

std::vector<std::string> fair_hashes(const std::set<std::string>& need, LastAsked& last) {
  auto chosen = after(last.hash, std::vector(need.begin(), need.end()));
  if (chosen.size() > registry::kMaxBatch) chosen.resize(registry::kMaxBatch);
  if (!chosen.empty()) last.hash = chosen.back();
  return chosen;
}

std::vector<registry::StatementRange> fair_request(const std::set<registry::MissingRange>& need,
                                                   LastAsked& last) {
  const auto chosen = fair_ranges(need, last);
  std::set<std::string_view> feeds;
  for (const auto& range : chosen) feeds.insert(range.feed);
  std::vector<registry::StatementRange> request;
  request.reserve(chosen.size());
  for (const auto& range : chosen) {
    const auto share = static_cast<std::int64_t>(registry::kMaxBatch / feeds.size());
    request.push_back({range.feed, range.epoch, range.from, range.from + share - 1});
  }
  return request;
}

}  // namespace avow::registry::gossip
