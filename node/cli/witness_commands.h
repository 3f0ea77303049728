#pragma once

#include <string>
#include <vector>

#include "node/cli/console.h"
#include "node/log_approval.h"

namespace avow::node::cli {

/// Is each of these the URL of a peer listener? Asked before anything is made.
/// fails usage
Result<void, Error> check_witness_urls(const std::vector<std::string>& urls);
/// Asks each of the witnesses at these peer listeners for its proof of a version, and shows who has answered what.
void ask_witnesses(const std::vector<std::string>& urls, const DataDirectory& directory,
                   Organisation& organisation, const AskedVersion& asked, const Console& console);

}  // namespace avow::node::cli
