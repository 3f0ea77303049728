// What a replica takes beside statements: the entries of members' logs, and heads.

#include <algorithm>
#include <tuple>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

std::string version_id_of(const UnverifiedEntry& entry) {
  return std::to_string(entry.version) + "-" + entry.hash;
}

std::tuple<std::int64_t, std::int64_t, core::Instant> age_order(const Head& head) {
  return {head.epoch, head.sequence, head.time};
}

/// Do they tell of different statements up to the same position? Then their author has shown two histories, and nothing
/// here says which is the true one.
bool contradict(const Head& one, const Head& other) {
  return one.epoch == other.epoch && one.sequence == other.sequence &&
         (one.hash != other.hash || one.root != other.root);
}

}  // namespace

/// As this transaction has it; null if that is no member's.
const MemberLog* Replica::log_of(const Work& work, std::string_view feed) const {
  if (!work.charter->members.contains(feed)) return nullptr;
  const auto gone_on = work.logs.find(feed);
  return gone_on != work.logs.end() ? gone_on->second.get() : working_->log(feed);
}

void Replica::need_entries(Work& work, const std::string& feed) const {
  work.receipt.need.insert({feed, kLogEpoch, log_of(work, feed)->first_wanted()});
}

/// Of that version, none of which is here has them.
void Replica::need_keys(Work& work, const std::string& feed, std::int64_t version) const {
  need_entries(work, feed);
  const auto* log = log_of(work, feed);
  if (version < log->first_wanted()) work.need_others.insert({feed, kLogEpoch, version});
  // It may follow one that is not here either.
  const auto disputed = log->first_disputed();
  if (disputed && version > *disputed) work.need_others.insert({feed, kLogEpoch, *disputed});
}

void Replica::take_entry(Work& work, const UnverifiedEntry& entry) {
  auto& receipt = work.receipt;
  const auto* log = log_of(work, entry.feed);
  if (log == nullptr) {
    receipt.rejected.push_back(
        {entry.hash, Error{ErrorCode::unknown_feed, "no member has this log"}});
    return;
  }
  const auto proofs = held_proofs_.of(version_id_of(entry));
  auto judged = judge_log_entry(
      entry, *log, proofs, {work.charter->witness_lists, allow_localhost_, false, true}, work.now);
  auto* accepted = std::get_if<EntryAccepted>(&judged);
  if (accepted != nullptr && !log->has_room_for(*accepted->entry))
    judged = Error{ErrorCode::log_forked, "two such entries are held above the fork"};
  accepted = std::get_if<EntryAccepted>(&judged);
  if (accepted != nullptr) {
    accept_entry(work, *log, std::move(accepted->entry));
  } else if (std::holds_alternative<EntryDuplicate>(judged)) {
    receipt.duplicate.push_back(entry.hash);
  } else if (const auto* fault = std::get_if<Error>(&judged)) {
    receipt.rejected.push_back({entry.hash, *fault});
    keep_spare(work, entry, *log);
  } else if (std::holds_alternative<EntryNeeds>(judged) && keep_spare(work, entry, *log)) {
    receipt.rejected.push_back(
        {entry.hash,
         Error{ErrorCode::log_forked, "it follows an entry beyond the two that are held"}});
  } else {
    hold_entry(work, entry, judged);
  }
}

/// It is refused, and comes again when it is asked for; until then what governors decided may need its keys.
/// gives whether it is spare, now or from before
bool Replica::keep_spare(Work& work, const UnverifiedEntry& entry, const MemberLog& log) {
  const auto disputed = log.first_disputed();
  if (!disputed || entry.version < *disputed) return false;
  if (spares_.find(entry.feed, entry.hash)) return true;
  const auto judged =
      judge_log_entry(entry, spares_.with(log, entry.feed), held_proofs_.of(version_id_of(entry)),
                      {work.charter->witness_lists, allow_localhost_, true, true}, work.now);
  const auto* good = std::get_if<EntryAccepted>(&judged);
  if (good == nullptr) return false;
  spares_.put(entry.feed, good->entry);
  ++held_anew_;  // spare at once; what it makes good is undone with this transaction
  ++work.news[entry.feed];
  judge_held(work, held_entries_.take(entry.feed, entry.version + 1));
  return true;
}

