#include "registry/feed.h"

#include <algorithm>
#include <utility>

namespace avow::registry {
namespace {

Rejected reject(ErrorCode code, std::string detail) {
  return {Error{code, std::move(detail)}};
}

/// The hour's use with one more statement, or nothing if that is one too many.
std::optional<HourUse> use_after(const HourUse& before, const Statement& statement) {
  const auto since_1970 = statement.time.time_since_epoch();
  const std::int64_t hour = std::chrono::floor<std::chrono::hours>(since_1970).count();
  HourUse use = before;
  if (use.hour != hour) use = HourUse{hour, 0, 0, 0};
  if (priority_of(statement.kind) <= 1) {
    ++use.urgent;
  } else {
    ++use.others;
    use.other_bytes += static_cast<std::int64_t>(statement.text.size());
  }
  const bool within = use.urgent <= kMaxUrgentPerHour && use.others <= kMaxOthersPerHour &&
                      use.other_bytes <= kMaxOtherBytesPerHour;
  return within ? std::optional(use) : std::nullopt;
}

/// The chain rules, for a statement that is new at its position and well signed.
Judgement judge_link(const Statement& statement, const FeedFacts& facts, core::Instant now) {
  if (statement.sequence == 0) {
    // So far only epoch 1 is known, and it continues from the network itself.
    if (statement.previous != facts.network) {
      return reject(ErrorCode::bad_previous, "the opening of epoch 1 continues the network id");
    }
  } else {
    const std::int64_t next = facts.tip ? facts.tip->sequence + 1 : 0;
    if (statement.sequence > next) return NeedRange{next};
    if (statement.previous != facts.tip->hash) return NeedHash{statement.previous};
    if (statement.time < facts.tip->time) {
      return reject(ErrorCode::time_went_back, "earlier than the statement before it");
    }
  }
  const auto use = use_after(facts.tip ? facts.tip->use : HourUse{}, statement);
  if (!use) return reject(ErrorCode::hourly_limit, "too many statements in one hour of the feed");
  if (statement.time > now + kMaxAhead) return Held{HoldReason::time_ahead};
  return Accepted{ChainTip{statement.sequence, statement.hash, statement.time, *use}};
}

}  // namespace

Result<void, Error> check_signature(const Statement& statement, const Member& member) {
  const auto* keys = member.keys_in(statement.epoch);
  const auto key = keys == nullptr ? KeysById::const_iterator{} : keys->find(statement.key);
  if (keys == nullptr || key == keys->end()) {
    return fail(Error{ErrorCode::key_not_authorised,
                      "its log entry of that epoch lists no such key for assertionMethod"});
  }
  if (!has_good_signature(statement, key->second)) {
    return fail(Error{ErrorCode::bad_signature, "the signature does not verify"});
  }
  return {};
}

Judgement judge(const Statement& statement, const FeedFacts& facts, core::Instant now) {
  if (statement.network != facts.network) {
    return reject(ErrorCode::wrong_network, "it belongs to another network");
  }
  if (facts.member == nullptr) return reject(ErrorCode::unknown_feed, "no member has this feed");
  if (facts.member->keys_in(statement.epoch) == nullptr) return Held{HoldReason::unknown_epoch};
  const bool held = facts.held_there != nullptr && facts.held_there->hash == statement.hash;
  if (held || std::find(facts.evidence_hashes.begin(), facts.evidence_hashes.end(),
                        statement.hash) != facts.evidence_hashes.end()) {
    return Duplicate{};
  }
  if (facts.frozen_from && statement.sequence >= *facts.frozen_from) {
    return reject(ErrorCode::beyond_fork, "at or above a proven fork of its feed");
  }
  if (const auto good = check_signature(statement, *facts.member); !good) {
    return Rejected{good.error()};
  }
  if (facts.held_there != nullptr) {
    // Same position, other hash, both well signed: make_fork_proof cannot fail.
    return Forked{*make_fork_proof(*facts.held_there, statement)};
  }
  return judge_link(statement, facts, now);
}

Result<void, Error> check_fork_proof(const ForkProof& proof, const Charter& charter) {
  if (proof.a.network != charter.network) {
    return fail(Error{ErrorCode::wrong_network, "it belongs to another network"});
  }
  const auto member = charter.members.find(proof.a.feed);
  if (member == charter.members.end()) {
    return fail(Error{ErrorCode::unknown_feed, "no member has this feed"});
  }
  for (const auto* statement : {&proof.a, &proof.b}) {
    if (auto good = check_signature(*statement, member->second); !good) return good;
  }
  return {};
}

}  // namespace avow::registry
