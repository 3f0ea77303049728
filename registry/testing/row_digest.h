#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/multibase.h"
#include "registry/merkle.h"

namespace avow::registry::testing {

/// The digest of a set of leaves as registry/README.md defines it, from the first bit on, all of it anew.
inline core::Sha256 digest_of_leaves(const std::set<core::Sha256>& leaves, std::size_t bit = 0) {
  if (leaves.empty()) return core::sha256(core::ByteView{});
  if (leaves.size() == 1) return *leaves.begin();
  std::set<core::Sha256> zeros;
  std::set<core::Sha256> ones;
  for (const auto& leaf : leaves) {
    const bool is_one = (static_cast<unsigned>(leaf[bit / 8]) & (0x80U >> (bit % 8))) != 0;
    (is_one ? ones : zeros).insert(leaf);
  }
  if (zeros.empty() || ones.empty()) return digest_of_leaves(leaves, bit + 1);
  return node_hash(digest_of_leaves(zeros, bit + 1), digest_of_leaves(ones, bit + 1));
}

/// What a "fold" row says of these, each a JCS text.
inline std::string digest_of_rows(const std::vector<std::string>& rows) {
  std::set<core::Sha256> leaves;
  for (const auto& row : rows) leaves.insert(leaf_hash(core::as_bytes(row)));
  return core::to_multibase(digest_of_leaves(leaves));
}

}  // namespace avow::registry::testing
