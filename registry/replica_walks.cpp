// The walks backwards: what an opening continues, or an evict cut, is asked for by hash until nothing is missing before it.

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

Error cannot_be() {
  return {ErrorCode::bad_previous,
          "what it continues does not stand before it, or is more than an hour holds"};
}

}  // namespace

std::vector<Replica::WalkKey> Replica::walks_of(const Work& work, const std::string& feed) {
  std::vector<WalkKey> keys;
  for (auto walk = work.walks.lower_bound({feed, kCutWalk});
       walk != work.walks.end() && walk->first.first == feed; ++walk)
    keys.push_back(walk->first);
  return keys;
}

/// Does this very opening wait for what it continues?
bool Replica::is_awaited(const Work& work, const Statement& opening) {
  const auto walk = work.walks.find({opening.feed, opening.epoch});
  return opening.sequence == 0 && walk != work.walks.end() && walk->second.opening &&
         walk->second.opening->hash == opening.hash;
}

bool Replica::has_waiting(const std::string& feed, std::int64_t epoch, std::int64_t from) const {
  const auto& walks = uncommitted_walks_ ? *uncommitted_walks_ : walks_;
  return pool_.has_checked(feed, epoch, from) || (from == 0 && walks.contains({feed, epoch}));
}

/// Holds a well-signed opening until all that it continues is here.
void Replica::begin_walk(Work& work, const Statement& opening) {
  const WalkKey key{opening.feed, opening.epoch};
  const auto refused =
      parse_statement(work.store.refused_at(opening.feed, opening.epoch, 0).value_or(""));
  if (refused && refused->hash == opening.hash) {
    // Part of what it continues may be held, and whoever repeats it must not have that gone through each time.
    work.receipt.rejected.push_back({opening.hash, cannot_be()});
    return;
  }
  work.receipt.held.insert(opening.hash);
  const auto known = work.walks.find(key);
  if (is_awaited(work, opening))
    return need_ancestors(work.store, opening.feed, known->second.next, work.receipt);
  if (prove_second_opening(work, opening)) {
    work.receipt.accepted.push_back(opening.hash);
    return;
  }
  work.walks.emplace(key, Walk{std::make_shared<const Statement>(opening), place_of(opening)});
  auto bytes = std::size_t{0};
  for (const auto& other : walks_of(work, opening.feed)) {
    const auto& held = work.walks.at(other).opening;
    bytes += held ? held->text.size() : 0;
  }
  // The highest epoch is the one that will count.
  for (const auto& lowest : walks_of(work, opening.feed)) {
    if (bytes <= kMaxWalkBytesPerFeed) break;
    if (lowest.second == kCutWalk) continue;
    bytes -= work.walks.at(lowest).opening->text.size();
    work.walks.erase(lowest);  // which is no room made
    is_any_crowded_out_ = true;
  }
  if (work.walks.contains(key)) go_on(work, key);
}

void Replica::end_walk(Work& work, const WalkKey& key) {
  if (work.walks.erase(key) > 0) work.has_made_room = true;
}

/// What waited comes again, should another charter take it.
void Replica::end_walks(Work& work, const std::string& feed) {
  for (const auto& key : walks_of(work, feed)) {
    if (work.walks.at(key).opening) is_any_refused_ = true;
    end_walk(work, key);
  }
}

/// What an opening continues cannot be, so nothing that was held for it alone can count, nor what continues it.
void Replica::refuse_walk(Work& work, const WalkKey& key, const std::vector<std::string>& in_vain,
                          const Error& why) {
  const auto feed = key.first;
  std::set<std::string> gone(in_vain.begin(), in_vain.end());
  // No chain passes the lowest of an epoch without a fork there.
  std::map<std::int64_t, Statement> lowest;
  for (const auto& hash : in_vain) {
    const auto stored = work.store.object(ObjectClass::statement, hash);
    auto statement = stored ? parse_statement(stored->text) : fail(Error{});
    if (!statement) continue;
    work.store.drop_ancestor(hash);
    const auto known = lowest.find(statement->epoch);
    if (known == lowest.end() || statement->sequence < known->second.sequence)
      lowest.insert_or_assign(statement->epoch, std::move(*statement));
  }
  for (const auto& [epoch, statement] : lowest) keep_refused(work, statement);
  // An opening continues one of a lower epoch.
  for (const auto& one : walks_of(work, feed)) {
    const auto found = work.walks.find(one);
    if (found == work.walks.end() || !found->second.opening) continue;
    const auto opening = found->second.opening;
    if (one != key && !gone.contains(opening->previous)) continue;
    gone.insert(opening->hash);
    work.store.drop_ancestor(opening->hash);
    end_walk(work, one);
    keep_refused(work, *opening);
    work.receipt.held.erase(opening->hash);
    work.receipt.rejected.push_back({opening->hash, why});
  }
  work.touched.insert(feed);  // what was held for it may follow a chain
}

