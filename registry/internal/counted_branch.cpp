#include "registry/internal/counted_branch.h"

#include <algorithm>
#include <utility>

namespace avow::registry {
namespace {

bool stands_before(const FeedPlace& place, const FeedPlace& next) {
  const bool is_earlier = next.sequence == 0
                              ? place.epoch < next.epoch
                              : place.epoch == next.epoch && place.sequence == next.sequence - 1;
  return is_earlier && place.time <= next.time;
}

/// The opening of the epoch whose chain `place` is on.
FeedPlace opening_of(FeedReader& store, std::string_view feed, const FeedPlace& place) {
  const auto opening = store.place_of(feed, store.hash_at(feed, place.epoch, 0));
  return opening ? opening->place : place;
}

}  // namespace

std::int64_t counted_epoch(FeedReader& store, std::string_view feed, const MemberLog& log) {
  const auto forks = store.forks(feed);
  for (const auto epoch : store.epochs(feed)) {
    const auto fork = forks.find(epoch);
    const bool opening_is_forked = fork != forks.end() && fork->second == 0;
    if (!opening_is_forked && log.counted(epoch) != nullptr) return epoch;
  }
  return 0;
}

namespace {

/// The branch that ends with the statement before `end` of an epoch's chain.
std::vector<CountedBranch::Part> branch_to(FeedReader& store, std::string_view feed,
                                           std::int64_t epoch, std::int64_t end) {
  std::vector<CountedBranch::Part> parts;
  while (true) {
    parts.push_back({epoch, end});
    if (epoch == 1) break;
    const auto opening = store.place_of(feed, store.hash_at(feed, epoch, 0));
    const auto continued = opening ? store.place_of(feed, opening->place.previous) : std::nullopt;
    if (!continued || continued->place.epoch >= epoch) break;
    epoch = continued->place.epoch;
    end = continued->place.sequence + 1;
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

}  // namespace

CountedBranch counted_branch(FeedReader& store, std::string_view feed, const MemberLog& log,
                             const std::optional<EvictCut>& cut) {
  CountedBranch branch;
  if (cut) {
    if (holds_cut(store, feed, log, *cut))
      branch.parts = branch_to(store, feed, cut->epoch, cut->sequence + 1);
    return branch;
  }
  const auto newest = counted_epoch(store, feed, log);
  for (const auto& [epoch, sequence] : store.forks(feed)) {
    if (epoch < newest || log.counted(epoch) == nullptr) continue;
    branch.frozen = Frozen{epoch, sequence};
    break;
  }
  if (newest == 0) return branch;
  auto end = store.tip(feed, newest)->sequence + 1;
  if (branch.frozen && branch.frozen->epoch == newest) end = std::min(end, branch.frozen->sequence);
  branch.parts = branch_to(store, feed, newest, end);
  return branch;
}

bool holds_cut(FeedReader& store, std::string_view feed, const MemberLog& log,
               const EvictCut& cut) {
  const auto held = store.place_of(feed, cut.hash);
  return held && held->on_chain && held->place.epoch == cut.epoch &&
         held->place.sequence == cut.sequence && log.counted(cut.epoch) != nullptr;
}

FeedPlace place_after(const EvictCut& cut) {
  return {cut.epoch, cut.sequence + 1, cut.hash, core::Instant::max()};
}

void add_missing_ancestors(FeedReader& store, const ForkProof& proof, Receipt& receipt) {
  if (proof.a.sequence == 0) return;
  const auto below = store.hash_at(proof.a.feed, proof.a.epoch, proof.a.sequence - 1);
  if (below.empty()) {
    const auto tip = store.tip(proof.a.feed, proof.a.epoch);
    receipt.need.insert({proof.a.feed, proof.a.epoch, tip ? tip->sequence + 1 : 0});
    return;
  }
  for (const auto* evidence : {&proof.a, &proof.b}) {
    if (evidence->previous != below) receipt.need_hashes.insert(evidence->previous);
  }
}

void count_hours(FeedReader& store, std::string_view feed, const HourLimits& limits, Trace& trace) {
  HourUse use;
  std::string before;
  for (auto one = trace.beside.rbegin(); one != trace.beside.rend(); ++one) {
    const auto stored = store.object(ObjectClass::statement, one->hash);
    const auto statement = stored ? parse_statement(stored->text) : fail(Error{});
    if (!statement) continue;  // the file was changed by other hands: load() says so
    const bool is_after_gap = trace.missing_before && one == trace.beside.rbegin();
    if (statement->sequence == 0 || is_after_gap) {
      use = {};
    } else if (statement->previous != before) {
      const auto tip = store.tip(feed, statement->epoch);
      use = tip && tip->hash == statement->previous
                ? tip->use
                : store.hour_use(feed, statement->epoch, statement->sequence - 1);
    }
    const auto after = use_after(use, *statement, limits);
    if (!after) {
      trace.contradicts = true;
      for (auto following = trace.beside.begin(); following != one.base(); ++following)
        trace.forbidden.push_back(following->hash);
      return;
    }
    one->use = use = *after;
    before = one->hash;
  }
}

Trace trace_back(FeedReader& store, std::string_view network, std::string_view feed, FeedPlace from,
                 const HourLimits& limits, TraceTo to) {
  Trace trace;
  while (from.sequence != 0 || from.previous != network) {
    const auto before = store.place_of(feed, from.previous);
    if (!before) {
      trace.missing_before = std::move(from);
      return trace;
    }
    if (!stands_before(before->place, from)) {
      trace.contradicts = true;
      for (const auto& above : trace.beside) trace.forbidden.push_back(above.hash);
      return trace;
    }
    if (before->on_chain) {
      if (to == TraceTo::chain) break;
      // All below it on this chain is held; the next question is what its opening continues.
      from = opening_of(store, feed, before->place);
    } else {
      trace.beside.push_back({from.previous});
      from = before->place;
    }
  }
  count_hours(store, feed, limits, trace);
  return trace;
}

}  // namespace avow::registry
