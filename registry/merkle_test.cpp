#include "registry/merkle.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace merkle_test {

using namespace avow;
using registry::MerkleFrontier;

namespace {

// The leaves and roots of the reference implementation of RFC 6962 (certificate-transparency,
// merkletree tests); recomputed with the recursive definition of section 2.1.
const std::vector<core::Bytes> kLeaves{{},
                                       {0x00},
                                       {0x10},
                                       {0x20, 0x21},
                                       {0x30, 0x31},
                                       {0x40, 0x41, 0x42, 0x43},
                                       {0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57},
                                       {0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
                                        0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f}};
const std::vector<std::string> kRoots{
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

}  // namespace

TEST_CASE("the Merkle roots of 0 to 8 leaves are those of the RFC 6962 reference", "[registry]") {
  MerkleFrontier frontier;
  std::vector<core::Sha256> hashes;
  for (std::size_t n = 0; n < kRoots.size(); ++n) {
    CAPTURE(n);
    CHECK(core::to_hex(frontier.root()) == kRoots[n]);
    CHECK(core::to_hex(registry::merkle_root(hashes)) == kRoots[n]);
    CHECK(frontier.size() == n);
    if (n == kLeaves.size()) break;
    hashes.push_back(registry::leaf_hash(kLeaves[n]));
    frontier.append(hashes.back());
  }
}

TEST_CASE("a Merkle root changes with the order of its leaves", "[registry]") {
  const auto one = registry::leaf_hash(kLeaves[1]);
  const auto two = registry::leaf_hash(kLeaves[2]);
  const std::vector<core::Sha256> there{one, two};
  const std::vector<core::Sha256> back{two, one};
  CHECK(registry::merkle_root(there) != registry::merkle_root(back));
}

namespace {

/// RFC 6962 section 2.1.1, as it is written there.
std::vector<core::Sha256> path_of(std::size_t m, std::vector<core::Sha256> d) {
  if (d.size() == 1) return {};
  std::size_t k = 1;
  while (k * 2 < d.size()) k *= 2;
  const auto middle = d.begin() + static_cast<std::ptrdiff_t>(k);
  const std::vector<core::Sha256> left(d.begin(), middle);
  const std::vector<core::Sha256> right(middle, d.end());
  auto path = m < k ? path_of(m, left) : path_of(m - k, right);
  path.push_back(registry::merkle_root(m < k ? right : left));
  return path;
}

}  // namespace

TEST_CASE("a Merkle path leads from its leaf to the root, and from no other", "[registry]") {
  std::vector<core::Sha256> leaves;
  for (std::uint8_t size = 1; size <= 33; ++size) {
    leaves.push_back(registry::leaf_hash(core::Bytes{size}));
    const auto root = registry::merkle_root(leaves);
    for (std::size_t i = 0; i < size; ++i) {
      CAPTURE(int{size}, i);
      const auto path = registry::merkle_path(leaves, i);
      CHECK(path == path_of(i, leaves));
      CHECK(registry::root_of_path(leaves[i], i, size, path) == root);
      CHECK(registry::root_of_path(registry::leaf_hash({}), i, size, path) != root);
      if (size > 1) CHECK(registry::root_of_path(leaves[i], (i + 1) % size, size, path) != root);
      auto other = path;
      other.push_back(root);
      CHECK_FALSE(registry::root_of_path(leaves[i], i, size, other));
      CHECK_FALSE(registry::root_of_path(leaves[i], size, size, path));
      if (path.empty()) continue;
      other = path;
      other.pop_back();
      CHECK_FALSE(registry::root_of_path(leaves[i], i, size, other));
      other = path;
      other.front()[0] ^= 1;
      CHECK(registry::root_of_path(leaves[i], i, size, other) != root);
    }
  }
}

TEST_CASE("Merkle paths in a tree of 8 are those of the RFC 6962 reference", "[registry]") {
  std::vector<core::Sha256> leaves;
  for (const auto& leaf : kLeaves) leaves.push_back(registry::leaf_hash(leaf));
  std::vector<std::string> path;
  for (const auto& hash : registry::merkle_path(leaves, 0)) path.push_back(core::to_hex(hash));
  CHECK(path == std::vector<std::string>{
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"});
}

}  // namespace merkle_test
