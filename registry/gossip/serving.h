#pragma once

#include <string>

#include "registry/gossip/fair_share.h"
#include "registry/gossip/messages.h"

namespace avow::registry::gossip {

/// The answer to who pushed what came to this. `asked`: of who pushes, in one answer after another.
PushAnswer answer_to_push(Receipt receipt, std::string root, LastAsked& asked);

}  // namespace avow::registry::gossip
