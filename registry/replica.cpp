#include "registry/replica.h"

#include <algorithm>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {

/// The log as the charter and the stored entries have it.
Result<std::shared_ptr<const MemberLog>, Error> Replica::load_log(FeedReader& store,
                                                                  const Member& member,
                                                                  const Charter& charter) const {
  // Times were judged when the entries came; a clock that went back must not undo that.
  const auto any_time = *core::parse_rfc3339("9999-01-01T00:00:00Z");
  auto log = std::make_shared<MemberLog>(member.entry, charter.settlements_of(member.scid));
  std::vector<did::WebvhWitnessProof> proofs;
  for (const auto& text : store.witness_proofs(member.scid)) {
    if (auto proof = parse_witness_proof(text)) proofs.push_back(std::move(proof->proof));
  }
  for (const auto& text : store.log_entries(member.scid, 2)) {
    const auto entry = parse_log_entry(text);
    if (!entry) return fail(entry.error());
    auto judged = judge_log_entry(*entry, *log, proofs,
                                  {charter.witness_lists, allow_localhost_, true, true}, any_time);
    // What counted when it came may not any more: what stands on an entry beside the one that was named, or on one that
    // was named in a slot that is forked, or names witnesses of such a slot. It is passed over.
    if (auto* taken = std::get_if<EntryAccepted>(&judged)) log->add(std::move(taken->entry));
  }
  return std::shared_ptr<const MemberLog>(std::move(log));
}

Result<void, Error> Replica::load_feed(FeedReader& store, const Member& member) {
  const auto& scid = member.scid;
  auto log = load_log(store, member, *charter_);
  if (!log) return fail(log.error());
  const auto& cut = charter_->standing_of(scid).evicted;
  const auto branch = counted_branch(store, scid, **log, cut);
  auto folded = fold(store, member, branch);
  if (!folded) return fail(folded.error());
  if (cut && cut->sequence >= 0 && !holds_cut(store, scid, **log, *cut)) {
    auto trace = trace_from(store, scid, place_after(*cut), TraceTo::chain);
    if (trace.missing_before)
      walks_.emplace(WalkKey{scid, kCutWalk}, Walk{nullptr, std::move(*trace.missing_before)});
  }
  working_->set_log(scid, *log);
  working_->replace(scid, std::move(*folded), branch.frozen);
  const auto head_text = store.head(scid);
  const auto head = head_text ? parse_head(*head_text) : fail(Error{ErrorCode::malformed, ""});
  if (!head || head->epoch < counted_epoch(store, scid, **log)) return {};
  const auto hash_there = store.hash_at(scid, head->epoch, head->sequence);
  if (working_->check_head(*head, hash_there)) working_->take_head(*head, hash_there.empty());
  return {};
}

Result<void, Error> Replica::load(core::Connection& connection, bool allow_localhost) {
  allow_localhost_ = allow_localhost;
  FeedReader store(connection);
  const auto text = store.charter_text();
  if (!text) return {};
  // Its entries' times were judged when it was adopted; a clock that went back must not undo that.
  const auto any_time = *core::parse_rfc3339("9999-01-01T00:00:00Z");
  auto charter = verify_charter(*text, any_time, allow_localhost);
  if (!charter) return fail(charter.error());
  founding_ = std::make_shared<const Charter>(std::move(*charter));
  charter_ = founding_;
  auto now_in_force = in_force(store);
  if (!now_in_force) return fail(now_in_force.error());
  charter_ = std::move(*now_in_force);
  working_.emplace(charter_);
  working_->govern(charter_, {});
  for (const auto& [scid, member] : charter_->members) {
    if (auto loaded = load_feed(store, member); !loaded) return loaded;
  }
  working_->govern(charter_,
                   suspended_by(store.emergencies(), *charter_,
                                [this](std::string_view scid) { return working_->log(scid); }));
  newest_entry_ = store.newest_entry();
  publish();
  return {};
}

void Replica::load_as(const Replica& other) {
  allow_localhost_ = other.allow_localhost_;
  founding_ = other.founding_;
  charter_ = other.charter_;
  working_ = other.working_;
  newest_entry_ = other.newest_entry_;
  walks_ = other.walks_;
  publish();
}