void Replica::hold_entry(Work& work, const UnverifiedEntry& entry, const EntryJudgement& judged) {
  using Verified = HeldEntries::Verified;
  work.receipt.held.insert(entry.hash);
  if (const auto* ahead = std::get_if<EntryAhead>(&judged))
    return held_entries_.hold(entry, Verified::yes, ahead->from);
  // Whoever counts it has its proofs, and gives them with it.
  need_entries(work, entry.feed);
  const auto* needs = std::get_if<EntryNeeds>(&judged);
  if (needs == nullptr) return held_entries_.hold(entry, Verified::yes);
  work.receipt.need.insert({entry.feed, kLogEpoch, needs->from});
  // What lies further ahead comes in order, by what is asked for.
  const auto last = log_of(work, entry.feed)->newest_held() +
                    static_cast<std::int64_t>(HeldEntries::kMaxPerFeed) + 1;
  if (entry.version <= last) held_entries_.hold(entry, Verified::no);
}

void Replica::accept_entry(Work& work, const MemberLog& log, LogEntryPtr entry) {
  const std::string feed = entry->webvh.scid;
  const auto version = entry->webvh.version;
  queue_for_peers(work, work.store.put_log_entry(feed, *entry));
  work.receipt.accepted.push_back(entry->webvh.entry_hash);
  work.touched.insert(feed);
  ++work.news[feed];
  accept_held_proofs(work, feed, entry->webvh.version_id);
  ask_anew(work);
  const auto& member = *work.charter->find(feed);
  const bool replaces =
      log.settles(version, entry->webvh.entry_hash) && !log.of_version(version).empty();
  if (replaces) {
    reload_log(work, member);
    need_entries(work, feed);  // those that follow it were refused
  } else {
    auto longer = std::make_shared<MemberLog>(log);
    const auto taken = entry;
    longer->add(std::move(entry));
    const bool forks = longer->fork() != log.fork();
    std::shared_ptr<const MemberLog> now = std::move(longer);
    if (forks && log.has_set_aside_above(version)) {
      if (auto loaded = load_log(work.store, member, *work.charter)) now = std::move(*loaded);
    }
    if (forks) {
      work.changed.insert(feed);
      work.receipt.frozen.push_back(feed);
    }
    // What stands on an entry that only now is seen beside another was refused.
    const auto disputed = now->first_disputed();
    if (disputed && disputed != log.first_disputed()) {
      work.need_others.insert({feed, kLogEpoch, *disputed});
    } else if (disputed && now->counted(version) != taken.get()) {
      work.need_others.insert({feed, kLogEpoch, version + 1});
    }
    work.effects.emplace_back([feed, now](View& view) { view.set_log(feed, now); });
    work.logs.insert_or_assign(feed, std::move(now));
    if (forks) need_entries(work, feed);
  }
  judge_held(work, replaces ? held_entries_.take(feed) : held_entries_.take(feed, version + 1));
}

/// What was held before this batch is none of what its sender asked about, unless it is taken now.
void Replica::judge_held(Work& work, const std::vector<UnverifiedEntry>& entries) {
  // They are held no more: if this is undone, they must come again.
  if (!entries.empty()) work.transaction.on_undo([this] { ++asks_; });
  const auto held_of_batch = work.receipt.held;
  const auto rejected_of_batch = work.receipt.rejected;
  for (const auto& entry : entries) take_entry(work, entry);
  note_refused(work.receipt);
  work.receipt.held = held_of_batch;
  work.receipt.rejected = rejected_of_batch;
}

