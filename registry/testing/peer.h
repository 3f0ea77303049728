#pragma once

#include <functional>
#include <string>

#include "core/database.h"
#include "core/json.h"
#include "registry/gossip/fair_share.h"
#include "registry/gossip/link.h"
#include "registry/replica.h"

namespace avow::registry::testing {

/// A replica as its peers see it: what it answers to a link's call. `receive` takes what was pushed.
core::Json answer_of(const Replica& replica, core::Connection& connection, const gossip::Call& call,
                     gossip::LastAsked& asked,
                     const std::function<Receipt(const Objects&)>& receive);

}  // namespace avow::registry::testing
