#include "registry/fold_checkpoints.h"

#include <algorithm>

#include "registry/internal/counted_branch.h"

namespace avow::registry {
namespace {

constexpr std::int64_t kRatio = 8;

/// The hash of its last statement vouches for all before it.
bool is_on(FeedReader& store, std::string_view feed, const CountedBranch& branch,
           const FeedPosition& position) {
  const auto part =
      std::find_if(branch.parts.begin(), branch.parts.end(),
                   [&](const CountedBranch::Part& one) { return one.epoch == position.epoch; });
  return part != branch.parts.end() && position.sequence < part->end &&
         store.hash_at(feed, position.epoch, position.sequence) == position.hash;
}

}  // namespace

FeedFold FoldCheckpoints::begin(FeedReader& store, std::string_view feed,
                                const CountedBranch& branch) {
  while (!kept_.empty() && !is_on(store, feed, branch, *kept_.back().position())) kept_.pop_back();
  return kept_.empty() ? FeedFold{} : kept_.back();
}

void FoldCheckpoints::note(const FeedFold& fold, std::int64_t left, std::int64_t all) {
  for (auto mark = all / kRatio; mark >= left && mark > 0; mark /= kRatio) {
    if (mark == left) kept_.push_back(fold);
  }
}

}  // namespace avow::registry
