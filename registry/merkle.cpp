#include "registry/merkle.h"

#include <algorithm>
#include <array>
#include <bit>

namespace avow::registry {

core::Sha256 leaf_hash(core::ByteView bytes) {
  constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
  return core::sha256({core::ByteView(kLeafPrefix), bytes});
}

core::Sha256 node_hash(const core::Sha256& left, const core::Sha256& right) {
  constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};
  return core::sha256({core::ByteView(kNodePrefix), core::ByteView(left), core::ByteView(right)});
}

core::Sha256 merkle_root(std::span<const core::Sha256> leaf_hashes) {
  MerkleFrontier frontier;
  for (const auto& leaf : leaf_hashes) frontier.append(leaf);
  return frontier.root();
}

std::vector<core::Sha256> merkle_path(std::span<const core::Sha256> leaf_hashes,
                                      std::size_t index) {
  std::vector<core::Sha256> path;
  // Downwards: the half without the leaf is what its other half is joined with.
  while (leaf_hashes.size() > 1) {
    const auto left = std::bit_floor(leaf_hashes.size() - 1);
    const bool is_left = index < left;
    path.push_back(merkle_root(is_left ? leaf_hashes.subspan(left) : leaf_hashes.first(left)));
    leaf_hashes = is_left ? leaf_hashes.first(left) : leaf_hashes.subspan(left);
    if (!is_left) index -= left;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::optional<core::Sha256> root_of_path(const core::Sha256& leaf_hash, std::uint64_t index,
                                         std::uint64_t size, std::span<const core::Sha256> path) {
  if (index >= size) return std::nullopt;
  auto last = size - 1;  // of this level
  auto hash = leaf_hash;
  for (const auto& beside : path) {
    if (last == 0) return std::nullopt;
    if ((index & 1U) != 0 || index == last) {
      hash = node_hash(beside, hash);
      // The last one of a level without a neighbour goes up as it is.
      while ((index & 1U) == 0 && index != 0) {
        index >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, beside);
    }
    index >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return std::nullopt;
  return hash;
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