/// Two openings of one epoch are a fork, whatever each continues: does another one wait for that, or was it refused?
bool Replica::prove_second_opening(Work& work, const Statement& opening) {
  if (opening.sequence != 0) return false;
  const auto waits = work.walks.find({opening.feed, opening.epoch});
  const auto other =
      waits != work.walks.end()
          ? Result<Statement, Error>(*waits->second.opening)
          : parse_statement(work.store.refused_at(opening.feed, opening.epoch, 0).value_or(""));
  const auto proof = other ? make_fork_proof(*other, opening) : fail(Error{});
  if (!proof) return false;
  take_fork(work, *proof);
  return true;
}

Trace Replica::trace_from(FeedReader& store, std::string_view feed, FeedPlace from,
                          TraceTo to) const {
  return trace_back(store, charter_->network, feed, std::move(from), limits_, to);
}

/// What waits takes no more room than it could take in order: the hour's rule is asked before its beginning is known, since
/// what has come of an hour only becomes more.
bool Replica::is_more_than_hours_hold(Work& work, Walk& walk, const Trace& come) const {
  for (const auto& one : come.beside) {
    const auto stored = work.store.object(ObjectClass::statement, one.hash);
    const auto statement = stored ? parse_statement(stored->text) : fail(Error{});
    if (!statement) continue;  // the file was changed by other hands: load() says so
    const auto before = walk.epoch == statement->epoch ? walk.use : HourUse{};
    const auto use = use_after(before, *statement, limits_);
    if (!use) return true;
    walk.use = *use;
    walk.epoch = statement->epoch;
  }
  return false;
}

/// Which of it is too much hangs on where its beginning is missing, so none of it is evidence yet but the openings: the lowest
/// stays beside, and is judged as in order once what comes before it is here.
void Replica::refuse_too_long(Work& work, const WalkKey& key) {
  const auto& walk = work.walks.find(key)->second;
  auto whole = trace_from(work.store, key.first, place_of(*walk.opening), TraceTo::chain);
  const bool is_whole =
      whole.missing_before && whole.missing_before->previous == walk.next.previous;
  if (is_whole) count_hours(work.store, key.first, limits_, whole);
  auto in_vain = std::move(whole.forbidden);
  if (!in_vain.empty()) in_vain.pop_back();
  // Something between was refused with another opening, and what is above that cannot count either.
  if (!is_whole) {
    for (auto& above : whole.beside) in_vain.push_back(std::move(above.hash));
  }
  for (const auto& hash : in_vain) {
    const auto stored = work.store.object(ObjectClass::statement, hash);
    const auto statement = stored ? parse_statement(stored->text) : fail(Error{});
    if (statement && statement->sequence == 0) keep_refused(work, *statement);
    work.store.drop_ancestor(hash);
  }
  refuse_walk(work, key, in_vain, cannot_be());
}

/// Asks for the next statement that is not held; if nothing is missing, the opening is ready to be judged.
void Replica::go_on(Work& work, const WalkKey& key) {
  const auto feed = key.first;
  auto& walk = work.walks.find(key)->second;
  auto trace = trace_from(work.store, feed, walk.next, TraceTo::chain);
  // From the opening on: what one hour holds came one by one.
  if (!trace.missing_before && walk.opening) {
    auto whole = trace_from(work.store, feed, place_of(*walk.opening), TraceTo::chain);
    if (trace.contradicts && whole.missing_before) {
      // Something between was refused with another opening, and what is above that cannot count either.
      for (auto& above : whole.beside) trace.forbidden.push_back(std::move(above.hash));
    } else {
      trace = std::move(whole);
    }
  }
  const auto& cut = work.charter->standing_of(feed).evicted;
  if (trace.complete() && !walk.opening && cut)  // what it has gone past may have been dropped
    trace = trace_from(work.store, feed, place_after(*cut), TraceTo::chain);
  if (trace.missing_before) {
    walk.next = *trace.missing_before;
    if (walk.opening && is_more_than_hours_hold(work, walk, trace))
      return refuse_too_long(work, key);
    return need_ancestors(work.store, feed, walk.next, work.receipt);
  }
  if (trace.contradicts && walk.opening)
    return refuse_walk(work, key, trace.forbidden, cannot_be());
  const auto opening = walk.opening;
  end_walk(work, key);
  work.touched.insert(feed);  // whatever becomes of the opening, what was held for it is here
  if (opening) {
    work.ready.emplace(key, opening);
  } else if (!trace.contradicts) {
    work.changed.insert(feed);
  }
}

