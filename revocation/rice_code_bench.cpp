#include <memory>
#include <random>
#include <vector>

#include "revocation/rice_code.h"
#include "revocation/testing/benches.h"

namespace avow::revocation::testing {
namespace {

using core::testing::Figure;
using core::testing::must_hold;

/// A hundred million entries in lists of ours, one in a hundred set.
struct Lists {
  Lists() : bits((100'000'000 + kListLength - 1) / kListLength) {
    std::mt19937_64 random(1);
    for (StatusBits& list : bits) {
      for (std::uint32_t i = 0; i < kListLength / 100; ++i)
        list.set(StatusListIndex(static_cast<std::uint32_t>(random() % kListLength)));
      codes.push_back(to_rice_code(list));
    }
  }
  std::vector<StatusBits> bits;
  std::vector<core::Bytes> codes;
};

}  // namespace

core::testing::Benches rice_code_benches() {
  const auto lists = std::make_shared<Lists>();
  const auto count_of_lists = lists->bits.size();
  return {{.name = "rice_encode_list_ns",
           .what = "Rice-code a list of 131,072 entries, 1 % set; 763 of them are 100 million",
           .run =
               [=](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) {
                   const auto& bits = lists->bits[i % count_of_lists];
                   must_hold(to_rice_code(bits).size() > 1'000, "coded list");
                 }
               },
           .goal = {.must = "≤ 131,000"},
           .figure = Figure::nanoseconds},
          {.name = "rice_decode_list_ns",
           .what = "read such a code, and see that it is the list's one",
           .run =
               [=](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) {
                   const auto at = i % count_of_lists;
                   must_hold(from_rice_code(lists->codes[at]) == lists->bits[at], "list");
                 }
               },
           .figure = Figure::nanoseconds}};
}

}  // namespace avow::revocation::testing
