// The side of a replica that follows the chain of slots. Each batch reads the votes from the store anew: they are few,
// and what an earlier batch of the same commit has written is there.

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

constexpr auto kNoEnd = std::numeric_limits<std::int64_t>::max();

/// As canonical text ends, whose last member of three is `type`.
bool is_decision(std::string_view text) {
  return text.ends_with(R"("type":"AvowDecision"})");
}

Election election_in(FeedReader& store, const std::shared_ptr<const Charter>& charter) {
  Election election(charter);
  for (const auto& text : store.votes(charter->slot() + 1)) {
    if (const auto vote = parse_vote(text)) election.put(*vote);
  }
  for (const auto& text : store.proposals(charter->slot() + 1)) {
    if (const auto proposal = parse_proposal(text)) election.put(*proposal);
  }
  return election;
}

/// Why nothing more can be voted on or decided here.
std::optional<Error> stop_of(const Charter& charter) {
  if (charter.forked_slot) return Error{ErrorCode::governance_stopped, "a slot is forked"};
  if (auto why = charter.unknown_rules())
    return Error{ErrorCode::governance_stopped, std::move(*why)};
  return std::nullopt;
}

/// The slots after `from`, up to `end` at most.
Result<Charter, Error> fold_slots(FeedReader& store, Charter from, std::int64_t end,
                                  bool allow_localhost) {
  for (const auto& text : store.slots_after(from.slot())) {
    if (from.slot() >= end || from.unknown_rules()) break;  // later ones: other software was here
    const auto decided = parse_decision(text);
    auto next = decided ? follow_slot(from, decided->slot, allow_localhost) : fail(decided.error());
    if (!next) {
      return fail(Error{ErrorCode::malformed, "the stored slot " + std::to_string(from.slot() + 1) +
                                                  " does not fit: " + next.error().detail});
    }
    from = std::move(*next);
  }
  return from;
}

}  // namespace

Result<std::shared_ptr<const Charter>, Error> Replica::in_force(FeedReader& store) const {
  const auto forked = store.forked_slot();
  const bool is_same_fork = forked == charter_->forked_slot;
  if (is_same_fork && store.slots_after(charter_->slot()).empty()) return charter_;
  auto folded = fold_slots(store, is_same_fork ? *charter_ : *founding_, kNoEnd, allow_localhost_);
  if (!folded) return fail(folded.error());
  folded->forked_slot = forked;
  return std::make_shared<const Charter>(std::move(*folded));
}

Result<Election, Error> Replica::election(FeedReader& store) const {
  const auto current = view();
  if (!current) return fail(Error{ErrorCode::no_charter, "this node has no charter yet"});
  return election_in(store, {current, &current->charter()});
}

Result<std::vector<PastSlot>, Error> Replica::history(FeedReader& store) const {
  const auto current = view();
  if (!current) return fail(Error{ErrorCode::no_charter, "this node has no charter yet"});
  const auto any_time = *core::parse_rfc3339("9999-01-01T00:00:00Z");
  auto charter = verify_charter(current->charter().text, any_time, allow_localhost_);
  if (!charter) return fail(charter.error());
  std::vector<PastSlot> past;
  for (const auto& text : store.slots_after(1)) {
    if (charter->unknown_rules()) break;
    const auto decided = parse_decision(text);
    if (!decided) return fail(decided.error());
    PastSlot slot{decided->slot.number, decided->slot.hash, in_words(*charter, decided->slot), {}};
    for (const auto& vote : decided->commits) slot.by.push_back(vote.governor);
    past.push_back(std::move(slot));
    auto next = follow_slot(*charter, decided->slot, allow_localhost_);
    if (!next) return fail(next.error());
    *charter = std::move(*next);
  }
  return past;
}

Result<Election, Error> Replica::election_to_write(FeedReader& store) const {
  if (!charter_) return fail(Error{ErrorCode::no_charter, "this node has no charter yet"});
  const auto charter = in_force(store);
  if (!charter) return fail(charter.error());
  return election_in(store, *charter);
}

Election& Replica::election_of(Work& work) const {
  if (!work.election) work.election = election_in(work.store, work.charter);
  return *work.election;
}