void Replica::take_witness_proof(Work& work, const WitnessProof& proof) {
  auto& receipt = work.receipt;
  const auto reject = [&](ErrorCode code, std::string detail) {
    receipt.rejected.push_back({proof.hash, Error{code, std::move(detail)}});
  };
  const auto* log = log_of(work, proof.feed);
  if (log == nullptr) return reject(ErrorCode::unknown_feed, "no member has this log");
  if (work.store.has_witness_proof(proof)) {
    receipt.duplicate.push_back(proof.hash);
    return;
  }
  const auto key = witness_named(work.charter->witness_lists, proof.proof.witness);
  if (!key) return reject(ErrorCode::not_a_witness, "no charter names this witness");
  if (!did::verify_webvh_witness_proof(proof.proof, *key)) {
    return reject(ErrorCode::bad_signature, "the signature of the witness does not verify");
  }
  if (log->holds(proof.version, proof.entry_hash)) return accept_witness_proof(work, proof);
  // The label is not signed. What is about an entry of another log, or about a first one, which no log waits for, takes no
  // room.
  const auto known = work.store.object(ObjectClass::log_entry, proof.entry_hash);
  if (proof.version == 1 || (known && known->id.feed != proof.feed)) {
    return reject(ErrorCode::bad_log_entry, "that log has no such entry");
  }
  receipt.held.insert(proof.hash);
  if (!held_proofs_.hold(proof)) return;
  need_entries(work, proof.feed);
  judge_held(work, held_entries_.take_with(proof.version, proof.entry_hash));
}

/// What waited for an entry that counts now, each with the label of its log.
void Replica::accept_held_proofs(Work& work, const std::string& feed,
                                 const std::string& version_id) {
  for (const auto& held : held_proofs_.of(version_id)) {
    const auto proof = parse_witness_proof(witness_proof_text(feed, held));
    if (proof) accept_witness_proof(work, *proof);
  }
  held_proofs_.drop(version_id);
}

void Replica::accept_witness_proof(Work& work, const WitnessProof& proof) {
  queue_for_peers(work, work.store.put_witness_proof(proof));
  work.receipt.accepted.push_back(proof.hash);
}

void Replica::take_head(Work& work, const Head& head) {
  auto& receipt = work.receipt;
  const auto reject = [&](ErrorCode code, std::string detail) {
    receipt.rejected.push_back({head.id_hash, Error{code, std::move(detail)}});
  };
  if (head.network != charter_->network) {
    return reject(ErrorCode::wrong_network, "it belongs to another network");
  }
  const auto* log = log_of(work, head.feed);
  if (log == nullptr) {
    return reject(ErrorCode::unknown_feed, "no member has this feed");
  }
  const bool is_unknown = log->of_version(head.epoch).empty();
  if (is_unknown || head.time > work.now + kMaxAhead) {
    // Not kept: its author signs another soon.
    receipt.held.insert(head.id_hash);
    if (is_unknown) need_entries(work, head.feed);
    return;
  }
  if (work.charter->is_beyond_cut(head.feed, head.epoch, head.sequence)) {
    return reject(ErrorCode::beyond_cut, "its author was evicted before it");
  }
  if (head.epoch < counted_epoch(work.store, head.feed, *log)) {
    return reject(ErrorCode::epoch_closed, "a later epoch of its feed is open");
  }
  const auto fork = work.store.fork(head.feed, head.epoch);
  if (fork && head.sequence >= fork->sequence) {
    return reject(ErrorCode::beyond_fork, "at or above a proven fork of its feed");
  }
  const auto text = work.store.head(head.feed);
  const auto known = text ? parse_head(*text) : fail(Error{});
  const auto hash_there = work.store.hash_at(head.feed, head.epoch, head.sequence);
  const bool contradicts_known = known && contradict(head, *known);
  const bool may_contradict = contradicts_known || (!hash_there.empty() && hash_there != head.hash);
  if (known && !may_contradict && age_order(head) <= age_order(*known)) {
    receipt.duplicate.push_back(head.id_hash);
    return;
  }
  const auto good = log->check_key(head.epoch, head.key, [&](const core::Ed25519PublicKey& key) {
    return has_good_signature(head, key);
  });
  if (!good && may_lack_entries(*log, head.epoch)) {
    receipt.held.insert(head.id_hash);
    return need_entries(work, head.feed);
  }
  if (!good) return reject(good.error().code, good.error().detail);
  if (contradicts_known) {
    return reject(ErrorCode::consistency_failure,
                  "a head signed for sequence " + std::to_string(head.sequence) +
                      " contradicts another that its author has signed for it");
  }
  if (const auto agrees = working_->check_head(head, hash_there); !agrees) {
    return reject(agrees.error().code, agrees.error().detail);
  }
  queue_for_peers(work, work.store.put_head(head));
  receipt.accepted.push_back(head.id_hash);
  const bool is_ahead = hash_there.empty();
  if (is_ahead) {
    const auto tip = work.store.tip(head.feed, head.epoch);
    receipt.need.insert({head.feed, head.epoch, tip ? tip->sequence + 1 : 0});
  }
  const auto shared = std::make_shared<const Head>(head);
  work.effects.emplace_back([shared, is_ahead](View& view) { view.take_head(*shared, is_ahead); });
}