Result<void, Error> Replica::adopt(core::Transaction& transaction, Charter charter) {
  FeedWriter store(transaction);
  if (const auto stored = store.network_id()) {
    if (*stored == charter.network) return {};
    if (store.last_ingested() > 0) {
      return fail(Error{ErrorCode::other_charter, "this node belongs to another network already"});
    }
  }
  store.put_charter(charter);
  auto shared = std::make_shared<const Charter>(std::move(charter));
  transaction.after_commit([this, shared] {
    founding_ = shared;
    charter_ = shared;
    working_.emplace(shared);
    publish();
  });
  return {};
}

std::shared_ptr<const View> Replica::view() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Replica::publish() {
  auto snapshot = working_->snapshot();
  const std::lock_guard lock(mutex_);
  published_ = std::move(snapshot);
}

/// Another batch of this commit may have made a log longer, or decided a slot by which other entries count; neither is in
/// memory before the commit is on the disk. What follows from it for feeds, that batch has done.
Result<void, Error> Replica::catch_up_logs(Work& work) const {
  auto feeds = work.store.feeds_with_entries_after(newest_entry_);
  const auto& now = *work.charter;
  if (work.charter != charter_) {
    const bool has_other_witnesses = now.witness_lists.size() != charter_->witness_lists.size();
    for (const auto& [scid, member] : now.members) {
      if (has_other_witnesses || !charter_->members.contains(scid) ||
          now.settlements_of(scid) != charter_->settlements_of(scid))
        feeds.push_back(scid);
    }
    ++work.news[std::string(Work::kEverybody)];
  }
  for (const auto& feed : feeds) {
    const auto member = now.members.find(feed);
    if (member == now.members.end()) continue;
    auto log = load_log(work.store, member->second, now);
    if (!log) return fail(log.error());
    work.logs.insert_or_assign(feed, std::move(*log));
    ++work.news[feed];
  }
  return {};
}

Result<Receipt, Error> Replica::run(core::Transaction& transaction, std::string_view from,
                                    core::Instant now, const std::function<void(Work&)>& steps) {
  if (!charter_) return fail(Error{ErrorCode::no_charter, "this node has no charter yet"});
  FeedWriter store(transaction);
  auto charter = in_force(store);
  if (!charter) return fail(charter.error());
  Work work{transaction,        store, from, now, uncommitted_walks_.value_or(walks_),
            std::move(*charter)};
  if (auto caught_up = catch_up_logs(work); !caught_up) return fail(caught_up.error());
  steps(work);
  finish(transaction, work);
  return std::move(work.receipt);
}

/// The first kMaxBatch, equal ones once.
std::vector<const std::string*> once_each(const std::vector<std::string>& texts) {
  std::vector<const std::string*> out;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < std::min(texts.size(), kMaxBatch); ++i) {
    if (seen.insert(texts[i]).second) out.push_back(&texts[i]);
  }
  return out;
}

Result<Receipt, Error> Replica::receive(core::Transaction& transaction, const Objects& objects,
                                        std::string_view from, core::Instant now) {
  return run(transaction, from, now, [&](Work& work) {
    const auto take_each = [&](const std::vector<std::string>& texts, const auto& parse,
                               const auto& take_one) {
      for (const auto* text : once_each(texts)) {
        const auto object = parse(*text);
        if (object) {
          take_one(*object);
        } else {
          work.receipt.rejected.push_back({"", object.error()});
        }
      }
    };
    // The keys first: what they signed is judged by them. Then the slots, which say whose statements are whose; some of
    // the keys may be of those whom they admit.
    std::vector<UnverifiedEntry> of_strangers;
    take_each(objects.log_entries, parse_log_entry, [&](const UnverifiedEntry& entry) {
      if (log_of(work, entry.feed) == nullptr) {
        of_strangers.push_back(entry);
      } else {
        take_entry(work, entry);
      }
    });
    take_governance(work, objects);
    for (const auto& entry : of_strangers) take_entry(work, entry);
    take_each(objects.witness_proofs, parse_witness_proof,
              [&](const WitnessProof& proof) { take_witness_proof(work, proof); });
    take_each(objects.statements, parse_statement,
              [&](const Statement& statement) { take(work, statement); });
    take_each(objects.proofs, parse_fork_proof,
              [&](const ForkProof& proof) { take_proof(work, proof); });
    take_each(objects.heads, parse_head, [&](const Head& head) { take_head(work, head); });
  });
}

