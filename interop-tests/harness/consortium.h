#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/testing/temp_dir.h"
#include "interop-tests/harness/node.h"

namespace avow::interop {

struct ConsortiumOptions {
  std::vector<std::string> names = {"acme", "globex", "initech"};
  /// Who is whose peer, by position; both know each other. A line: the ends never talk.
  std::vector<std::pair<std::size_t, std::size_t>> links = {{0, 1}, {1, 2}};
  std::chrono::seconds freshness{900};  // after which an issuer not heard of is stale
  std::size_t witnesses = 0;  // so many of the nodes, from the first on, witness members' logs
};

/// Acme and Globex, who never talk.
ConsortiumOptions two_members_apart();

/// Organisations that have founded a charter and signed it, the same in all that a program makes with the same names,
/// freshness and witnesses. Their nodes are not started yet.
class Consortium {
 public:
  explicit Consortium(const ConsortiumOptions& options = {});

  Node& operator[](std::size_t position) { return *nodes_.at(position); }
  std::size_t size() const { return nodes_.size(); }
  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path charter() const;

  /// Starts every node.
  void start();
  /// Waits until all running nodes have the same view. Throws if they never do.
  void settle();

 private:
  const core::testing::TempDir folder_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

/// The file of a charter with these founders, drafted and signed by `signers`.
void found_charter(const std::filesystem::path& file, const std::vector<const Node*>& founders,
                   const std::vector<const Node*>& signers, std::chrono::seconds freshness);

}  // namespace avow::interop
