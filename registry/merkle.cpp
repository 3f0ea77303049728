#include "registry/merkle.h"

#include <array>

namespace avow::registry {
namespace {

core::Sha256 node_hash(const core::Sha256& left, const core::Sha256& right) {
  constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};
  return core::sha256({core::ByteView(kNodePrefix), core::ByteView(left), core::ByteView(right)});
}

}  // namespace

core::Sha256 leaf_hash(core::ByteView bytes) {
  constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
  return core::sha256({core::ByteView(kLeafPrefix), bytes});
}

core::Sha256 merkle_root(std::span<const core::Sha256> leaf_hashes) {
  MerkleFrontier frontier;
  for (const auto& leaf : leaf_hashes) frontier.append(leaf);
  return frontier.root();
}

// As in a binary counter: each one-bit of the size is a complete subtree, and appending carries.
void MerkleFrontier::append(const core::Sha256& leaf_hash) {
  auto carried = leaf_hash;
  for (auto bits = size_; (bits & 1U) != 0; bits >>= 1U) {
    carried = node_hash(complete_.back(), carried);
    complete_.pop_back();
  }
  complete_.push_back(carried);
  ++size_;
}

core::Sha256 MerkleFrontier::root() const {
  if (complete_.empty()) return core::sha256(core::ByteView{});
  auto root = complete_.back();
  for (auto left = complete_.rbegin() + 1; left != complete_.rend(); ++left) {
    root = node_hash(*left, root);
  }
  return root;
}

}  // namespace avow::registry
