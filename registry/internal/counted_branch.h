#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/feed_store.h"
#include "registry/replica.h"

namespace avow::registry {

/// The epoch whose end is the end of the feed: the highest that is opened, whose opening is not forked, and whose log
/// entry counts. 0 if there is none.
std::int64_t counted_epoch(FeedReader& store, std::string_view feed, const MemberLog& log);

/// What counts of a feed: all that the opening of its counted epoch continues, and that epoch up to its lowest fork.
struct CountedBranch {
  struct Part {
    std::int64_t epoch = 1;
    std::int64_t end = 0;  // the sequences below it count
  };
  std::vector<Part> parts;  // by epoch
  /// The lowest fork of the counted epoch or a later one. Forks of earlier epochs are settled.
  std::optional<Frozen> frozen;
};

/// Of what is on the chains; what the opening of the counted epoch continues must be there. Of an evicted member the cut
/// and its ancestors count, forked or not, once holds_cut, and nothing before.
CountedBranch counted_branch(FeedReader& store, std::string_view feed, const MemberLog& log,
                             const std::optional<EvictCut>& cut);

/// Is the statement that the cut names on its chain, in an epoch that counts?
bool holds_cut(FeedReader& store, std::string_view feed, const MemberLog& log, const EvictCut& cut);
/// The place after it, from which its ancestors are traced.
FeedPlace place_after(const EvictCut& cut);

/// The evidence continues statements other than the one held below it: those forked lower.
void add_missing_ancestors(FeedReader& store, const ForkProof& proof, Receipt& receipt);

/// How far back from an opening all that it continues is held.
struct Trace {
  /// Held, but not on the chain of its epoch.
  struct Beside {
    std::string hash;
    HourUse use = {};  // with it, once nothing is missing
  };
  std::vector<Beside> beside;               // the newest first
  std::optional<FeedPlace> missing_before;  // the statement whose `previous` is not held
  /// One does not stand before what continues it, or the hour's rule forbids one.
  bool contradicts = false;
  /// Hashes of what is beside and, for that, can never count, nor can anything that continues it.
  std::vector<std::string> forbidden = {};

  bool complete() const { return !missing_before && !contradicts; }
};

/// Asks the hour's rule of what stands beside the chains, from the oldest on, as who had it in order has asked it. If
/// something is missing before that, as if nothing had been said in its hour: what is forbidden then is so whatever comes.
void count_hours(FeedReader& store, std::string_view feed, const HourLimits& limits, Trace& trace);

/// To the first statement on a chain, for what such a one continues is held and was judged; or on to the network id, since
/// another opening may have put its own branch on an earlier epoch's chain.
enum class TraceTo { chain, network };

/// `from` is the place of the opening, or of any statement that it continues. All begins at the network id.
Trace trace_back(FeedReader& store, std::string_view network, std::string_view feed, FeedPlace from,
                 const HourLimits& limits, TraceTo to);

}  // namespace avow::registry
