#pragma once

#include <string>
#include <vector>

#include "core/json.h"
#include "registry/decided_slot.h"
#include "registry/emergency.h"
#include "registry/slot.h"
#include "registry/testing/consortium.h"

namespace avow::registry::testing {

core::Json suspend_action(const std::string& scid, const char* from);
core::Json reinstate_action(const std::string& scid, const char* from);
/// Nothing counts after `cut`.
core::Json evict_action(const Statement& cut);
/// That entry of its version counts.
core::Json settle_action(const did::WebvhEntry& named);
core::Json settle_action(const std::string& scid, std::int64_t version,
                         const std::string& entry_hash);
core::Json admit_action(const Organisation& organisation);
core::Json charter_action(const std::vector<std::string>& scids);

/// A vote of one organisation on the slot after `charter`.
Vote cast(const Organisation& by, const Charter& charter, VotePhase phase, std::int64_t round,
          const std::string& value, std::int64_t lock = 0);

/// What it takes to decide a slot: its proposal and everybody's votes. A quorum is enough.
struct Ballots {
  Slot slot;
  std::string proposal;
  std::vector<std::string> votes;  // prepares, then commits
  std::string decision;
};

Ballots ballots_for(const std::vector<const Organisation*>& governors, const Charter& charter,
                    core::Json::Array actions);

Ballots ballots_for(const std::vector<const Organisation*>& governors, const Charter& charter,
                    Slot slot);

/// Read for form alone: what may follow, and what not.
Slot slot_after(const Charter& charter, core::Json::Array actions);
/// A slot of the next rules version, and of nothing else that is known of it.
Slot slot_of_later_rules(const Charter& charter);

Emergency emergency_by(const Organisation& by, const Charter& charter, const std::string& scid,
                       const char* from, const char* until);

}  // namespace avow::registry::testing
