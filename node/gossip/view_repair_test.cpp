#include "node/gossip/view_repair.h"

#include <catch2/catch.hpp>

namespace avow::node::gossip::view_repair_test {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("views are compared when two pulls in a row ended with different roots",
          "[node][gossip]") {
  ViewRepair repair;
  CHECK_FALSE(repair.is_due(true));
  CHECK_FALSE(repair.is_due(false));
  CHECK_FALSE(repair.is_due(true));
  CHECK(repair.is_due(true));
  CHECK_FALSE(repair.is_due(true));
  CHECK(repair.is_due(true));
}

TEST_CASE("a part that is found as it was is read again, ever less often", "[node][gossip]") {
  ViewRepair repair;
  const DifferentParts differing{{"Qm", {"here", "there"}}};
  std::vector<int> read;
  for (int comparison = 0; comparison < 1'200; ++comparison) {
    if (!repair.stuck(differing).empty()) read.push_back(comparison);
  }
  CHECK(read == std::vector<int>{1, 3, 7, 15, 31, 63, 127, 255, 511, 767, 1'023});
}

TEST_CASE("a part that has moved on, here or there, is under way", "[node][gossip]") {
  ViewRepair repair;
  CHECK(repair.stuck({{"Qm", {"1", "2"}}}).empty());
  CHECK(repair.stuck({{"Qm", {"1", "3"}}}).empty());
  CHECK(repair.stuck({{"Qm", {"2", "3"}}}).empty());
  CHECK(repair.stuck({}).empty());
  CHECK(repair.stuck({{"Qm", {"2", "3"}}}).empty());
  CHECK(repair.stuck({{"Qm", {"2", "3"}}}) == Names{"Qm"});
  // Equal roots in between, too, begin it anew.
  CHECK_FALSE(repair.is_due(false));
  CHECK(repair.stuck({{"Qm", {"2", "3"}}}).empty());
}

TEST_CASE("sixteen parts are read at a time, then the others", "[node][gossip]") {
  ViewRepair repair;
  DifferentParts differing;
  for (int i = 10; i < 30; ++i) differing[std::to_string(i)] = {"", "there"};
  CHECK(repair.stuck(differing).empty());
  const auto first = repair.stuck(differing);
  CHECK(first.size() == 16);
  CHECK(first.back() == "25");
  CHECK(repair.stuck(differing) == Names{"26", "27", "28", "29"});
}

}  // namespace
}  // namespace avow::node::gossip::view_repair_test
