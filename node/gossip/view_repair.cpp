#include "node/gossip/view_repair.h"

#include <algorithm>

namespace avow::node::gossip {

bool ViewRepair::is_due(bool roots_differ) {
  if (!roots_differ) {
    pulls_ = 0;
    parts_.clear();
    return false;
  }
  return ++pulls_ % kPullsBetween == 0;
}

std::vector<std::string> ViewRepair::stuck(const DifferentParts& differing) {
  std::erase_if(parts_, [&](const auto& known) { return !differing.contains(known.first); });
  std::vector<std::string> names;
  for (const auto& [name, digests] : differing) {
    const auto [found, is_new] = parts_.try_emplace(name, Part{digests});
    auto& part = found->second;
    if (part.digests != digests) {
      part = Part{digests};
    } else if (!is_new && ++part.comparisons >= part.next && names.size() < kMaxParts) {
      part.pause = std::min(part.pause * 2, kLongestPause);
      part.next = part.comparisons + part.pause;
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace avow::node::gossip
