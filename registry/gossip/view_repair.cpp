#include "registry/gossip/view_repair.h"

#include <algorithm>
#include <utility>

namespace avow::registry::gossip {

bool ViewRepair::is_due(bool roots_differ) {
  if (!roots_differ) {
    pulls_ = 0;
    parts_.clear();
    return false;
  }
  return ++pulls_ % kPullsBetween == 0;
}

std::optional<std::string> ViewRepair::stuck(const DifferentParts& differing) {
  std::erase_if(parts_, [&](const auto& known) { return !differing.contains(known.first); });
  auto longest = parts_.end();
  for (const auto& [name, digests] : differing) {
    const auto [found, is_new] = parts_.try_emplace(name, Part{digests});
    auto& part = found->second;
    if (is_new) continue;
    ++part.comparisons;
    const bool is_as_it_was = std::exchange(part.digests, digests) == digests;
    const bool is_due =
        part.comparisons >= part.next && (is_as_it_was || part.comparisons >= kMovingFor);
    const auto waited = [](const Part& of) { return of.comparisons - of.next; };
    if (is_due && (longest == parts_.end() || waited(part) > waited(longest->second)))
      longest = found;
  }
  if (longest == parts_.end()) return std::nullopt;
  auto& part = longest->second;
  part.pause = std::min(part.pause * 2, kLongestPause);
  part.next = part.comparisons + part.pause;
  return longest->first;
}

}  // namespace avow::registry::gossip
