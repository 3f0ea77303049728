#pragma once

#include <string>
#include <string_view>

#include "registry/error.h"
#include "registry/statement.h"

namespace avow::registry {

inline constexpr std::size_t kMaxForkProofBytes = 2 * kMaxStatementBytes + 1024;

/// Two statements of one feed, epoch and sequence with different hashes. Proves itself once both
/// signatures are found good; anyone may publish it, so it carries no signature of its own.
struct ForkProof {
  Statement a;  // the one with the smaller hash
  Statement b;
  std::string text;  // {"type":"AvowForkProof","network","statements":[a,b]}, canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ text)
};

/// fails not_a_fork (another network, feed or position; the same hash)
Result<ForkProof, Error> make_fork_proof(Statement one, Statement other);

/// fails too_large, malformed, not_canonical, not_a_fork; signatures are the caller's to check
Result<ForkProof, Error> parse_fork_proof(std::string_view text);

}  // namespace avow::registry
