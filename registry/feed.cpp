#include "registry/feed.h"

#include <algorithm>
#include <utility>

#include "registry/internal/governor_signature.h"

namespace avow::registry {
namespace {

Rejected reject(ErrorCode code, std::string detail) {
  return {Error{code, std::move(detail)}};
}

/// Of what is well signed.
Rejected forbid(ErrorCode code, std::string detail) {
  return {Error{code, std::move(detail)}, /*is_evidence=*/true};
}

/// An opening continues the network itself, or a statement of an earlier epoch.
bool continues_a_statement(const Statement& statement, const FeedFacts& facts) {
  return statement.sequence == 0 && statement.previous != facts.network;
}

/// The chain rules, for a statement that is new at its position and well signed.
Judgement judge_link(const Statement& statement, const FeedFacts& facts, core::Instant now) {
  if (continues_a_statement(statement, facts) && statement.epoch == 1) {
    return forbid(ErrorCode::bad_previous, "the opening of epoch 1 continues the network id");
  }
  if (statement.sequence != 0) {
    const std::int64_t next = facts.tip ? facts.tip->sequence + 1 : 0;
    if (statement.sequence > next) return NeedRange{next};
    if (statement.previous != facts.tip->hash) return NeedHash{statement.previous};
    if (statement.time < facts.tip->time) {
      return forbid(ErrorCode::time_went_back, "earlier than the statement before it");
    }
  }
  const auto use = use_after(facts.tip ? facts.tip->use : HourUse{}, statement, facts.limits);
  if (!use) return forbid(ErrorCode::hourly_limit, "too many statements in one hour of the feed");
  if (statement.time > now + kMaxAhead) return Held{HoldReason::time_ahead};
  if (continues_a_statement(statement, facts) &&
      !(facts.is_continuation_held && facts.is_continuation_held())) {
    return NeedHash{statement.previous};
  }
  return Accepted{ChainTip{statement.sequence, statement.hash, statement.time, *use}};
}

}  // namespace

HourUse use_in_hour_of(core::Instant time, const HourUse& last) {
  const std::int64_t hour = std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
  return last.hour == hour ? last : HourUse{hour, 0, 0, 0};
}

void add_to(HourUse& use, int priority, std::int64_t bytes) {
  if (priority <= 1) {
    ++use.urgent;
  } else {
    ++use.others;
    use.other_bytes += bytes;
  }
}

std::optional<HourUse> use_after(const HourUse& before, const Statement& statement,
                                 const HourLimits& limits) {
  HourUse use = use_in_hour_of(statement.time, before);
  const auto* proof = statement.json.find("proof");
  const auto* value = proof == nullptr ? nullptr : proof->find_string("proofValue");
  const auto unsigned_size = statement.text.size() - (value == nullptr ? 0 : value->size());
  add_to(use, priority_of(statement.kind), static_cast<std::int64_t>(unsigned_size));
  const bool within = use.urgent <= limits.urgent && use.others <= limits.others &&
                      use.other_bytes <= limits.other_bytes;
  return within ? std::optional(use) : std::nullopt;
}

FeedPlace place_of(const Statement& statement) {
  return {statement.epoch, statement.sequence, statement.previous, statement.time};
}

Result<void, Error> check_signature(const Statement& statement, const MemberLog& log) {
  return log.check_key(statement.epoch, statement.key, [&](const core::Ed25519PublicKey& key) {
    return has_good_signature(statement, key);
  });
}

Judgement judge(const Statement& statement, const FeedFacts& facts, core::Instant now) {
  if (statement.network != facts.network) {
    return reject(ErrorCode::wrong_network, "it belongs to another network");
  }
  if (facts.log == nullptr) return reject(ErrorCode::unknown_feed, "no member has this feed");
  if (facts.log->of_version(statement.epoch).empty()) return Held{HoldReason::unknown_epoch};
  const bool held = facts.held_there != nullptr && facts.held_there->hash == statement.hash;
  if (held || std::find(facts.evidence_hashes.begin(), facts.evidence_hashes.end(),
                        statement.hash) != facts.evidence_hashes.end()) {
    return Duplicate{};
  }
  if (facts.frozen_from && statement.sequence >= *facts.frozen_from) {
    return reject(ErrorCode::beyond_fork, "at or above a proven fork of its feed");
  }
  if (const auto good = check_signature(statement, *facts.log); !good) {
    if (may_lack_entries(*facts.log, statement.epoch)) return Held{HoldReason::unknown_epoch};
    return Rejected{good.error()};
  }
  if (facts.held_there != nullptr) {
    // Same position, other hash, both well signed: make_fork_proof cannot fail.
    return Forked{*make_fork_proof(*facts.held_there, statement)};
  }
  return judge_link(statement, facts, now);
}

Result<void, Error> check_ancestor(const Statement& statement, const FeedPlace& next,
                                   std::string_view network, std::string_view feed,
                                   const MemberLog& log) {
  const bool stands_before =
      next.sequence == 0 ? statement.epoch < next.epoch
                         : statement.epoch == next.epoch && statement.sequence == next.sequence - 1;
  if (statement.network != network || statement.feed != feed || !stands_before) {
    return fail(Error{ErrorCode::bad_previous, "what it continues does not stand before it"});
  }
  if (statement.time > next.time) {
    return fail(Error{ErrorCode::time_went_back, "earlier than the statement before it"});
  }
  const bool is_first = statement.epoch == 1 && statement.sequence == 0;
  if (is_first && statement.previous != network) {
    return fail(Error{ErrorCode::bad_previous, "the opening of epoch 1 continues the network id"});
  }
  return check_signature(statement, log);
}

Result<void, Error> check_fork_proof(const ForkProof& proof, std::string_view network,
                                     const MemberLog& log) {
  if (proof.a.network != network) {
    return fail(Error{ErrorCode::wrong_network, "it belongs to another network"});
  }
  for (const auto* statement : {&proof.a, &proof.b}) {
    if (auto good = check_signature(*statement, log); !good) return good;
  }
  return {};
}

}  // namespace avow::registry
