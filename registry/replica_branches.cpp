// Which of a feed's branches counts: forks, what a later epoch's opening continues, and folding anew.

#include <algorithm>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

/// Is it the link after `position`, the end of the branch so far?
bool follows(const Statement& statement, const std::optional<FeedPosition>& position,
             const std::string& network) {
  if (!position) return statement.sequence == 0 && statement.previous == network;
  if (statement.previous != position->hash) return false;
  return statement.sequence == 0
             ? statement.epoch > position->epoch
             : statement.epoch == position->epoch && statement.sequence == position->sequence + 1;
}

void note_lapsed(const std::string& feed, std::int64_t epoch, const FeedFold& before,
                 const FeedFold& now, std::vector<LapsedBits>& lapsed) {
  for (const auto& [name, list] : before.lists()) {
    const auto still = now.lists().find(name);
    LapsedBits bits{feed, epoch, name, {}};
    for (const auto index : list.bits->set_indexes()) {
      if (still == now.lists().end() || !still->second.bits->get(index)) {
        bits.indexes.push_back(index);
      }
    }
    if (!bits.indexes.empty()) lapsed.push_back(std::move(bits));
  }
}

}  // namespace

/// Stores a checked proof, unless one at this sequence or lower is known: which pair proves a fork
/// does not matter, and one pair per epoch is evidence enough. Who sent one statement of the pair may lack the other.
void Replica::take_fork(Work& work, const ForkProof& proof, std::string_view known_to) {
  const auto& at = proof.a;
  const auto known = work.store.fork(at.feed, at.epoch);
  if (known && known->sequence <= at.sequence) return;
  queue_for_peers(work, work.store.put_fork(proof), known_to);
  work.receipt.frozen.push_back(at.feed);
  // Elsewhere it changes nothing that counts, and its author can make one for each statement that he ever said.
  const auto& log = *log_of(work, at.feed);
  const bool may_count = !work.charter->is_evicted(at.feed) && log.counted(at.epoch) != nullptr &&
                         at.epoch >= counted_epoch(work.store, at.feed, log);
  if (may_count) work.changed.insert(at.feed);
  work.touched.insert(at.feed);
  // Neither of two openings of one epoch counts, so what one continues is not waited for.
  if (at.sequence == 0) end_walk(work, {at.feed, at.epoch});
  add_missing_ancestors(work.store, proof, work.receipt);
}

/// Two well-signed statements of one place are a fork, whatever forbids one of them to stand there, or both: what is
/// refused for good is kept until another is taken at its place, or refused.
void Replica::keep_refused(Work& work, const Statement& statement) {
  if (statement.hash == work.just_signed) return;
  const auto& feed = statement.feed;
  const auto at = place_of(statement);
  const auto known = work.store.fork(feed, at.epoch);
  if (known && known->sequence <= at.sequence) return;
  for (const auto& text : {work.store.statement_at(feed, at.epoch, at.sequence),
                           work.store.refused_at(feed, at.epoch, at.sequence)}) {
    const auto other = parse_statement(text.value_or(""));
    const auto proof = other ? make_fork_proof(*other, statement) : fail(Error{});
    if (proof) return take_fork(work, *proof);
  }
  work.store.put_refused(statement);
}

/// The same once another stands at its place.
void Replica::prove_refused(Work& work, const std::string& feed) {
  for (const auto& [refused, taken] : work.store.contradicted(feed)) {
    const auto one = parse_statement(refused);
    const auto other = parse_statement(taken);
    const auto proof = one && other ? make_fork_proof(*one, *other) : fail(Error{});
    if (proof) take_fork(work, *proof);
  }
}

void Replica::take_proof(Work& work, const ForkProof& proof) {
  const auto known = work.store.fork(proof.a.feed, proof.a.epoch);
  if (known && known->sequence <= proof.a.sequence) {
    work.receipt.duplicate.push_back(proof.hash);
    return;
  }
  const auto* log = log_of(work, proof.a.feed);
  if (log == nullptr) {
    work.receipt.rejected.push_back(
        {proof.hash, Error{ErrorCode::unknown_feed, "no member has this feed"}});
    return;
  }
  if (log->of_version(proof.a.epoch).empty()) {
    // Not kept: it is asked for again when an entry comes.
    is_any_refused_ = true;
    work.receipt.held.insert(proof.hash);
    return need_entries(work, proof.a.feed);
  }
  if (const auto good = check_fork_proof(proof, charter_->network, *log); !good) {
    if (may_lack_entries(*log, proof.a.epoch)) {
      is_any_refused_ = true;
      work.receipt.held.insert(proof.hash);
      return need_entries(work, proof.a.feed);
    }
    work.receipt.rejected.push_back({proof.hash, good.error()});
    return;
  }
  work.receipt.accepted.push_back(proof.hash);
  take_fork(work, proof, work.from);
}

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

