#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/sha256.h"

namespace avow::registry {

/// SHA-256(0x00 ‖ bytes).
/// source RFC 6962 section 2.1 "Merkle Hash Trees"
core::Sha256 leaf_hash(core::ByteView bytes);

/// The root over leaves that are hashes already; the empty tree's is SHA-256 of nothing.
core::Sha256 merkle_root(std::span<const core::Sha256> leaf_hashes);

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
