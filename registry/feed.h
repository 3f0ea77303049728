#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/timestamp.h"
#include "registry/error.h"
#include "registry/fork_proof.h"
#include "registry/member_log.h"
#include "registry/statement.h"

namespace avow::registry {

/// How far a statement's or head's time may lie ahead of our clock before it is held.
inline constexpr core::Milliseconds kMaxAhead = std::chrono::seconds(120);

/// The chain rule: per UTC hour of the feed's own time.
inline constexpr std::int64_t kMaxUrgentPerHour = 72'000;  // priority ≤ 1
inline constexpr std::int64_t kMaxOthersPerHour = 3'600;   // priority ≥ 2
inline constexpr std::int64_t kMaxOtherBytesPerHour = std::int64_t{64} << 20;

/// Other numbers than these are for tests: nodes that count otherwise differ.
struct HourLimits {
  std::int64_t urgent = kMaxUrgentPerHour;
  std::int64_t others = kMaxOthersPerHour;
  std::int64_t other_bytes = kMaxOtherBytesPerHour;
};

/// What a feed used of the UTC hour in which its last statement lies.
struct HourUse {
  std::int64_t hour = 0;  // hours since 1970
  std::int64_t urgent = 0;
  std::int64_t others = 0;
  std::int64_t other_bytes = 0;

  friend bool operator==(const HourUse&, const HourUse&) = default;
};

/// What is used of the hour of `time`, which is not before the last statement.
HourUse use_in_hour_of(core::Instant time, const HourUse& last);
/// One more statement in that hour; `bytes` without its proofValue, which may be longer in another copy of it.
void add_to(HourUse& use, int priority, std::int64_t bytes);
/// What is used with one more statement, or nothing if that is one too many. `before` is that of the statement before it in
/// its epoch: what a chain uses hangs on nothing else, so it does not matter how a statement came here.
std::optional<HourUse> use_after(const HourUse& before, const Statement& statement,
                                 const HourLimits& limits);

/// The last statement accepted in one epoch of a feed.
struct ChainTip {
  std::int64_t sequence = 0;
  std::string hash;
  core::Instant time;
  HourUse use;

  friend bool operator==(const ChainTip&, const ChainTip&) = default;
};

/// A statement's place in its feed.
struct FeedPlace {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string previous;
  core::Instant time;
};

FeedPlace place_of(const Statement& statement);

/// What judging one statement needs to know of its feed and epoch.
struct FeedFacts {
  std::string_view network;
  const MemberLog* log = nullptr;  // null: nobody's feed
  std::optional<ChainTip> tip = {};
  /// Of a later epoch's opening: is all that it continues held, each before the next? Asked last, of what could be
  /// accepted otherwise: it may read a lot. Null: no.
  std::function<bool()> is_continuation_held = {};
  /// The statement held at the position in question, if any.
  const Statement* held_there = nullptr;
  std::optional<std::int64_t> frozen_from = {};     // lowest proven fork of this epoch
  std::array<std::string, 2> evidence_hashes = {};  // of that proof
  HourLimits limits = {};
};

struct Accepted {
  ChainTip tip;  // the feed's, afterwards
};
struct Duplicate {};
/// Statements from this sequence on are missing before it.
struct NeedRange {
  std::int64_t from;
};
/// It continues this statement, which is not held: of a later epoch's opening, what it continues; else another than
/// the one held there, which will prove a fork.
struct NeedHash {
  std::string hash;
};
enum class HoldReason { unknown_epoch, time_ahead };
struct Held {
  HoldReason reason;
};
struct Forked {
  ForkProof proof;
};
struct Rejected {
  Error error;
  /// It can never stand at its place, but its author has signed it: another there proves a fork.
  bool is_evidence = false;
};
using Judgement = std::variant<Accepted, Duplicate, NeedRange, NeedHash, Held, Forked, Rejected>;

/// Decides on a well-formed statement by form, signature and chain alone, cheap questions first. The
/// clock can only delay an acceptance, never decide one.
///
/// codes of a rejection: wrong_network, unknown_feed, beyond_fork, key_not_authorised, bad_signature,
///       bad_previous, time_went_back, hourly_limit
/// pure  no store, no network
/// source registry/README.md "What it promises", "Wire formats"
Judgement judge(const Statement& statement, const FeedFacts& facts, core::Instant now);

/// Is it what `next`, an opening or an ancestor of one, continues? Then it is accepted, whatever else is held: the
/// opening's signature vouches for it. `statement` has the hash that `next` names.
/// fails key_not_authorised, bad_signature, bad_previous (of another feed or network, not before `next`), time_went_back
Result<void, Error> check_ancestor(const Statement& statement, const FeedPlace& next,
                                   std::string_view network, std::string_view feed,
                                   const MemberLog& log);

/// Checks the key's right and the signature.
/// fails key_not_authorised (also: its epoch is not known), bad_signature
Result<void, Error> check_signature(const Statement& statement, const MemberLog& log);

/// Checks a fork proof against the keys of its author, whose log knows its epoch.
/// fails wrong_network, key_not_authorised, bad_signature
Result<void, Error> check_fork_proof(const ForkProof& proof, std::string_view network,
                                     const MemberLog& log);

}  // namespace avow::registry
