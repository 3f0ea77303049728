#include "registry/view_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/bytes.h"
#include "core/canonical_json.h"
#include "core/sha256.h"
#include "registry/internal/signed_object.h"
#include "registry/merkle.h"

namespace avow::registry {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

ViewTree::ViewTree(std::vector<ViewPart> parts) {
  parts_.reserve(parts.size());
  for (auto& part : parts)
    parts_.push_back({core::to_hex(core::sha256(part.name)), std::move(part)});
  std::sort(parts_.begin(), parts_.end(),
            [](const Placed& one, const Placed& other) { return one.place < other.place; });
}

std::span<const ViewTree::Placed> ViewTree::below(std::string_view prefix) const {
  const auto of = [&](const Placed& one) {
    return std::string_view(one.place).substr(0, prefix.size());
  };
  const auto begin = std::partition_point(parts_.begin(), parts_.end(),
                                          [&](const Placed& one) { return of(one) < prefix; });
  const auto end = std::partition_point(begin, parts_.end(),
                                        [&](const Placed& one) { return of(one) == prefix; });
  return {begin, end};
}

std::string ViewTree::fingerprint(std::string_view prefix) const {
  MerkleFrontier tree;
  for (const auto& [place, part] : below(prefix)) {
    const auto text = core::to_canonical(core::Json::array({part.name, part.digest}));
    tree.append(leaf_hash(core::as_bytes(text)));
  }
  return hash_text(tree.root());
}

TreeAnswer ViewTree::answer(std::span<const TreeRange> ranges) const {
  TreeAnswer answer;
  std::set<std::string_view> answered;  // each costs a hash of every part below it
  for (const auto& range : ranges.first(std::min(ranges.size(), kMaxTreeRanges))) {
    if (!answered.insert(range.prefix).second) continue;
    if (fingerprint(range.prefix) == range.fingerprint) continue;
    const auto parts = below(range.prefix);
    if (parts.size() > kMaxTreeLeaves) {
      TreeAnswer::Branch branch{range.prefix, {}};
      for (const char digit : kDigits)
        branch.fingerprints.push_back(fingerprint(range.prefix + digit));
      answer.branches.push_back(std::move(branch));
    } else {
      TreeAnswer::Leaves leaves{range.prefix, {}};
      for (const auto& placed : parts) leaves.parts.push_back(placed.part);
      answer.leaves.push_back(std::move(leaves));
    }
  }
  return answer;
}

ViewTree::Difference ViewTree::compare(std::span<const TreeRange> asked,
                                       const TreeAnswer& answer) const {
  Difference difference;
  std::set<std::string_view> open;  // asked, and not answered so far
  for (const auto& range : asked) open.insert(range.prefix);
  for (const auto& branch : answer.branches) {
    if (branch.fingerprints.size() != kDigits.size() || open.erase(branch.prefix) == 0) continue;
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
      TreeRange child{branch.prefix + kDigits[i], ""};
      child.fingerprint = fingerprint(child.prefix);
      if (child.fingerprint != branch.fingerprints[i])
        difference.ranges.push_back(std::move(child));
    }
  }
  for (const auto& [prefix, theirs] : answer.leaves) {
    if (open.erase(prefix) == 0) continue;
    std::map<std::string, std::string> here;
    for (const auto& [place, part] : below(prefix)) here.emplace(part.name, part.digest);
    for (const auto& part : theirs) {
      const auto found = here.find(part.name);
      const bool is_same = found != here.end() && found->second == part.digest;
      if (!is_same) difference.parts.insert_or_assign(part.name, part.digest);
      if (found != here.end()) here.erase(found);
    }
    for (const auto& [name, digest] : here) difference.parts.emplace(name, "");
  }
  return difference;
}

}  // namespace avow::registry
