// Which of a feed's branches counts: forks, what stands on the chains and beside them, and folding anew.

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
/// refused for good is kept until another is taken at its place, waits for it, or is refused.
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
  if (prove_second_opening(work, statement)) return;
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
