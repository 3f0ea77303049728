#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "registry/error.h"

namespace avow::registry {

inline constexpr std::size_t kMaxHeadBytes = std::size_t{12} * 1024;

/// Of so many other members a head says what of theirs has come, at most.
inline constexpr std::size_t kMaxWords = 32;

/// "The last stop of that member that I have counted is this statement": so the member learns who has it, also from those
/// whom it never talks to (propagation.h).
struct Word {
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;
  core::Instant since;  // by the clock of who says it, not after its head

  friend bool operator==(const Word&, const Word&) = default;
};

/// "Sequence s is still my last", signed. Ephemeral: only the newest of a feed is kept.
struct Head {
  std::string network;
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string hash;         // of the statement at that position
  std::int64_t size = 0;    // of the epoch's Merkle log: sequence + 1
  std::string root;         // of that log, "u…"
  std::string status_root;  // RFC 6962 root over the feed's sorted ["status",…] rows, "u…"
  core::Instant time;
  std::int64_t ttl = 0;  // seconds until the author means to sign the next, 1..2678400
  std::string key;
  std::vector<Word> heard = {};  // by feed, each once, not the own; at most kMaxWords

  core::Json json;
  std::string text;     // canonical
  std::string id_hash;  // "u" + SHA-256(0x00 ‖ JCS without proof)
};

/// {"type":"AvowHead","network","feed","epoch","sequence","hash","size","root","statusRoot","time",
///  "ttl","key",["heard"],"proof"}; the rules of form of parse_statement apply. Who has heard of nothing says so by leaving
/// `heard` out.
Result<Head, Error> parse_head(std::string_view text);

/// Signs; the members `json`, `text` and `id_hash` of `head` are not read.
Result<Head, Error> sign_head(const Head& head, const core::Ed25519SigningKey& key);

bool has_good_signature(const Head& head, const core::Ed25519PublicKey& key);

}  // namespace avow::registry
