#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/timestamp.h"
#include "registry/charter.h"
#include "registry/error.h"
#include "registry/fork_proof.h"
#include "registry/statement.h"

namespace avow::registry {

/// How far a statement's or head's time may lie ahead of our clock before it is held.
inline constexpr core::Milliseconds kMaxAhead = std::chrono::seconds(120);

/// The chain rule: per UTC hour of the feed's own time.
inline constexpr std::int64_t kMaxUrgentPerHour = 72'000;  // priority ≤ 1
inline constexpr std::int64_t kMaxOthersPerHour = 3'600;   // priority ≥ 2
inline constexpr std::int64_t kMaxOtherBytesPerHour = std::int64_t{64} << 20;

/// What a feed used of the UTC hour in which its last statement lies.
struct HourUse {
  std::int64_t hour = 0;  // hours since 1970
  std::int64_t urgent = 0;
  std::int64_t others = 0;
  std::int64_t other_bytes = 0;

  friend bool operator==(const HourUse&, const HourUse&) = default;
};

/// The last statement accepted in one epoch of a feed.
struct ChainTip {
  std::int64_t sequence = 0;
  std::string hash;
  core::Instant time;
  HourUse use;

  friend bool operator==(const ChainTip&, const ChainTip&) = default;
};

/// What judging one statement needs to know of its feed and epoch.
struct FeedFacts {
  std::string_view network;
  const Member* member = nullptr;  // null: nobody's feed
  std::optional<ChainTip> tip = {};
  /// The statement held at the position in question, if any.
  const Statement* held_there = nullptr;
  std::optional<std::int64_t> frozen_from = {};     // lowest proven fork of this epoch
  std::array<std::string, 2> evidence_hashes = {};  // of that proof
};

struct Accepted {
  ChainTip tip;  // the feed's, afterwards
};
struct Duplicate {};
/// Statements from this sequence on are missing before it.
struct NeedRange {
  std::int64_t from;
};
/// It continues another statement than the one held there: that one is needed, and will prove a fork.
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

/// Checks the key's right and the signature.
/// fails key_not_authorised, bad_signature; the epoch of `statement` must be known to `member`
Result<void, Error> check_signature(const Statement& statement, const Member& member);

/// Checks a fork proof against its author's keys.
/// fails unknown_feed, wrong_network, key_not_authorised (also: its epoch is not known), bad_signature
Result<void, Error> check_fork_proof(const ForkProof& proof, const Charter& charter);

}  // namespace avow::registry
