#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/sha256.h"
#include "registry/merkle.h"

namespace avow::registry {

/// Values by hashes, of which copies share what they have in common: to copy one costs nothing, and a change makes
/// anew only what leads to it, some 17 nodes of 100,000. So does a digest after it. The keys must be hashes that were
/// computed here: whoever could choose their bits would choose how deep they lie.
///
/// All changing, copying and digesting happens on one thread; other threads may read copies that they were handed
/// inside a const object.
template <class Value>
class HashTrie {
 public:
  std::size_t size() const { return root_ == nullptr ? 0 : root_->size; }

  /// Null if there is none.
  const Value* find(const core::Sha256& key) const {
    const Node* node = root_.get();
    for (std::size_t depth = 0; node != nullptr; ++depth) {
      if (node->is_leaf()) {
        const auto at = place_of(node->entries, key);
        return at != node->entries.end() && at->first == key ? &at->second : nullptr;
      }
      node = node->child[bit(key, depth)].get();
    }
    return nullptr;
  }

  /// In place of what was there, if anything was.
  void put(const core::Sha256& key, Value value) {
    root_ = with(root_, 0, Entry{key, std::move(value)});
  }

  void erase(const core::Sha256& key) {
    if (find(key) != nullptr) root_ = without(root_, 0, key);
  }

  /// Over the keys, whatever their history. Of none SHA-256 of nothing, of one that key itself; of more the hash of two
  /// nodes as RFC 6962 has it: the digests of those whose first bit in which not all agree is 0, and of those in which
  /// it is 1.
  core::Sha256 digest() { return root_ == nullptr ? merkle_root({}) : digest_of(*root_); }

  /// Nodes made and hashes computed so far, here and in what this was copied from: what it has cost.
  std::uint64_t work() const { return work_; }

 private:
  using Entry = std::pair<core::Sha256, Value>;
  using Entries = std::vector<Entry>;  // sorted
  struct Node;
  using Link = std::shared_ptr<Node>;
  struct Node {
    std::size_t size = 0;
    Entries entries = {};            // of a leaf
    std::array<Link, 2> child = {};  // of a branch; not both are null
    std::optional<core::Sha256> digest = {};

    bool is_leaf() const { return child[0] == nullptr && child[1] == nullptr; }
  };
  static constexpr std::size_t kMaxLeaf = 16;
  static constexpr std::size_t kBits = 8 * std::tuple_size_v<core::Sha256>;

  static std::size_t bit(const core::Sha256& key, std::size_t depth) {
    return (key[depth / 8] >> (7 - depth % 8)) & 1U;
  }
  static auto place_of(const Entries& entries, const core::Sha256& key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const Entry& one, const core::Sha256& k) { return one.first < k; });
  }

  Link make(Node node) {
    ++work_;
    return std::make_shared<Node>(std::move(node));
  }

  Link leaf(Entries entries) {
    const auto size = entries.size();
    return size == 0 ? nullptr : make(Node{size, std::move(entries)});
  }

  /// One leaf, or what more than its entries must be split into.
  Link subtree(Entries entries, std::size_t depth) {
    if (entries.size() <= kMaxLeaf || depth == kBits) return leaf(std::move(entries));
    const auto ones = std::partition_point(entries.begin(), entries.end(), [&](const Entry& one) {
      return bit(one.first, depth) == 0;
    });
    Entries right(std::make_move_iterator(ones), std::make_move_iterator(entries.end()));
    entries.erase(ones, entries.end());
    Node branch{entries.size() + right.size()};
    branch.child[0] = subtree(std::move(entries), depth + 1);
    branch.child[1] = subtree(std::move(right), depth + 1);
    return make(std::move(branch));
  }

  Link with(const Link& link, std::size_t depth, Entry entry) {
    if (link == nullptr) return leaf({std::move(entry)});
    if (link->is_leaf()) {
      auto entries = link->entries;
      const auto at =
          entries.begin() + (place_of(link->entries, entry.first) - link->entries.begin());
      if (at != entries.end() && at->first == entry.first) {
        at->second = std::move(entry.second);
      } else {
        entries.insert(at, std::move(entry));
      }
      return subtree(std::move(entries), depth);
    }
    Node branch{0, {}, link->child};
    auto& child = branch.child[bit(entry.first, depth)];
    child = with(child, depth + 1, std::move(entry));
    return make(counted(std::move(branch)));
  }

  /// It is there.
  Link without(const Link& link, std::size_t depth, const core::Sha256& key) {
    if (link->is_leaf()) {
      auto entries = link->entries;
      entries.erase(entries.begin() + (place_of(link->entries, key) - link->entries.begin()));
      return leaf(std::move(entries));
    }
    Node branch{0, {}, link->child};
    auto& child = branch.child[bit(key, depth)];
    child = without(child, depth + 1, key);
    branch = counted(std::move(branch));
    if (branch.size > kMaxLeaf / 2) return make(std::move(branch));
    Entries entries;
    for (const auto& part : branch.child) add_entries(part, entries);
    return leaf(std::move(entries));
  }

  static Node counted(Node branch) {
    for (const auto& child : branch.child) branch.size += child == nullptr ? 0 : child->size;
    return branch;
  }

  static void add_entries(const Link& link, Entries& entries) {
    if (link == nullptr) return;
    entries.insert(entries.end(), link->entries.begin(), link->entries.end());
    for (const auto& child : link->child) add_entries(child, entries);
  }

  core::Sha256 digest_of(Node& node) {
    if (!node.digest) {
      if (node.is_leaf()) {
        node.digest = digest_of(std::span<const Entry>(node.entries), 0);
      } else if (node.child[0] == nullptr || node.child[1] == nullptr) {
        node.digest = digest_of(*node.child[node.child[0] == nullptr ? 1 : 0]);
      } else {
        ++work_;
        node.digest = node_hash(digest_of(*node.child[0]), digest_of(*node.child[1]));
      }
    }
    return *node.digest;
  }

  /// Of at least one, sorted.
  core::Sha256 digest_of(std::span<const Entry> entries, std::size_t depth) {
    if (entries.size() == 1) return entries.front().first;
    while (bit(entries.front().first, depth) == bit(entries.back().first, depth)) ++depth;
    const auto ones = std::partition_point(entries.begin(), entries.end(), [&](const Entry& one) {
      return bit(one.first, depth) == 0;
    });
    const auto zeros = static_cast<std::size_t>(ones - entries.begin());
    ++work_;
    return node_hash(digest_of(entries.first(zeros), depth + 1),
                     digest_of(entries.subspan(zeros), depth + 1));
  }

  Link root_;
  std::uint64_t work_ = 0;
};

}  // namespace avow::registry
