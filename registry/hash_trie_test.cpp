#include "registry/hash_trie.h"

#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "registry/row_set.h"
#include "registry/testing/reference_tree.h"

namespace hash_trie_test {

using namespace avow;
using namespace avow::registry;
using registry::testing::digest_of_leaves;

namespace {

/// Few different first bytes, so that many agree in long prefixes.
core::Sha256 key_of(unsigned number) {
  auto key = core::sha256(std::to_string(number));
  for (std::size_t i = 0; i < number % 5; ++i) key[i] = number % 2 == 0 ? 0x00 : 0xFF;
  return key;
}

core::Json row(const std::string& text) {
  return core::Json::array({"row", text});
}

}  // namespace

TEST_CASE("the digest of a set of rows is that of its definition, computed by hand",
          "[registry][hash_trie]") {
  // From Python's hashlib: leaf = sha256(b'\0' + b'["row","a"]'); they begin with the bits 0001, 0000 and 0110.
  RowSet rows;
  CHECK(core::to_hex(rows.digest()) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  rows.add(row("a"));
  CHECK(core::to_hex(rows.digest()) ==
        "1f0474845fbd875280c4cb494c60b913ee39737695b16a554258eb98dd1f90b4");
  rows.add(row("b"));
  CHECK(core::to_hex(rows.digest()) ==
        "f36bff268255caf4ff855552cbcdf25d672c4bd44c125071906ee18644dd71d5");
  rows.add(row("c"));
  CHECK(core::to_hex(rows.digest()) ==
        "010db43f11928b31b491a97d7055b10c1391f2331fc773937953041cd6f6605d");
}

TEST_CASE("whatever came and went before, a trie holds what was put last and has the digest of it",
          "[registry][hash_trie]") {
  const bool holds = rc::check([] {
    HashTrie<int> trie;
    HashTrie<int> copy;
    std::map<core::Sha256, int> expected;
    std::map<core::Sha256, int> expected_copy;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-60, 120));
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto key = key_of(static_cast<unsigned>(std::abs(steps[i])));
      if (steps[i] < 0) {
        trie.erase(key);
        expected.erase(key);
      } else {
        trie.put(key, static_cast<int>(i));
        expected[key] = static_cast<int>(i);
      }
      if (i % 7 == 0) trie.digest();
      if (i % 11 == 0) {
        copy = trie;
        expected_copy = expected;
      }
    }
    const auto agree = [](HashTrie<int>& of, const std::map<core::Sha256, int>& with) {
      std::set<core::Sha256> keys;
      for (const auto& [key, value] : with) keys.insert(key);
      RC_ASSERT(of.size() == keys.size());
      for (unsigned number = 0; number < 120; ++number) {
        const auto* found = of.find(key_of(number));
        const auto there = with.find(key_of(number));
        RC_ASSERT((found == nullptr) == (there == with.end()));
        if (found != nullptr) RC_ASSERT(*found == there->second);
      }
      RC_ASSERT(of.digest() == digest_of_leaves(keys));
    };
    agree(trie, expected);
    agree(copy, expected_copy);
  });
  CHECK(holds);
}

TEST_CASE("to change one of many costs a path, also in a copy", "[registry][hash_trie]") {
  for (const unsigned count : {1'000U, 30'000U}) {
    HashTrie<int> trie;
    for (unsigned i = 0; i < count; ++i) trie.put(core::sha256(std::to_string(i)), 0);
    trie.digest();
    auto copy = trie;
    const auto before = copy.work();
    copy.put(core::sha256(std::string_view("one more")), 0);
    copy.digest();
    copy.erase(core::sha256(std::string_view("7")));
    copy.digest();
    // Twice: 2 for each level above the leaves, of which there are log2(count) - 3 or a few more, and a leaf's 15.
    CHECK(copy.work() - before < 120);
    CHECK(trie.find(core::sha256(std::string_view("7"))) != nullptr);
  }
}

}  // namespace hash_trie_test
