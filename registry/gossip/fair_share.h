#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "registry/replica.h"

/// Whose gaps go into a request that does not hold all: anybody who signs can be missing thousands of statements, and
/// must not keep another's from being asked for.
namespace avow::registry::gossip {

/// Where the last request ended; what it left out comes first in the next.
struct LastAsked {
  std::string feed = {};                                      // after which the next begins
  std::map<std::string, registry::MissingRange> ranges = {};  // of each feed, the last one
  std::string hash = {};
};

/// At most kMaxBatch: first one range of each feed, then another of each … Peers give them in this order until an answer is
/// full, so each time another feed is the first.
std::vector<registry::MissingRange> fair_ranges(const std::set<registry::MissingRange>& need,
                                                LastAsked& last);
/// At most kMaxBatch. Whose they are nobody knows yet.
std::vector<std::string> fair_hashes(const std::set<std::string>& need, LastAsked& last);

/// fair_ranges() as they are asked for: of each feed as many statements as its share of an answer.
std::vector<registry::StatementRange> fair_request(const std::set<registry::MissingRange>& need,
                                                   LastAsked& last);

}  // namespace avow::registry::gossip