Result<Receipt, Error> Replica::retry_held(core::Transaction& transaction, core::Instant now) {
  return run(transaction, "", now, [&](Work& work) {
    if (looked_at_ != held_anew_) {
      ++work.news[std::string(Work::kEverybody)];
      settle_votes(work);
      transaction.after_commit([this, upto = held_anew_] { looked_at_ = upto; });
    }
    for (const auto& feed : pool_.feeds()) work.touched.insert(feed);
    if (!is_beside_looked_at_) {  // what stands there waits for what was in memory before
      for (const auto& [scid, member] : work.charter->members) {
        if (!work.store.epochs_beside(scid).empty()) work.touched.insert(scid);
      }
      transaction.after_commit([this] { is_beside_looked_at_ = true; });
    }
    judge_held(work, held_entries_.take_due(now));
  });
}

void Replica::take(Work& work, const Statement& statement) {
  if (refuse_after_cut(work, statement)) return;
  if (is_awaited(work, statement)) return begin_walk(work, statement);
  if (!take_ancestor(work, statement)) take_link(work, statement);
}

/// Judges it as what follows on the chain of its epoch.
void Replica::take_link(Work& work, const Statement& statement) {
  const auto& feed = statement.feed;
  FeedFacts facts;
  facts.network = work.charter->network;
  facts.limits = limits_;
  facts.log = log_of(work, feed);
  facts.tip = work.store.tip(feed, statement.epoch);
  std::optional<Statement> held_there;
  if (facts.tip && statement.sequence <= facts.tip->sequence) {
    const auto text = work.store.statement_at(feed, statement.epoch, statement.sequence);
    if (auto held = parse_statement(text.value_or(""))) held_there = std::move(*held);
  }
  if (held_there) facts.held_there = &*held_there;
  if (const auto fork = work.store.fork(feed, statement.epoch)) {
    facts.frozen_from = fork->sequence;
    // Its pair stands at that sequence, and it is no small thing to read for each statement of a forked feed.
    const auto proof =
        statement.sequence == fork->sequence ? parse_fork_proof(fork->text) : fail(Error{});
    if (proof) {
      facts.evidence_hashes = {proof->a.hash, proof->b.hash};
    }
  }
  if (statement.sequence == 0 && statement.epoch > 1) {
    facts.is_continuation_held = [&] {
      return trace_from(work.store, feed, place_of(statement), TraceTo::chain).complete();
    };
  }
  carry_out(work, statement, judge(statement, facts, work.now));
}

void Replica::carry_out(Work& work, const Statement& statement, Judgement judgement) {
  auto& receipt = work.receipt;
  if (const auto* accepted = std::get_if<Accepted>(&judgement)) {
    accept(work, statement, accepted->tip);
  } else if (std::holds_alternative<Duplicate>(judgement)) {
    receipt.duplicate.push_back(statement.hash);
  } else if (const auto* range = std::get_if<NeedRange>(&judgement)) {
    if (!pool_.contains(statement.feed, statement.epoch, statement.sequence - 1,
                        statement.previous)) {
      receipt.need.insert({statement.feed, statement.epoch, range->from});
    }
    hold(work, statement, HeldPool::kMaxBytesPerFeed);
  } else if (const auto* need = std::get_if<NeedHash>(&judgement)) {
    if (statement.sequence == 0) return begin_walk(work, statement);
    receipt.need_hashes.insert(need->hash);
    hold(work, statement, HeldPool::kMaxBytesPerFeed);
  } else if (const auto* held = std::get_if<Held>(&judgement)) {
    const bool is_unknown = held->reason == HoldReason::unknown_epoch;
    if (is_unknown) need_entries(work, statement.feed);
    hold(work, statement,
         is_unknown ? HeldPool::kMaxUncheckedBytesPerFeed : HeldPool::kMaxBytesPerFeed);
  } else if (const auto* forked = std::get_if<Forked>(&judgement)) {
    receipt.accepted.push_back(statement.hash);
    take_fork(work, forked->proof);
  } else if (auto* rejected = std::get_if<Rejected>(&judgement)) {
    if (rejected->is_evidence) {
      keep_refused(work, statement);
      work.store.drop_ancestor(statement.hash);
    }
    receipt.rejected.push_back({statement.hash, std::move(rejected->error)});
  }
}

