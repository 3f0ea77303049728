#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/sha256.h"

namespace avow::registry {

/// SHA-256(0x00 ‖ bytes).
/// source RFC 6962 section 2.1 "Merkle Hash Trees"
core::Sha256 leaf_hash(core::ByteView bytes);
/// SHA-256(0x01 ‖ left ‖ right).
core::Sha256 node_hash(const core::Sha256& left, const core::Sha256& right);

/// The root over leaves that are hashes already; the empty tree's is SHA-256 of nothing.
core::Sha256 merkle_root(std::span<const core::Sha256> leaf_hashes);

/// What leads from the leaf at `index` (below their number) to the root, from below.
/// source RFC 6962 section 2.1.1 "Merkle Audit Paths"
std::vector<core::Sha256> merkle_path(std::span<const core::Sha256> leaf_hashes, std::size_t index);
/// The root of a tree of `size` leaves to which that path leads; nothing if no such path can be in such a tree.
/// source RFC 9162 section 2.1.3.2 "Verifying an Inclusion Proof"
std::optional<core::Sha256> root_of_path(const core::Sha256& leaf_hash, std::uint64_t index,
                                         std::uint64_t size, std::span<const core::Sha256> path);

/// An append-only tree that keeps only what its next roots need: at most 64 hashes. Appending costs
/// two hashes on average, a root at most 63.
class MerkleFrontier {
 public:
  void append(const core::Sha256& leaf_hash);
  core::Sha256 root() const;
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<core::Sha256> complete_;  // roots of the complete subtrees, largest first
};

}  // namespace avow::registry
