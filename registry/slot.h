#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "registry/charter.h"
#include "registry/error.h"

namespace avow::registry {

inline constexpr std::size_t kMaxSlotBytes = std::size_t{256} * 1024;

/// A slot after the first, read for form: what governors vote on.
struct Slot {
  std::string network;
  std::int64_t number = 2;
  std::string previous;  // hash of the slot before
  core::Json json;
  std::string text;  // canonical
  std::string hash;  // "u" + SHA-256(0x00 ‖ JCS)
};

/// {"network","slot","previous","actions":[1..256]}, each action one of (times as in statements)
///   {"action":"admit","scid","entry"}                          `entry` the first of its log, with pre-rotation
///   {"action":"suspend"|"reinstate","scid","from"}
///   {"action":"evict","scid","epoch","sequence","hash"}        the last statement that counts, or 1, -1, "" for none
///   {"action":"grant","member","types","depth","from","until"?} until = from: from then on none
///   {"action":"parameter","name":"freshness","value"}
///   {"action":"settle","scid","version","entryHash"}
///   {"action":"charter",…}                                     as in slot 1; at most one
/// fails too_large, malformed, not_canonical
Result<Slot, Error> parse_slot(std::string_view text);

/// The slot after `before` with these actions.
/// fails what parse_slot and apply_slot fail with: what would not be taken is not proposed
Result<Slot, Error> draft_slot(const Charter& before, core::Json::Array actions,
                               bool allow_localhost);

/// What is in force after it. Depends on the chain alone: the same slot on the same charter gives the same everywhere.
/// fails bad_slot: it does not follow `before`, or an action is out of form or says what cannot be (who is not admitted
///       or is evicted cannot be suspended, a member that is suspended not again, an eviction not be undone, …); the
///       detail names the action
/// pure  no clock, no store
Result<Charter, Error> apply_slot(const Charter& before, const Slot& slot, bool allow_localhost);

/// What is in force after it, if it is decided: its governors may know more than this software. If the rules version of its
/// charter is a later one, it is taken by its hash and that version alone (Charter::unknown_rules), and no other follows it
/// here; else as apply_slot.
Result<Charter, Error> follow_slot(const Charter& before, const Slot& slot, bool allow_localhost);

/// The charter of these governors with all else as it is, as an action of a slot.
core::Json charter_action(const Charter& in_force, const std::vector<Governor>& governors);

/// One line for each action of a slot that apply_slot takes, with all that it says, for whoever is about to sign: "admit did:webvh:…", "evict …: nothing after … counts".
std::vector<std::string> in_words(const Charter& before, const Slot& slot);

}  // namespace avow::registry
