#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "registry/feed_fold.h"

namespace avow::registry {

class FeedReader;
struct CountedBranch;

/// Folds on the way to the end of a forked feed's branch, the nearer to the end the denser. The next lower fork folds on
/// from one of them: else whoever forks its own feed at ever lower positions, one by one, has all of it folded for each.
/// With these, n lower forks of a feed of n statements cost some 8 · log8(n) folds of each statement in all.
class FoldCheckpoints {
 public:
  /// The longest kept that the branch goes on from; those that are none of it are dropped. An empty fold if none is left.
  FeedFold begin(FeedReader& store, std::string_view feed, const CountedBranch& branch);
  /// Call after each statement: `left` more of `all` are to be folded. Keeps it where an eighth is left, a 64th, …
  void note(const FeedFold& fold, std::int64_t left, std::int64_t all);

 private:
  std::vector<FeedFold> kept_;  // each goes on from the one before
};

}  // namespace avow::registry