/// An opening that continues anything but the end of what counts makes another branch count.
void Replica::accept(Work& work, const Statement& statement, const ChainTip& tip) {
  const auto& feed = statement.feed;
  const auto& log = *log_of(work, feed);
  const bool is_later_opening = statement.sequence == 0 && statement.epoch > 1;
  const bool is_evicted = work.charter->is_evicted(feed);
  if (is_later_opening && !is_evicted) {
    const auto counted_before = counted_epoch(work.store, feed, log);
    const auto end = work.store.tip(feed, counted_before);
    // A fork of an epoch between, whose openings count neither, is settled by it as well.
    const auto forks = work.store.forks(feed);
    const bool settles = forks.lower_bound(counted_before) != forks.end();
    const bool goes_on = end && end->hash == statement.previous && !settles;
    // One of an epoch that another has gone past counts for nothing, nor does one whose entry does not.
    const bool may_count =
        counted_before < statement.epoch && log.counted(statement.epoch) != nullptr;
    if (!goes_on && may_count) change_branch(work, feed);
  }
  if (const auto n = work.store.put_statement(statement, tip)) queue_for_peers(work, *n);
  work.receipt.accepted.push_back(statement.hash);
  work.touched.insert(feed);
  prove_second_opening(work, statement);
  // Before the cut of an evicted member is here, nothing of it counts; then it is folded as a whole.
  if (is_evicted || statement.epoch != counted_epoch(work.store, feed, log)) return;
  const auto shared = std::make_shared<const Statement>(statement);
  work.statements.emplace_back(feed, [shared](View& view) { view.apply(*shared); });
}

void Replica::hold(Work& work, const Statement& statement, std::size_t share) {
  work.receipt.held.insert(statement.hash);
  const bool is_held =
      pool_.contains(statement.feed, statement.epoch, statement.sequence, statement.hash) ||
      pool_.hold(statement, share);
  if (is_held) return;
  // Without a check of its signature it waits for an entry; with one, for what is missing before it.
  (share < HeldPool::kMaxBytesPerFeed ? is_any_refused_ : is_any_crowded_out_) = true;
}

void Replica::queue_for_peers(Work& work, std::int64_t n) const {
  queue_for_peers(work, n, work.from);
}

void Replica::queue_for_peers(Work& work, std::int64_t n, std::string_view known_to) const {
  for (const auto& peer : peers_) {
    if (peer != known_to) work.store.queue(peer, n);
  }
}

/// What is held of a feed comes in order of position, so one pass accepts all that now fits. What the rest waits for is asked
/// for, and it is not read again: it was well signed, and whoever fills the pool must not have all of it checked anew for
/// each statement that comes.
void Replica::retry(Work& work, const std::string& feed) {
  const auto* log = log_of(work, feed);
  if (log == nullptr) return;
  // First: what is taken from the pool, or from beside, may be refused there, and a walk would ask for it without end.
  go_on_where_held(work, feed);
  const auto held_before = pool_.size();
  const bool is_judged_otherwise = work.news.contains(feed) ||
                                   work.news.contains(Work::kEverybody) ||
                                   work.charter->is_evicted(feed);
  for (std::int64_t epoch = 1; !log->of_version(epoch).empty(); ++epoch) {
    if (!pool_.has(feed, epoch)) continue;
    std::set<std::string, std::less<>> awaited;
    for (const auto& key : walks_of(work, feed)) awaited.insert(work.walks.at(key).next.previous);
    const auto fork = work.store.fork(feed, epoch);
    const auto tip = work.store.tip(feed, epoch);
    std::int64_t next = tip ? tip->sequence + 1 : 0;
    std::string end = tip ? tip->hash : "";
    bool is_gap = false;
    const auto may_fit = [&](const HeldPool::Waiting& one) {
      if (is_judged_otherwise || !one.is_checked || awaited.contains(one.hash)) return true;
      if (one.sequence < next || (fork && one.sequence >= fork->sequence)) return true;
      is_gap = is_gap || (one.sequence > next &&
                          !pool_.contains(feed, epoch, one.sequence - 1, one.previous));
      if (one.sequence > next || one.time > work.now + kMaxAhead) return false;
      if (one.sequence != 0 && one.previous != end) {
        work.receipt.need_hashes.emplace(one.previous);
        return false;
      }
      end = one.hash;
      next = one.sequence + 1;
      return true;
    };
    const auto held = pool_.take(feed, epoch, may_fit);
    if (is_gap) work.receipt.need.insert({feed, epoch, next});
    if (held.empty()) continue;
    work.transaction.on_undo([this, held] {
      for (const auto& statement : held) pool_.hold(statement);
    });
    judged_again_ += held.size();
    for (const auto& statement : held) take(work, statement);
  }
  work.has_made_room = work.has_made_room || pool_.size() < held_before;
  take_from_beside(work, feed);
  prove_refused(work, feed);
}