/// What it said before the slot that admitted it came was refused.
void Replica::want_newcomer(const MemberLog& log, const std::string& scid, Receipt& receipt) const {
  const auto newest = log.newest_counted();
  receipt.need.insert({scid, kLogEpoch, newest + 1});
  for (const auto epoch : {std::int64_t{1}, newest}) receipt.need.insert({scid, epoch, 0});
}

namespace {

/// The one from which on nothing of its feed counts; an opening's twin has nothing before it that could be lower.
std::optional<StoredFork> lowest_fork(FeedReader& store, const std::string& feed,
                                      const MemberLog& log) {
  const auto counted = counted_epoch(store, feed, log);
  for (const auto& [epoch, sequence] : store.forks(feed)) {
    if (epoch >= counted && sequence > 0 && log.counted(epoch) != nullptr)
      return store.fork(feed, epoch);
  }
  return std::nullopt;
}

}  // namespace

Receipt Replica::wanted(core::Connection& connection) const {
  Receipt receipt;
  const auto current = view();
  if (!current) return receipt;
  FeedReader store(connection);
  const auto forked = store.forked_feeds();  // asked once: of a thousand members few are
  for (const auto& [scid, member] : current->charter().members) {
    if (current->charter().is_evicted(scid))
      continue;  // a walk seeks the cut, and nothing else is taken
    const auto* fold = current->feed(scid);
    if (fold == nullptr && member.slot > 1) want_newcomer(*current->log(scid), scid, receipt);
    for (const auto& [version, hash] : current->charter().settlements_of(scid)) {
      if (current->log(scid)->lacks_named(version)) receipt.need_hashes.insert(hash);
    }
    // Of others nothing shows, and anybody with keys of many versions makes one for each.
    const auto fork =
        forked.contains(scid) ? lowest_fork(store, scid, *current->log(scid)) : std::nullopt;
    const auto proof = fork ? parse_fork_proof(fork->text) : fail(Error{});
    if (proof) add_missing_ancestors(store, *proof, receipt);
    if (const auto* ahead = current->head_ahead(scid)) {
      const auto tip = store.tip(scid, ahead->epoch);
      receipt.need.insert({scid, ahead->epoch, tip ? tip->sequence + 1 : 0});
    }
  }
  // A few of each feed, others with each call: who opens many leaves room to ask for what others said.
  std::map<std::string, std::vector<FeedPlace>, std::less<>> awaited;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, walk] : walks_) awaited[key.first].push_back(walk.next);
  }
  const auto turn = wanted_++;
  for (const auto& [feed, places] : awaited) {
    for (std::size_t i = 0; i < std::min(places.size(), kMaxWantedWalks); ++i) {
      const auto& next = places[(turn * kMaxWantedWalks + i) % places.size()];
      need_ancestors(store, feed, next, receipt);
    }
  }
  return receipt;
}

}  // namespace avow::registry