void Replica::take_governance(Work& work, const Objects& objects) {
  const auto take_each = [&](const std::vector<std::string>& texts,
                             void (Replica::*take_one)(Work&, const std::string&)) {
    for (const auto* text : once_each(texts)) (this->*take_one)(work, *text);
  };
  take_each(objects.slots, &Replica::take_slot);
  take_each(objects.votes, &Replica::take_vote);
  take_each(objects.emergencies, &Replica::take_emergency);
  // What is held is judged as before unless something came of this batch: who pushes what nobody takes causes no pass.
  const auto& receipt = work.receipt;
  if (!receipt.accepted.empty() || !receipt.decided.empty() || !work.news.empty())
    settle_votes(work);
}

void Replica::take_vote(Work& work, const std::string& text) {
  auto& receipt = work.receipt;
  const auto vote = parse_vote(text);
  if (!vote) {
    receipt.rejected.push_back({"", vote.error()});
    return;
  }
  if (auto stopped = stop_of(*work.charter)) {
    receipt.rejected.push_back({vote->hash, std::move(*stopped)});
    return;
  }
  if (work.store.object(ObjectClass::vote, vote->hash)) {
    receipt.duplicate.push_back(vote->hash);  // without a look at what else is held
    return;
  }
  const auto taken =
      election_of(work).take(*vote, [&](std::string_view scid) { return log_of(work, scid); });
  if (!taken) {
    // Late is no fault: the slot was decided without it.
    if (taken.error().code == ErrorCode::slot_decided) {
      receipt.duplicate.push_back(vote->hash);
    } else {
      // Another entry of that version may list its key, under a name that this one has too.
      const auto code = taken.error().code;
      is_any_refused_ = is_any_refused_ || code == ErrorCode::key_not_authorised ||
                        code == ErrorCode::bad_signature;
      receipt.rejected.push_back({vote->hash, taken.error()});
    }
    return;
  }
  switch (*taken) {
    case Election::Taken::taken:
      receipt.accepted.push_back(vote->hash);
      queue_for_peers(work, work.store.put_vote(*vote));
      break;
    case Election::Taken::duplicate:
      receipt.duplicate.push_back(vote->hash);
      break;
    case Election::Taken::held:
      hold_signed(work, ObjectClass::vote, text, vote->hash, {signed_by(*vote)},
                  check_vote_signature);
      break;
  }
}

void Replica::take_slot(Work& work, const std::string& text) {
  if (is_decision(text)) return take_decision(work, text);
  auto& receipt = work.receipt;
  const auto proposal = parse_proposal(text);
  if (!proposal) {
    receipt.rejected.push_back({"", proposal.error()});
    return;
  }
  if (const auto* refusal = refusal_of(work, proposal->slot)) {
    receipt.rejected.push_back({proposal->hash, *refusal});
    return;
  }
  take_vote(work, proposal->vote.text);
  if (auto stopped = stop_of(*work.charter)) {
    receipt.rejected.push_back({proposal->hash, std::move(*stopped)});
    return;
  }
  const auto taken = election_of(work).take(
      *proposal, [&](std::string_view scid) { return log_of(work, scid); }, allow_localhost_);
  if (taken ? *taken == Election::Taken::taken : taken.error().code == ErrorCode::bad_slot)
    ++slots_tried_;
  const bool is_known =
      taken ? *taken == Election::Taken::duplicate : taken.error().code == ErrorCode::slot_decided;
  if (is_known) {
    receipt.duplicate.push_back(proposal->hash);
  } else if (!taken) {
    if (taken.error().code == ErrorCode::bad_slot)
      note_refusal(work, proposal->slot, taken.error());
    receipt.rejected.push_back({proposal->hash, taken.error()});
  } else if (*taken == Election::Taken::held) {
    hold_signed(work, ObjectClass::slot, text, proposal->hash, {signed_by(proposal->vote)},
                check_vote_signature);
  } else {
    receipt.accepted.push_back(proposal->hash);
    queue_for_peers(work, work.store.put_proposal(*proposal));
  }
}

/// Whether a slot may follow is a function of it and the charter. To find out costs more than to send it, so what may not
/// is remembered: a governor signs few for one slot (voting.h), and anybody may repeat them.
const Error* Replica::refusal_of(const Work& work, const Slot& slot) const {
  if (refused_after_ != work.charter->slot_hash()) return nullptr;
  const auto found = refused_slots_.find(slot.hash);
  return found == refused_slots_.end() ? nullptr : &found->second;
}

void Replica::note_refusal(const Work& work, const Slot& slot, const Error& refusal) {
  if (refused_after_ != work.charter->slot_hash() || refused_slots_.size() == kMaxRefusedSlots)
    refused_slots_.clear();
  refused_after_ = work.charter->slot_hash();
  refused_slots_.emplace(slot.hash, refusal);
}

