#include "registry/own_votes.h"

#include <algorithm>
#include <utility>

namespace avow::registry {
namespace {

Error vote_fault(ErrorCode code, std::string detail) {
  return {code, std::move(detail)};
}

/// Nothing was accepted: why.
Result<void, Error> accepted(const Result<Receipt, Error>& receipt) {
  if (!receipt) return fail(receipt.error());
  if (!receipt->rejected.empty()) return fail(receipt->rejected.front().error);
  if (receipt->accepted.empty())
    return fail(vote_fault(ErrorCode::vote_refused, "it is not taken here"));
  return {};
}

}  // namespace

OwnVotes::OwnVotes(Replica& replica, GuardFile& guard, const core::Ed25519SigningKey& key,
                   std::string scid, std::string key_id, std::int64_t epoch)
    : replica_(replica),
      guard_(
          guard,
          [&replica](const GuardMark& mark) { replica.release_votes(mark.epoch, mark.sequence); }),
      key_(key),
      scid_(std::move(scid)),
      key_id_(std::move(key_id)),
      epoch_(epoch) {}

/// Every vote of ours that is held of that slot was made by this node.
Result<void, Error> OwnVotes::check_ours(FeedReader& store, std::int64_t slot) const {
  const auto ours = store.own_votes(slot);
  for (const auto& text : store.votes(slot)) {
    const auto vote = parse_vote(text);
    if (!vote || vote->governor != scid_) continue;
    if (std::find(ours.begin(), ours.end(), vote->hash) == ours.end()) {
      return fail(
          vote_fault(ErrorCode::foreign_statement,
                     "a vote of ours on slot " + std::to_string(slot) +
                         " was not made by this node, or it has forgotten it: another copy of it "
                         "runs, a backup was restored, or our key is stolen. This node votes again "
                         "when that slot is decided"));
    }
  }
  return {};
}

/// Is the last vote that the guard file knows of ours here too?
Result<void, Error> OwnVotes::check_guard(FeedReader& store, const std::optional<GuardMark>& mark,
                                          std::int64_t open) {
  if (!mark || mark->epoch < open) return {};
  const auto ours = store.own_votes(mark->epoch);
  const auto at = static_cast<std::size_t>(mark->sequence);
  if (at < ours.size() && ours[at] == mark->hash) return {};
  return fail(
      vote_fault(ErrorCode::restored_backup,
                 "the guard file knows of a vote of ours on slot " + std::to_string(mark->epoch) +
                     " that the database has not: a backup was restored, or another copy of "
                     "this node runs"));
}

Result<void, Error> OwnVotes::check(core::Connection& connection) {
  FeedReader store(connection);
  const auto view = replica_.view();
  if (!view) return fail(vote_fault(ErrorCode::no_charter, "this node has no charter yet"));
  const auto open = view->charter().slot() + 1;
  const auto mark = guard_.in_file();
  // What the guard file knows of has left long ago. Held back, the oldest of it would stop the change log for all that
  // came after it.
  if (mark && *mark) replica_.release_votes((*mark)->epoch, (*mark)->sequence);
  const auto whole = mark ? check_guard(store, *mark, open) : fail(mark.error());
  if (!whole) {
    guard_.refuse(whole.error());
    return fail(whole.error());
  }
  guard_.agree(*mark, store.last_own_vote(open));
  // Also where a vote of ours was made elsewhere: what this node has signed is here, so it may leave.
  auto brought = guard_.bring_forward();
  auto ours = check_ours(store, open);
  if (!ours) guard_.refuse(ours.error());
  return ours ? brought : ours;
}

Result<std::optional<GuardLoss>, Error> OwnVotes::guard_loss(core::Connection& connection) const {
  const auto view = replica_.view();
  const auto mark = guard_.in_file();
  if (!mark) return fail(mark.error());
  const auto open = view ? view->charter().slot() + 1 : 0;
  return guard_.loss(*mark, FeedReader(connection).last_own_vote(open));
}

/// The mark says how many there were and which was the last, so nothing is missing if as many are held and that is one of
/// them. The others' order tells nothing: of each round and phase there is one.
Result<void, Error> OwnVotes::recall(core::Transaction& transaction) {
  const auto mark = guard_.in_file();
  if (!mark) return fail(mark.error());
  FeedWriter store(transaction);
  const auto slot = *mark ? (*mark)->epoch : 0;
  const auto known = store.own_votes(slot);
  std::vector<Vote> back;
  for (const auto& text : store.votes(slot)) {
    auto vote = parse_vote(text);
    if (vote && vote->governor == scid_ &&
        std::find(known.begin(), known.end(), vote->hash) == known.end()) {
      back.push_back(std::move(*vote));
    }
  }
  const auto last = std::find_if(back.begin(), back.end(), [&](const Vote& vote) {
    return *mark && vote.hash == (*mark)->hash;
  });
  const auto held = static_cast<std::int64_t>(known.size() + back.size());
  if (last == back.end() || held != (*mark)->sequence + 1) {
    return fail(vote_fault(ErrorCode::restored_backup, "not exactly our votes have come back"));
  }
  std::rotate(last, last + 1, back.end());
  for (const auto& vote : back) {
    if (auto first = store.put_own_vote(vote); !first) return first;
  }
  return {};
}

Result<Vote, Error> OwnVotes::sign(core::Transaction& transaction, std::int64_t slot,
                                   const Ballot& ballot, const std::string& value) {
  if (auto may = guard_.may_sign(); !may) return fail(may.error());
  FeedWriter store(transaction);
  const auto election = replica_.election_to_write(store);
  if (!election) return fail(election.error());
  const auto& charter = election->charter();
  if (charter.forked_slot) {
    return fail(
        vote_fault(ErrorCode::governance_stopped,
                   "two values of slot " + std::to_string(*charter.forked_slot) + " are decided"));
  }
  if (const auto why = charter.unknown_rules())
    return fail(vote_fault(ErrorCode::governance_stopped, *why));
  if (slot != charter.slot() + 1) {
    return fail(
        vote_fault(slot <= charter.slot() ? ErrorCode::slot_decided : ErrorCode::bad_slot,
                   "slot " + std::to_string(charter.slot()) + " is the last that is decided"));
  }
  if (charter.governor(scid_) == nullptr) {
    return fail(vote_fault(ErrorCode::not_a_governor, scid_ + " does not govern"));
  }
  if (auto ours = check_ours(store, slot); !ours) return fail(ours.error());
  if (auto may = election->may_sign(scid_, ballot, value); !may) return fail(may.error());
  Vote draft;
  draft.network = charter.network;
  draft.slot = slot;
  draft.previous = charter.slot_hash();
  draft.round = ballot.round;
  draft.phase = ballot.phase;
  draft.value = value;
  draft.lock = ballot.lock;
  draft.governor = scid_;
  draft.epoch = epoch_;
  draft.key = key_id_;
  auto vote = sign_vote(draft, key_);
  if (!vote) return vote;
  if (auto first = store.put_own_vote(*vote); !first) return fail(first.error());
  guard_.sign(transaction, *store.own_vote(vote->hash));
  return vote;
}

Result<Vote, Error> OwnVotes::propose(core::Transaction& transaction, const Slot& slot,
                                      core::Instant now) {
  FeedWriter store(transaction);
  const auto election = replica_.election_to_write(store);
  if (!election) return fail(election.error());
  const Ballot prepare{election->tally().open_round(), VotePhase::prepare, 0, 0};
  auto vote = sign(transaction, slot.number, prepare, slot.hash);
  if (!vote) return vote;
  Objects objects;
  objects.slots = {make_proposal(slot, *vote).text};
  if (auto taken = accepted(replica_.receive(transaction, objects, "", now)); !taken) {
    return fail(taken.error());
  }
  return vote;
}

Result<Vote, Error> OwnVotes::vote(core::Transaction& transaction, std::int64_t slot,
                                   const Ballot& ballot, const std::string& value,
                                   core::Instant now) {
  auto vote = sign(transaction, slot, ballot, value);
  if (!vote) return vote;
  Objects objects;
  objects.votes = {vote->text};
  if (auto taken = accepted(replica_.receive(transaction, objects, "", now)); !taken) {
    return fail(taken.error());
  }
  return vote;
}

/// What this node remembers, and what others hold by the key of now, which a backup may have forgotten. An earlier key
/// may be a thief's: what is known by it alone must not keep its governor from speaking.
std::optional<core::Instant> OwnVotes::signed_near(FeedReader& store, const std::string& scid,
                                                   core::Instant from) const {
  if (auto ours = store.own_emergency_near(scid, from)) return ours;
  for (const auto& one : store.emergencies_about(scid)) {
    if (one.governor != scid_ || one.epoch != epoch_) continue;
    if (one.from < from + kEmergencyPause && from < one.from + kEmergencyPause) return one.from;
  }
  return std::nullopt;
}

Result<Emergency, Error> OwnVotes::suspend(core::Transaction& transaction, const std::string& scid,
                                           core::Instant from, core::Instant until,
                                           core::Instant now) {
  FeedWriter store(transaction);
  const auto election = replica_.election_to_write(store);
  if (!election) return fail(election.error());
  // Others would wait for the slot that admits it; we say nothing of whom we do not know.
  if (!election->charter().members.contains(scid)) {
    return fail(vote_fault(ErrorCode::unknown_feed, scid + " is not a member"));
  }
  const auto* governor = election->charter().governor(scid_);
  if (governor == nullptr || epoch_ < governor->version) {
    return fail(vote_fault(ErrorCode::not_a_governor, scid_ + " does not govern"));
  }
  if (const auto near = signed_near(store, scid, from)) {
    return fail(vote_fault(ErrorCode::emergency_too_soon,
                           "we signed one for it from " + core::format_milliseconds(*near)));
  }
  Emergency draft;
  draft.network = election->charter().network;
  draft.scid = scid;
  draft.from = from;
  draft.until = until;
  draft.governor = scid_;
  draft.epoch = epoch_;
  draft.key = key_id_;
  auto emergency = sign_emergency(draft, key_);
  if (!emergency) return emergency;
  store.put_own_emergency(*emergency);
  Objects objects;
  objects.emergencies = {emergency->text};
  if (auto taken = accepted(replica_.receive(transaction, objects, "", now)); !taken) {
    return fail(taken.error());
  }
  return emergency;
}

Result<void, Error> OwnVotes::release() {
  return guard_.release();
}

}  // namespace avow::registry
