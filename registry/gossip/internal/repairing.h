#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "registry/gossip/internal/conversation.h"
#include "registry/gossip/internal/fetching.h"
#include "registry/gossip/internal/giving.h"
#include "registry/view_tree.h"

namespace avow::registry::gossip {

/// In which parts does the peer's view differ from this one?
class Comparing final : public Conversation {
 public:
  explicit Comparing(const View& view);
  Next next(Here& here, const Outcome& outcome) override;
  const DifferentParts& differing() const { return differing_; }

 private:
  std::vector<ViewPart> parts_;
  ViewTree tree_;
  std::vector<TreeRange> asked_;
  DifferentParts differing_;
  int rounds_ = 0;
};

/// Where the views stay different, something was lost on the way, whatever it was: each node gets all that the other lists
/// of just the part that differs.
class Repairing final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  Next compared(Here& here);
  Next page(Here& here, std::int64_t cursor);
  Next page_read(Here& here);

  std::optional<Comparing> comparing_;
  std::string part_;
  std::vector<std::string> ours_;  // hashes
  std::set<std::string> lacking_;  // those that the peer has not listed
  std::optional<PageReading> page_;
  int rounds_ = 0;
  std::optional<Giving> giving_;
};

}  // namespace avow::registry::gossip