void Replica::take_decision(Work& work, const std::string& text) {
  auto& receipt = work.receipt;
  const auto decided = parse_decision(text);
  if (!decided) {
    receipt.rejected.push_back({"", decided.error()});
    return;
  }
  const auto n = decided->slot.number;
  if (decided->slot.network != work.charter->network) {
    receipt.rejected.push_back(
        {decided->hash, {ErrorCode::wrong_network, "it belongs to another network"}});
    return;
  }
  if (work.store.object(ObjectClass::slot, decided->hash)) {
    receipt.duplicate.push_back(decided->hash);
    return;
  }
  if (n <= work.charter->slot() || n == work.charter->forked_slot) {
    return take_second_decision(work, *decided);
  }
  if (auto stopped = stop_of(*work.charter)) {
    receipt.rejected.push_back({decided->hash, std::move(*stopped)});
    return;
  }
  if (n > work.charter->slot() + 1) return hold_decision(work, *decided);
  const auto good = check_decided(work, *decided, *work.charter);
  if (!good && good.error().code == ErrorCode::epoch_unknown) {
    hold_decision(work, *decided);
  } else if (!good) {
    receipt.rejected.push_back({decided->hash, good.error()});
  } else if (const auto applied = follow_slot(*work.charter, decided->slot, allow_localhost_);
             !applied) {
    receipt.rejected.push_back({decided->hash, applied.error()});
  } else {
    receipt.accepted.push_back(decided->hash);
    decide(work, *good);
  }
}

/// By the entries that are kept; or, if it cannot be good otherwise, with others, which are kept from then on.
Result<DecidedSlot, Error> Replica::check_decided(Work& work, const DecidedSlot& decided,
                                                  const Charter& charter) {
  const LogOf kept = [&](std::string_view scid) { return log_of(work, scid); };
  ++decisions_checked_;
  auto good = check_decision(decided, charter, kept);
  if (good || good.error().code != ErrorCode::epoch_unknown || spares_.empty()) return good;
  if (!check_decision(decided, charter, with_spares(kept, spares_))) return good;
  take_spares(work, decided.commits, charter);
  return check_decision(decided, charter, kept);
}

/// Keeps the spare entries with whose keys these votes are signed: of as many as a quorum lacks, and what those follow.
void Replica::take_spares(Work& work, const std::vector<Vote>& votes, const Charter& charter) {
  const auto needed = static_cast<std::size_t>(charter.quorum);
  const LogOf kept = [&](std::string_view scid) { return log_of(work, scid); };
  const auto longer = with_spares(kept, spares_);
  std::vector<std::vector<LogEntryPtr>> lacking;
  std::size_t good = 0;
  for (const auto& vote : votes) {
    if (check_commit_signature(signed_by(vote), kept, charter)) {
      ++good;
      continue;
    }
    for (const auto& entry :
         voting_entries(*longer(vote.governor), vote.governor, vote.epoch, charter)) {
      const auto key = entry->keys.find(vote.key);
      if (key == entry->keys.end() || !has_good_signature(vote, key->second)) continue;
      lacking.push_back(spares_.lacking(*kept(vote.governor), *entry));
      break;
    }
  }
  for (std::size_t i = 0; good + i < needed && i < lacking.size(); ++i) {
    for (const auto& entry : lacking[i])
      accept_entry(work, *log_of(work, entry->webvh.scid), entry);
  }
}

/// Signed by members, as many as can be a quorum, before anything is folded for it: so nobody else makes us do that.
Result<void, Error> Replica::check_commits(Work& work, const DecidedSlot& decided,
                                           const LogOf& log_of) const {
  std::set<std::string> governors;
  std::set<std::string> unknown;
  for (const auto& vote : decided.commits) {
    const auto good = check_commit_signature(signed_by(vote), log_of);
    if (good) {
      governors.insert(vote.governor);
    } else if (good.error().code == ErrorCode::epoch_unknown) {
      unknown.insert(vote.governor);
    }
  }
  // Who decided the value that is held governed then, and perhaps others: the quorum was that of so many or higher.
  std::set<std::string> before;
  const auto slots = governors.empty() ? std::vector<std::string>{}
                                       : work.store.slots_after(decided.slot.number - 1);
  if (const auto held = parse_decision(slots.empty() ? "" : slots.front())) {
    for (const auto& vote : held->commits) before.insert(vote.governor);
  }
  const auto needed = static_cast<std::size_t>(quorum_of(before.size()));
  if (governors.size() < needed) {
    if (governors.size() + unknown.size() >= needed)
      return fail(Error{ErrorCode::epoch_unknown, "keys of its governors are not known here"});
    return fail(Error{ErrorCode::not_decided,
                      std::to_string(governors.size()) + " commits are no quorum of that slot"});
  }
  return {};
}