namespace {

/// May it be taken when a log or the charter has changed?
bool may_be_taken_later(const RejectedObject& rejected) {
  switch (rejected.error.code) {
    case ErrorCode::unknown_feed:
    case ErrorCode::key_not_authorised:
    case ErrorCode::bad_signature:
    case ErrorCode::beyond_fork:
    case ErrorCode::beyond_cut:
    case ErrorCode::log_forked:
    case ErrorCode::bad_log_entry:  // it may follow one that is not named yet
    case ErrorCode::not_a_witness:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Replica::note_refused(const Receipt& receipt) {
  const auto& refused = receipt.rejected;
  is_any_refused_ =
      is_any_refused_ || std::any_of(refused.begin(), refused.end(), may_be_taken_later);
}

void Replica::finish(core::Transaction& transaction, Work& work) {
  // A key that came may be a governor's.
  if (!work.news.empty()) settle_votes(work);
  // Each turn follows something that was taken, or that proves a lower fork, so there is a last one.
  do {
    take_ready(work);
    put_counted_on_chain(work);
    for (const auto& feed : std::exchange(work.touched, {})) retry(work, feed);
  } while (!work.touched.empty() || !work.ready.empty());
  note_refused(work.receipt);
  std::erase_if(work.statements,
                [&](const auto& effect) { return work.changed.contains(effect.first); });
  refold(work);
  auto& receipt = work.receipt;
  const std::set<std::string> accepted(receipt.accepted.begin(), receipt.accepted.end());
  std::erase_if(receipt.held, [&](const std::string& hash) { return accepted.contains(hash); });
  std::erase_if(receipt.need_hashes,
                [&](const std::string& hash) { return accepted.contains(hash); });
  std::erase_if(receipt.need, [&](const MissingRange& range) {
    const auto* log = log_of(work, range.feed);
    if (log == nullptr) return true;  // the slot that admitted it is forked
    if (range.epoch == kLogEpoch) {
      const bool is_above_fork = log->fork() && range.from >= *log->fork();
      return !is_above_fork && !log->of_version(range.from).empty() &&
             !log->lacks_named(range.from);
    }
    const auto tip = work.store.tip(range.feed, range.epoch);
    return tip && tip->sequence >= range.from;
  });
  receipt.need.merge(work.need_others);
  auto emergencies = count_emergencies(work);
  is_any_refused_ = is_any_refused_ || work.newly_held.dropped() > 0;
  if (is_any_crowded_out_ && work.has_made_room) {
    work.effects.emplace_back([this](View&) {
      if (std::exchange(is_any_crowded_out_, false)) ++asks_;
    });
  }
  if (work.newly_held.bytes() > 0 || !work.settled.empty()) {
    transaction.after_commit(
        [this, settled = std::move(work.settled), newly_held = work.newly_held.all()] {
          keep_held(settled, newly_held);
        });
  }
  if (work.effects.empty() && work.statements.empty() && work.walks.empty() && walks_.empty() &&
      !uncommitted_walks_ && !work.governs)
    return;
  ++unpublished_;
  transaction.on_undo([this, before = std::exchange(uncommitted_walks_, work.walks)] {
    uncommitted_walks_ = before;
    --unpublished_;
  });
  transaction.after_commit(
      [this, charter = work.governs ? work.charter : nullptr, emergencies = std::move(emergencies),
       newest_entry = work.store.newest_entry(), statements = std::move(work.statements),
       effects = std::move(work.effects), walks = std::move(work.walks)] {
        if (charter) {
          charter_ = charter;
          working_->govern(charter, emergencies);
        }
        newest_entry_ = newest_entry;
        for (const auto& [feed, effect] : statements) effect(*working_);
        for (const auto& effect : effects) effect(*working_);
        {
          const std::lock_guard lock(mutex_);
          walks_ = walks;
        }
        uncommitted_walks_.reset();
        // One snapshot for all that is committed together: the next change copies what a snapshot shares.
        if (--unpublished_ == 0) publish();
      });
}

}  // namespace avow::registry
