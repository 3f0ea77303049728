#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "registry/replica.h"

namespace avow::registry::gossip {

/// Where a peer's change log is read: at its end, to which it is read from its beginning after each start, and now and then
/// from the beginning anew beside that, for what it has listed is only what it says, and may have been made up, or cut short
/// for a while. A reading is finished before another begins. No I/O.
class LogReading {
 public:
  /// Whose statements shown() tells.
  explicit LogReading(std::string feed) : feed_(std::move(feed)) {}

  /// The cursor to ask with; 0 until the first page was taken.
  std::int64_t end() const { return end_; }
  void take_at_end(const registry::Changes& page);

  /// Does nothing while one is under way. It ends where the other cursor is now.
  void begin_anew();
  /// The cursor to ask with, if a reading is under way.
  std::optional<std::int64_t> anew() const;
  /// gives whether that was the last page
  bool take_anew(const registry::Changes& page);

  /// The last statement of that feed that was listed, by the last whole reading and at the end since that began.
  const std::optional<registry::ObjectId>& shown() const { return shown_; }

 private:
  struct Anew {
    std::int64_t cursor = 0;
    std::int64_t until = 0;
    std::optional<registry::ObjectId> shown = {};
  };
  void note(const registry::Changes& page, std::optional<registry::ObjectId>& shown) const;

  std::string feed_;
  std::int64_t end_ = 0;
  std::optional<registry::ObjectId> shown_ = {};
  std::optional<Anew> anew_ = {};
};

}  // namespace avow::registry::gossip
