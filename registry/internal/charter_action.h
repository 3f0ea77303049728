#pragma once

#include <string>

#include "core/json.h"
#include "core/timestamp.h"
#include "registry/charter.h"
#include "registry/error.h"

namespace avow::registry {

/// The actions that slot 1 and later slots have in common. All fail with bad_charter (or too_large), the detail with
/// `path`, where the action stands.

/// Replaces governors, quorum, freshness and rules in `out`, and adds its witnesses if they are others.
Result<void, Error> read_charter_action(const core::Json& action, const std::string& path,
                                        std::int64_t max_version, Charter& out);
/// Adds a member: its first entry has pre-rotation and names the charter's witnesses. Being admitted stands in for
/// their proofs of it.
Result<void, Error> read_admit(const core::Json& action, const std::string& path, core::Instant now,
                               bool allow_localhost, Charter& out);
/// `has_times`: with `from` and, if it ends, `until`.
Result<Grant, Error> read_grant(const core::Json& action, const std::string& path, bool has_times);

/// What must hold after each slot: governors are members in standing and named once, the quorum is theirs, grants are
/// to members, locations are apart.
Result<void, Error> check_consistency(const Charter& charter);

}  // namespace avow::registry
