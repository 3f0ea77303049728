#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "registry/member_log.h"

namespace avow::registry {

/// Entries of forked or settled logs beyond those that are kept, each good by the log's own rules: what governors decided may need
/// the keys of one. In memory only and bounded, the newest of each log stay.
class SpareEntries {
 public:
  static constexpr std::size_t kMaxPerFeed = 64;
  /// What follows is tried on each of them, and anybody may send what pretends to.
  static constexpr std::size_t kMaxPerVersion = 8;
  static constexpr std::size_t kMaxBytesPerFeed = std::size_t{1} << 20;
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

  LogEntryPtr find(std::string_view feed, std::string_view hash) const;  // null: none
  bool empty() const { return of_feeds_.empty(); }
  void put(const std::string& feed, LogEntryPtr entry);
  /// The log with those that follow what it or they have.
  MemberLog with(const MemberLog& log, std::string_view feed) const;
  /// What a log made by with() has up to `last` and `log` has not, in order.
  std::vector<LogEntryPtr> lacking(const MemberLog& log, const LogEntry& last) const;
  std::size_t bytes() const;

 private:
  void drop_oldest(const std::string& feed);

  std::map<std::string, std::vector<LogEntryPtr>, std::less<>>
      of_feeds_;  // by version, as they came
};

/// Logs with what is spare of them. Both must outlive it.
LogOf with_spares(LogOf logs, const SpareEntries& spares);

}  // namespace avow::registry
