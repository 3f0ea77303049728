#pragma once

#include <string>

#include "core/database.h"
#include "core/json.h"
#include "registry/gossip/link.h"
#include "registry/replica.h"

namespace avow::registry::testing {

/// A replica as its peers see it. What is pushed with that call; gossip::answer_to_push answers it.
Objects pushed_with(const gossip::Call& call);
bool is_push(const gossip::Call& call);
/// What it answers to any other call. `node`: its name.
core::Json answer_of(const Replica& replica, core::Connection& connection, const gossip::Call& call,
                     const std::string& node = "peer");

}  // namespace avow::registry::testing
