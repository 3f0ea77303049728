#pragma once

#include <string>
#include <vector>

#include "node/cli/console.h"
#include "node/log_approval.h"

namespace avow::node::cli {

/// Asks each of the witnesses at these peer listeners for its proof of a version, and shows who has answered what.
void ask_witnesses(const std::vector<std::string>& urls, const DataDirectory& directory,
                   Organisation& organisation, const AskedVersion& asked, const Console& console);

}  // namespace avow::node::cli