/// Holds a well-signed opening until all that it continues is here.
void Replica::begin_walk(Work& work, const Statement& opening) {
  work.receipt.held.insert(opening.hash);
  const WalkKey key{opening.feed, opening.epoch};
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
    return need_ancestors(work.store, feed, walk.next, work.receipt);
  }
  if (trace.contradicts && walk.opening) {
    return refuse_walk(
        work, key, trace.forbidden,
        {ErrorCode::bad_previous,
         "what it continues does not stand before it, or is more than an hour holds"});
  }
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

/// What was held for an opening stands beside its chain. It may follow that chain's end all the same, as it would had it
/// come without the opening; and what stands beside another statement proves a fork.
void Replica::take_from_beside(Work& work, const std::string& feed) {
  const auto epochs = work.store.epochs_beside(feed);
  if (epochs.empty()) return;
  const bool is_evicted = work.charter->is_evicted(feed);
  // What became of it is none of what the sender of this batch asked about.
  const auto accepted = work.receipt.accepted;
  const auto duplicate = work.receipt.duplicate;
  const auto held = work.receipt.held;
  const auto rejected = work.receipt.rejected;
  for (const auto epoch : epochs) {
    const auto proven = work.store.fork(feed, epoch);
    if (proven && proven->sequence == 0) continue;
    for (bool goes_on = true; goes_on;) {
      const auto tip = work.store.tip(feed, epoch);
      const auto next = tip ? tip->sequence + 1 : 0;
      for (const auto& text : work.store.beside(feed, epoch, next)) {
        const auto statement = parse_statement(text);
        if (!statement) continue;
        if (tip ? statement->previous == tip->hash : !is_evicted) {
          take(work, *statement);  // an opening that lacks what it continues waits for that
        }
      }
      const auto now = work.store.tip(feed, epoch);
      goes_on = now && now->sequence >= next;
    }
    const auto tip = work.store.tip(feed, epoch);
    const auto lowest = work.store.lowest_beside(feed, epoch);
    if (!tip || !lowest || *lowest > tip->sequence) continue;
    const auto fork = work.store.fork(feed, epoch);
    if (fork && fork->sequence <= *lowest) continue;
    const auto on_chain =
        parse_statement(work.store.statement_at(feed, epoch, *lowest).value_or(""));
    for (const auto& text : work.store.beside(feed, epoch, *lowest)) {
      const auto statement = parse_statement(text);
      const auto proof =
          on_chain && statement ? make_fork_proof(*on_chain, *statement) : fail(Error{});
      if (proof) take_fork(work, *proof);
    }
  }
  note_refused(work.receipt);
  work.receipt.accepted = accepted;
  work.receipt.duplicate = duplicate;
  work.receipt.held = held;
  work.receipt.rejected = rejected;
}

/// Puts what the opening continues on the chains of its epochs. Where another branch stood, that proves a fork.
void Replica::put_on_chain(Work& work, const std::string& feed, const FeedPlace& opening) {
  const auto trace = trace_from(work.store, feed, opening, TraceTo::network);
  if (!trace.complete()) return;  // the file was changed by other hands: load() says so
  for (auto held = trace.beside.rbegin(); held != trace.beside.rend(); ++held) {
    const auto stored = work.store.object(ObjectClass::statement, held->hash);
    const auto statement = stored ? parse_statement(stored->text) : fail(Error{});
    if (!statement) continue;
    const auto epoch = statement->epoch;
    const auto other = work.store.statement_at(feed, epoch, statement->sequence);
    if (other) {
      const auto rival = parse_statement(*other);
      const auto proof = rival ? make_fork_proof(*rival, *statement) : fail(Error{});
      if (proof) take_fork(work, *proof);
      work.store.displace(feed, epoch, statement->sequence);
    }
    work.store.put_statement(*statement,
                             {statement->sequence, statement->hash, statement->time, held->use});
    work.touched.insert(feed);  // more may follow it
  }
}

