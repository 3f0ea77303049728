#include "registry/spare_entries.h"

#include <algorithm>
#include <utility>

namespace avow::registry {
namespace {

std::size_t bytes_of(const std::vector<LogEntryPtr>& entries) {
  std::size_t bytes = 0;
  for (const auto& entry : entries) bytes += entry->text.size();
  return bytes;
}

}  // namespace

LogEntryPtr SpareEntries::find(std::string_view feed, std::string_view hash) const {
  const auto found = of_feeds_.find(feed);
  if (found == of_feeds_.end()) return nullptr;
  const auto entry =
      std::find_if(found->second.begin(), found->second.end(),
                   [&](const LogEntryPtr& one) { return one->webvh.entry_hash == hash; });
  return entry == found->second.end() ? nullptr : *entry;
}

void SpareEntries::put(const std::string& feed, LogEntryPtr entry) {
  auto& entries = of_feeds_[feed];
  const auto version = entry->webvh.version;
  const auto is_beside = [version](const LogEntryPtr& one) {
    return one->webvh.version == version;
  };
  if (std::count_if(entries.begin(), entries.end(), is_beside) ==
      static_cast<std::ptrdiff_t>(kMaxPerVersion))
    entries.erase(std::find_if(entries.begin(), entries.end(), is_beside));
  // By version, so that what an entry follows stands before it whenever it came.
  const auto after =
      std::find_if(entries.begin(), entries.end(),
                   [version](const LogEntryPtr& one) { return one->webvh.version > version; });
  entries.insert(after, std::move(entry));
  while (entries.size() > kMaxPerFeed || bytes_of(entries) > kMaxBytesPerFeed) drop_oldest(feed);
  while (bytes() > kMaxBytes) {
    const auto largest = std::max_element(of_feeds_.begin(), of_feeds_.end(),
                                          [](const auto& one, const auto& other) {
                                            return bytes_of(one.second) < bytes_of(other.second);
                                          });
    drop_oldest(std::string(largest->first));
  }
}

void SpareEntries::drop_oldest(const std::string& feed) {
  auto& entries = of_feeds_.at(feed);
  entries.erase(entries.begin());
}

MemberLog SpareEntries::with(const MemberLog& log, std::string_view feed) const {
  MemberLog longer = log;
  const auto found = of_feeds_.find(feed);
  const auto disputed = log.first_disputed();
  if (found == of_feeds_.end() || !disputed) return longer;
  for (const auto& entry : found->second) {
    const auto version = entry->webvh.version;
    const bool is_above = version >= *disputed;
    if (is_above && longer.holds(version - 1, entry->previous_hash) &&
        !longer.holds(version, entry->webvh.entry_hash))
      longer.add(entry);
  }
  return longer;
}

std::vector<LogEntryPtr> SpareEntries::lacking(const MemberLog& log, const LogEntry& last) const {
  std::vector<LogEntryPtr> out;
  auto version = last.webvh.version;
  auto hash = last.webvh.entry_hash;
  for (; !log.holds(version, hash); --version) {
    auto entry = find(last.webvh.scid, hash);
    if (entry == nullptr) return {};
    hash = entry->previous_hash;
    out.push_back(std::move(entry));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

LogOf with_spares(LogOf logs, const SpareEntries& spares) {
  using Made = std::map<std::string, MemberLog, std::less<>>;
  return [logs = std::move(logs), &spares,
          made = std::make_shared<Made>()](std::string_view scid) -> const MemberLog* {
    const auto* log = logs(scid);
    if (log == nullptr || !log->first_disputed()) return log;
    const auto found = made->find(scid);
    if (found != made->end()) return &found->second;
    return &made->emplace(scid, spares.with(*log, scid)).first->second;
  };
}

std::size_t SpareEntries::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [feed, entries] : of_feeds_) bytes += bytes_of(entries);
  return bytes;
}

}  // namespace avow::registry
