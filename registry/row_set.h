#pragma once

#include <cstdint>

#include "core/canonical_json.h"
#include "core/json.h"
#include "core/sha256.h"
#include "registry/hash_trie.h"
#include "registry/merkle.h"

namespace avow::registry {

/// Rows of which no two are alike, under one digest: what changes one of them costs a hash of it and some twenty more,
/// however many there are. Copies share what they have in common.
class RowSet {
 public:
  void add(const core::Json& row) { leaves_.put(leaf_of(row), {}); }
  void remove(const core::Json& row) { leaves_.erase(leaf_of(row)); }
  /// HashTrie::digest() over the RFC 6962 leaves of the rows' RFC 8785 texts.
  core::Sha256 digest() { return leaves_.digest(); }
  /// Rows and nodes hashed or made so far: what it has cost.
  std::uint64_t work() const { return leaves_.work() + rows_hashed_; }

 private:
  struct Nothing {};
  core::Sha256 leaf_of(const core::Json& row) {
    ++rows_hashed_;
    return leaf_hash(core::as_bytes(core::to_canonical(row)));
  }

  HashTrie<Nothing> leaves_;
  std::uint64_t rows_hashed_ = 0;
};

}  // namespace avow::registry