/// What this node has counted, forked or not, before another branch counts: that of the last opening of a batch, which
/// alone is put on the chains.
void Replica::change_branch(Work& work, const std::string& feed) {
  work.changed.insert(feed);
  if (work.abandoned.contains(feed)) return;
  auto before = counted_branch(work.store, feed, *log_of(work, feed), /*cut=*/std::nullopt);
  if (!before.parts.empty()) {
    auto& last = before.parts.back();
    const auto tip = work.store.tip(feed, last.epoch);
    last.end = tip ? tip->sequence + 1 : last.end;
    if (auto fold = this->fold(work.store, *work.charter->find(feed), before)) {
      work.abandoned.emplace(feed, std::move(*fold));
    }
  }
}

namespace {

/// The first sequence of a part that `fold` has not taken.
std::int64_t first_of(const CountedBranch::Part& part, const FeedFold& fold) {
  const auto& position = fold.position();
  if (!position || position->epoch < part.epoch) return 0;
  return position->epoch == part.epoch ? position->sequence + 1 : part.end;
}

}  // namespace

Result<FeedFold, Error> Replica::fold(FeedReader& store, const Member& member,
                                      const CountedBranch& branch) {
  FoldCheckpoints none;
  return fold(store, member, branch, none);
}

Result<FeedFold, Error> Replica::fold(FeedReader& store, const Member& member,
                                      const CountedBranch& branch, FoldCheckpoints& checkpoints) {
  auto fold = checkpoints.begin(store, member.scid, branch);
  std::int64_t all = 0;
  for (const auto& part : branch.parts) all += part.end - first_of(part, fold);
  auto left = all;
  for (const auto& part : branch.parts) {
    auto next = first_of(part, fold);
    if (next == part.end && fold.position() && fold.position()->epoch > part.epoch) continue;
    store.each_statement(member.scid, part.epoch, next, part.end, [&](std::string_view text) {
      const auto statement = parse_statement(text);
      // Stored texts were judged before: if one does not fit, somebody has changed the file.
      if (!statement || !follows(*statement, fold.position(), charter_->network)) return false;
      fold.apply(*statement, member);
      checkpoints.note(fold, --left, all);
      ++folded_anew_;
      ++next;
      return true;
    });
    const auto tip = store.tip(member.scid, part.epoch);
    const bool is_whole = next == part.end && tip && tip->sequence + 1 >= part.end &&
                          (tip->sequence + 1 > part.end || tip->hash == fold.position()->hash);
    if (!is_whole) {
      return fail(Error{ErrorCode::malformed, "the stored feed " + member.scid +
                                                  " is broken at sequence " + std::to_string(next) +
                                                  " of epoch " + std::to_string(part.epoch)});
    }
  }
  return fold;
}

/// What counts of the changed feeds is put on its chains, where another branch may have stood.
void Replica::put_counted_on_chain(Work& work) {
  for (const auto& scid : std::set<std::string>(work.changed)) {
    if (work.charter->find(scid) == nullptr) continue;  // the slot that admitted it is forked
    const auto& cut = work.charter->standing_of(scid).evicted;
    const auto epoch = counted_epoch(work.store, scid, *log_of(work, scid));
    const auto opening = work.store.place_of(scid, work.store.hash_at(scid, epoch, 0));
    if (cut && trace_from(work.store, scid, place_after(*cut), TraceTo::chain).complete()) {
      put_on_chain(work, scid, place_after(*cut));
    } else if (!cut && opening) {
      put_on_chain(work, scid, opening->place);
    }
  }
}

/// Folds each changed feed anew, once for a batch: a signer of many forks, each lower than the one before, must not have
/// everything folded for each of them.
void Replica::refold(Work& work) {
  for (const auto& scid : work.changed) {
    const auto* member = work.charter->find(scid);
    if (member == nullptr) continue;  // the slot that admitted it is forked
    const auto& log = *log_of(work, scid);
    const auto& cut = work.charter->standing_of(scid).evicted;
    const auto epoch = counted_epoch(work.store, scid, log);
    const auto branch = counted_branch(work.store, scid, log, cut);
    if (!branch.frozen) checkpoints_.erase(scid);
    FoldCheckpoints none;
    auto fold = this->fold(work.store, *member, branch, branch.frozen ? checkpoints_[scid] : none);
    if (!fold) continue;  // the file was changed by other hands: load() says so
    const auto before = work.abandoned.find(scid);
    const bool is_settled = !work.charter->settlements_of(scid).empty();
    if (before != work.abandoned.end() && (epoch > 1 || is_settled)) {
      note_lapsed(scid, epoch, before->second, *fold, work.receipt.lapsed);
    }
    work.effects.emplace_back([scid, frozen = branch.frozen, folded = std::move(*fold)](
                                  View& view) { view.replace(scid, folded, frozen); });
  }
}

}  // namespace avow::registry
