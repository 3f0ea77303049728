#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/database.h"
#include "core/json.h"
#include "core/sha256.h"
#include "core/timestamp.h"
#include "node/error.h"

namespace avow::node {

/// Who did what to whom. Never holds a secret or a whole credential.
struct AuditEntry {
  std::string actor;    // a DID
  std::string action;   // "credential.revoke"
  std::string subject;  // a DID or an id
  core::Json detail;
};

struct AuditRow {
  std::int64_t seq = 0;  // 1, 2, … without gaps
  std::string time;      // RFC 3339 with milliseconds; may go back when the clock did
  AuditEntry entry;
  core::Sha256 prev{};  // the hash of the row before; zeros for the first
  core::Sha256 hash{};
};

/// What a walk along the whole chain found. Rows cut off at the end leave a good chain: they show when `head` is
/// compared with one that somebody else kept.
struct AuditReport {
  struct Fault {
    std::int64_t seq;
    std::string reason;
  };
  std::int64_t rows = 0;  // good ones, from the first
  core::Sha256 head{};    // the hash of the last good row; zeros if there is none
  std::optional<Fault> first_fault;
};

/// A row's hash: SHA-256 over "avow audit row v1\n" ‖ prev ‖ RFC 8785 of {seq, time, actor, action, subject, detail}.
core::Sha256 audit_hash(const AuditRow& row);

/// The audit log: a table whose rows are chained by hashes, written in the transaction of what it records, so that
/// nothing happens without its row and no row tells of what did not happen.
class AuditLog {
 public:
  static constexpr std::size_t kMaxTextBytes = 2048;
  static constexpr std::size_t kMaxDetailBytes = 65'536;

  static std::span<const core::Migration> migrations();

  /// Throws std::length_error over the limits, and what the transaction throws, which undoes the caller's write.
  /// gives the row's number
  std::int64_t append(core::Transaction& transaction, core::Instant now,
                      const AuditEntry& entry) const;

  /// Checks the whole database, then walks the whole chain in one snapshot.
  /// A row that cannot be read because the file is damaged is a bad row.
  /// fails storage (also: the file is damaged in another table)
  Result<AuditReport, Error> verify(core::Database& database) const;

  /// The last `count` rows (at most 1000), oldest first.
  /// fails storage
  Result<std::vector<AuditRow>, Error> tail(core::Database& database, std::size_t count) const;
};

}  // namespace avow::node
