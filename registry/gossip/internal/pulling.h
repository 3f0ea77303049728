#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/gossip/internal/conversation.h"
#include "registry/gossip/internal/fetching.h"
#include "registry/gossip/internal/giving.h"

namespace avow::registry::gossip {

/// What the peer's change log lists since it was last read, page by page.
class Reading final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  std::optional<PageReading> page_;
  int rounds_ = 0;
};

/// The gaps that something signed names, and what looks at held things want.
class Filling final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  std::vector<Fetch> parts_;  // still to be fetched, the last one first
  std::optional<Fetching> fetching_;
};

/// The peer's change log was read to its end: is it to be counted as heard?
class Hearing final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  std::optional<Giving> giving_;
};

/// A bounded part of a reading from the beginning, if one is due or under way: when what was refused may be taken now, or
/// when the peer stays in doubt.
class ReadingAnew final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  static void begin_if_due(Here& here);

  std::optional<PageReading> page_;
  int rounds_ = 0;
};

}  // namespace avow::registry::gossip
