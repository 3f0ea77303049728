#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "did/did_webvh.h"
#include "registry/error.h"

namespace avow::registry {

inline constexpr std::size_t kMaxWitnesses = 64;

/// The witnesses that charters have named, in the order of their slots; the last are in force. Of w witnesses
/// floor(2w/3) + 1 are the threshold; an empty list asks for none.
using WitnessLists = std::vector<did::WebvhWitnesses>;

/// The same keys with the same threshold, in whatever order.
bool are_same(const did::WebvhWitnesses& one, const did::WebvhWitnesses& other);

/// May a member's log that had `before` in force have `after` from now on? Both are lists of the charter, and the later
/// does not come before the earlier: so nobody returns to witnesses that the charter has left, and the answer can only
/// change from no to yes when another slot becomes known.
bool may_follow(const WitnessLists& lists, const did::WebvhWitnesses& before,
                const did::WebvhWitnesses& after);

/// The key of a witness that any of them names by this Multikey.
std::optional<core::Ed25519PublicKey> witness_named(const WitnessLists& lists,
                                                    std::string_view multikey);

/// [{"id":"did:key:z6Mk…"}…], at most 64, none twice: what a charter action has.
/// fails bad_charter
Result<did::WebvhWitnesses, Error> read_charter_witnesses(const core::Json::Array& items,
                                                          const std::string& path);
core::Json to_json(const did::WebvhWitnesses& witnesses);

/// The same in the order of their ids, with the threshold that a charter asks for.
did::WebvhWitnesses charter_witnesses(std::vector<core::Ed25519PublicKey> keys);

}  // namespace avow::registry
