#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/canonical_json.h"
#include "core/json.h"
#include "core/multibase.h"
#include "core/sha256.h"

namespace avow::registry::testing {

/// The hashes and trees of registry/README.md as it defines them, all of each anew, from nothing but SHA-256 and JCS. Apart
/// from the 200 lines in which reference_fold.h reads the rules: whoever writes a second implementation needs these
/// Merkle trees (RFC 6962) first, and every one has them alike.

inline core::Sha256 reference_leaf(std::string_view text) {
  return core::sha256(std::string(1, '\0').append(text));
}
inline core::Sha256 reference_node(const core::Sha256& left, const core::Sha256& right) {
  std::string text(1, '\1');
  text.append(left.begin(), left.end()).append(right.begin(), right.end());
  return core::sha256(text);
}

/// RFC 6962 "Merkle Hash Trees", of one leaf or more.
inline core::Sha256 reference_root(const std::vector<core::Sha256>& leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
  return reference_node(reference_root({leaves.begin(), middle}),
                        reference_root({middle, leaves.end()}));
}

/// The digest of a set of leaves, from the first bit on.
inline core::Sha256 digest_of_leaves(const std::set<core::Sha256>& leaves, std::size_t bit = 0) {
  if (leaves.empty()) return core::sha256(std::string_view());
  if (leaves.size() == 1) return *leaves.begin();
  std::set<core::Sha256> zeros;
  std::set<core::Sha256> ones;
  for (const auto& leaf : leaves) {
    const bool is_one = (static_cast<unsigned>(leaf[bit / 8]) & (0x80U >> (bit % 8))) != 0;
    (is_one ? ones : zeros).insert(leaf);
  }
  if (zeros.empty() || ones.empty()) return digest_of_leaves(leaves, bit + 1);
  return reference_node(digest_of_leaves(zeros, bit + 1), digest_of_leaves(ones, bit + 1));
}

inline std::string row(core::Json::Array cells) {
  return core::to_canonical(core::Json::array(std::move(cells)));
}
/// The leaf of a statement or slot; its hash is this in multibase.
inline core::Sha256 leaf_of(const core::Json& object) {
  return reference_leaf(core::to_canonical_without(object, "proof"));
}
/// What a "fold" row says of these, each a JCS text.
inline std::string digest_of_rows(const std::vector<std::string>& rows) {
  std::set<core::Sha256> leaves;
  for (const auto& row : rows) leaves.insert(reference_leaf(row));
  return core::to_multibase(digest_of_leaves(leaves));
}

}  // namespace avow::registry::testing
