#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/timestamp.h"
#include "registry/error.h"

namespace avow::registry {

inline constexpr std::size_t kMaxStatementBytes = std::size_t{64} * 1024;
inline constexpr int kMaxStatementDepth = 8;

/// What a statement says. An advisory is chained without effect, like every kind whose name is not known; their
/// priorities are part of the chain rule from the start.
enum class StatementKind {
  epoch_open,
  node_set,
  did_document,
  accredit,
  accredit_revoke,
  status_list,
  status_delta,
  agent_suspend,
  agent_disown,
  key_compromised,
  status_base,
  issued,
  advisory,
  unknown,
};

std::string_view name_of(StatementKind kind);  // "epoch.open", …; "unknown" for `unknown`
StatementKind kind_named(std::string_view name);
/// 0 is the most urgent.
/// source registry/README.md "Wire formats"
int priority_of(StatementKind kind);
inline constexpr int kStopPriority = 1;
inline constexpr int kHeadPriority = 3;
inline constexpr int kForkProofPriority = 0;
inline constexpr int kLogEntryPriority = 0;

/// One signed link of an organisation's feed, read and checked for form. What an object of this
/// type says was in canonical text; whether its signature is good is asked with has_good_signature.
struct Statement {
  std::string network;
  std::string feed;  // the SCID of the organisation
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string previous;  // hash of the statement before; of an opening: what it continues from
  std::string key;       // DID URL of the signing key
  core::Instant time;
  StatementKind kind = StatementKind::unknown;
  std::string kind_name;
  core::Json body;  // an object

  core::Json json;      // everything, with the proof
  std::string text;     // canonical, stored and relayed verbatim
  core::Sha256 leaf{};  // SHA-256(0x00 ‖ JCS(statement without proof)), an RFC 6962 leaf
  std::string hash;     // the same as "u…"
};

/// Which statement of a feed.
struct SaidAt {
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;

  friend auto operator<=>(const SaidAt&, const SaidAt&) = default;
};

/// Reads a statement.
///
/// fails too_large (> 64 KiB); malformed (not JSON, deeper than 8, a null or a number that is no safe
///       integer, a member missing, unknown or out of form, a proof of other than the five members,
///       verificationMethod other than `key`, epoch.open elsewhere than at sequence 0); not_canonical
/// pure  thread-safe
/// source registry/README.md "Wire formats"
Result<Statement, Error> parse_statement(std::string_view text);

/// What the author of a statement decides.
struct StatementDraft {
  std::string network;
  std::string feed;
  std::int64_t epoch = 1;
  std::int64_t sequence = 0;
  std::string previous;
  std::string key;
  core::Instant time;
  std::string kind;
  core::Json body = core::Json::object();
};

/// Signs a draft.
/// fails what parse_statement fails with: what would not be read is not signed
Result<Statement, Error> sign_statement(const StatementDraft& draft,
                                        const core::Ed25519SigningKey& key);

bool has_good_signature(const Statement& statement, const core::Ed25519PublicKey& key);

}  // namespace avow::registry