/// Of a slot that has a value already: more than a third of its governors signed twice, or this is no decision. It is
/// never held: where a key is not known here yet, its log is asked for, and who pushed this tries again.
void Replica::take_second_decision(Work& work, const DecidedSlot& decided) {
  auto& receipt = work.receipt;
  const auto n = decided.slot.number;
  if (work.charter->forked_slot && n >= *work.charter->forked_slot) {
    receipt.duplicate.push_back(decided.hash);  // one pair is evidence enough
    return;
  }
  const LogOf kept = [&](std::string_view scid) { return log_of(work, scid); };
  auto signed_well = check_commits(work, decided, kept);
  if (!signed_well && signed_well.error().code == ErrorCode::epoch_unknown)
    signed_well = check_commits(work, decided, with_spares(kept, spares_));
  if (!signed_well) {
    if (signed_well.error().code != ErrorCode::epoch_unknown) {
      receipt.rejected.push_back({decided.hash, signed_well.error()});
      return;
    }
    for (const auto& vote : decided.commits) {
      const auto good = check_commit_signature(signed_by(vote), kept);
      const bool is_unknown = !good && good.error().code == ErrorCode::epoch_unknown;
      if (is_unknown && log_of(work, vote.governor) != nullptr)
        need_keys(work, vote.governor, vote.epoch);
    }
    return;
  }
  auto before = fold_slots(work.store, *founding_, n - 1, allow_localhost_);
  const auto good = before ? check_decided(work, decided, *before) : fail(before.error());
  if (!good) {
    receipt.rejected.push_back({decided.hash, good.error()});
    return;
  }
  queue_for_peers(work, work.store.put_slot_fork(*good));
  receipt.accepted.push_back(decided.hash);
  receipt.forked_slot = n;
  before->forked_slot = n;
  change_charter(work, std::move(*before));
}

void Replica::decide(Work& work, const DecidedSlot& decided) {
  auto next = follow_slot(*work.charter, decided.slot, allow_localhost_);
  if (!next) return;  // an election takes no proposal that cannot be applied
  queue_for_peers(work, work.store.put_slot(decided));
  work.receipt.decided.push_back(decided.slot.number);
  change_charter(work, std::move(*next));
}

void Replica::change_charter(Work& work, Charter charter) {
  const auto before =
      std::exchange(work.charter, std::make_shared<const Charter>(std::move(charter)));
  work.election.reset();
  work.governs = true;
  ++work.news[std::string(Work::kEverybody)];
  ask_anew(work);
  note_change(work, *before);
}

/// What a slot, or two decided values of one, mean for feeds: newcomers have logs, and of whom is evicted, or is no longer,
/// another branch counts.
void Replica::note_change(Work& work, const Charter& before) {
  if (work.charter->witness_lists.size() != before.witness_lists.size())
    note_witnesses(work, before);
  for (const auto& [scid, member] : work.charter->members) {
    if (!before.members.contains(scid)) {
      auto log = load_log(work.store, member, *work.charter);
      work.logs.insert_or_assign(
          scid, log ? std::move(*log) : std::make_shared<const MemberLog>(member.entry));
    }
    const auto& cut = work.charter->standing_of(scid).evicted;
    if (cut.has_value() == before.is_evicted(scid)) continue;
    end_walks(work, scid);
    work.changed.insert(scid);
    work.touched.insert(scid);
    if (cut) {
      seek_cut(work, scid, *cut);
      drop_emergencies_by(work, scid);
    }
  }
  for (const auto& [scid, member] : before.members) {
    if (work.charter->members.contains(scid)) continue;
    end_walks(work, scid);
    work.changed.insert(scid);
  }
  if (work.charter->settled != before.settled) note_settlements(work, before);
}

/// A list of witnesses more: entries that name it may count. One fewer, for two values of a slot are decided: those that
/// have named it do not count.
void Replica::note_witnesses(Work& work, const Charter& before) {
  if (work.charter->witness_lists.size() > before.witness_lists.size()) {
    for (const auto& feed : held_entries_.feeds()) judge_held(work, held_entries_.take(feed));
    return;
  }
  for (const auto& [scid, member] : work.charter->members) reload_log(work, member);
}

}  // namespace avow::registry