/// One after the other, the lowest epoch first: each may be what the next has waited for.
void Replica::take_ready(Work& work) {
  while (!work.ready.empty()) {
    const auto opening = work.ready.extract(work.ready.begin()).mapped();
    if (refuse_after_cut(work, *opening)) continue;
    take_link(work, *opening);
    go_on_after(work, *opening);
  }
}

/// Of an evicted member only the ancestors of the cut count, and they are asked for until they are here.
void Replica::seek_cut(Work& work, const std::string& feed, const EvictCut& cut) {
  if (cut.sequence < 0) return;
  const WalkKey key{feed, kCutWalk};
  work.walks.insert_or_assign(key, Walk{nullptr, place_after(cut)});
  go_on(work, key);
}

/// Nothing is taken of an evicted member that lies after the cut; once that is held, nothing at all: no other branch may
/// take its place.
bool Replica::refuse_after_cut(Work& work, const Statement& statement) const {
  const auto& feed = statement.feed;
  const auto& cut = work.charter->standing_of(feed).evicted;
  if (!cut) return false;
  const bool is_after = work.charter->is_beyond_cut(feed, statement.epoch, statement.sequence);
  if (!is_after && !holds_cut(work.store, feed, *log_of(work, feed), *cut)) return false;
  if (work.store.place_of(feed, statement.hash)) {
    work.receipt.duplicate.push_back(statement.hash);
  } else {
    work.receipt.rejected.push_back(
        {statement.hash, Error{ErrorCode::beyond_cut, "its author was evicted before it"}});
  }
  return true;
}

/// What is missing before an opening: by its hash, and forwards, should it be no other branch but what has not come yet.
void Replica::need_ancestors(FeedReader& store, const std::string& feed, const FeedPlace& next,
                             Receipt& receipt) const {
  receipt.need_hashes.insert(next.previous);
  const auto epoch = next.sequence == 0 ? next.epoch - 1 : next.epoch;
  if (epoch < 1) return;
  const auto tip = store.tip(feed, epoch);
  receipt.need.insert({feed, epoch, tip ? tip->sequence + 1 : 0});
}

/// Is it the statement that an opening waits for? Then it is held, on no chain as yet.
bool Replica::take_ancestor(Work& work, const Statement& statement) {
  const auto& feed = statement.feed;
  for (const auto& key : walks_of(work, feed)) {
    const auto found = work.walks.find(key);
    if (found == work.walks.end()) continue;  // refused with one that it continues
    const auto& walk = found->second;
    if (walk.next.previous != statement.hash) continue;
    const auto& log = *log_of(work, feed);
    if (log.of_version(statement.epoch).empty()) {
      // Only of a cut: the entry of an opening's own epoch is here, and with it all before.
      need_entries(work, feed);
      work.receipt.held.insert(statement.hash);
      return true;
    }
    const auto good = check_ancestor(statement, walk.next, charter_->network, feed, log);
    if (good) {
      work.store.put_ancestor(statement);
      work.receipt.accepted.push_back(statement.hash);
      work.touched.insert(feed);  // there may be another at its place
      prove_second_opening(work, statement);
      go_on_after(work, statement);
      return true;
    }
    const bool is_key = good.error().code == ErrorCode::key_not_authorised ||
                        good.error().code == ErrorCode::bad_signature;
    if (is_key && may_lack_entries(log, statement.epoch)) {
      need_entries(work, feed);
      work.receipt.held.insert(statement.hash);
      return true;
    }
    if (good.error().code == ErrorCode::bad_signature) {
      // The proof is no part of what is hashed: another copy of it may be well signed.
      work.receipt.rejected.push_back({statement.hash, good.error()});
      return true;
    }
    if (!walk.opening) continue;  // by the keys that count now; the cut is sought until it is here
    std::vector<std::string> in_vain;
    for (auto& held : trace_from(work.store, feed, place_of(*walk.opening), TraceTo::chain).beside)
      in_vain.push_back(std::move(held.hash));
    refuse_walk(work, key, in_vain, good.error());
  }
  return false;
}

/// Several walks may have waited for one statement, which only one of them has asked for.
void Replica::go_on_after(Work& work, const Statement& held) {
  for (const auto& key : walks_of(work, held.feed)) {
    const auto walk = work.walks.find(key);
    if (walk == work.walks.end() || walk->second.next.previous != held.hash ||
        !work.store.place_of(held.feed, held.hash))
      continue;
    go_on(work, key);
    if (!work.ready.empty()) return;  // the others find their line on the chain after it
  }
}

/// The same of all that is held.
void Replica::go_on_where_held(Work& work, const std::string& feed) {
  for (const auto& key : walks_of(work, feed)) {
    const auto walk = work.walks.find(key);
    if (walk == work.walks.end() || !work.store.place_of(feed, walk->second.next.previous))
      continue;
    go_on(work, key);
    take_ready(work);
  }
}

}  // namespace avow::registry
