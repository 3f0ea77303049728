#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "interop-tests/harness/node.h"

namespace avow::interop {

/// Remembers every statement that nodes have ever shown to peers, to see a position signed twice.
class FeedWatch {
 public:
  /// Reads what a node has that was not read from it before. Throws if the node does not answer.
  void read(const Node& node);

  std::size_t statements() const { return hashes_.size(); }
  /// Positions under which two hashes were seen, in words; empty if there are none.
  const std::string& signed_twice() const { return signed_twice_; }

 private:
  void remember(const std::string& text);

  using Position = std::tuple<std::string, std::int64_t, std::int64_t>;  // feed, epoch, sequence
  std::map<Position, std::string> hashes_;
  std::map<std::string, std::int64_t> cursors_;  // by the node's name
  std::string signed_twice_;
};

}  // namespace avow::interop
