#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "registry/gossip/fair_share.h"
#include "registry/gossip/link.h"
#include "registry/gossip/log_reading.h"
#include "registry/gossip/view_repair.h"

namespace avow::registry::gossip {

/// What a link knows of its peer from one turn to the next.
struct Memory {
  explicit Memory(std::string feed) : log(std::move(feed)) {}

  LogReading log;
  std::int64_t pages = 0;  // of the change log, since it was last read to its end
  std::int64_t asks = 0;   // of the replica, when the change log was last read from its beginning
  core::Milliseconds next_reading = core::Milliseconds::min();
  int in_vain = 0;  // pulls that have ended in doubt since then
  ViewRepair repair = {};
  std::string repair_fault = {};  // why the last one failed
  LastAsked asked = {};           // of the peer, to fill gaps
  LastAsked given = {};           // of what it needs
  /// Queued for the peer, sent to it since a pull was last due, and not settled by its answer.
  std::set<std::int64_t> unanswered = {};
  std::deque<std::shared_ptr<const Receipt>> looks = {};

  /// How far this pull has come.
  struct Pull {
    std::optional<SinceAnswer> last = {};  // the page with which the change log ends
    Receipt wanted = {};                   // to fill gaps
    bool is_filled = true;                 // as far as the peer could
    bool went_well = true;
  };
  Pull pull = {};
};

/// Where one step of a conversation takes place.
struct Here {
  core::Connection& connection;
  const Link::Parts& parts;
  Memory& memory;
  std::vector<News>& news;
  core::Milliseconds now;
};

struct Begun {};
/// What the conversation asked for last has given.
using Outcome = std::variant<Begun, core::Json, Receipt, Written, PeerHeard>;
/// What it asks for next; nothing when it is over.
using Next = core::Result<std::optional<Ask>, Fault>;

inline Next over() {
  return std::optional<Ask>();
}

/// Some exchanges with a peer that belong together.
class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  virtual ~Conversation() = default;
  /// The one place that says what comes next. A fault ends it.
  virtual Next next(Here& here, const Outcome& outcome) = 0;
};

inline Fault other_form(const core::Error& error) {
  return {"the peer's answer has another form", error.detail};
}
inline const core::Json& json_in(const Outcome& outcome) {
  return std::get<core::Json>(outcome);
}
}  // namespace avow::registry::gossip
