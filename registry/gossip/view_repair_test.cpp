#include "registry/gossip/view_repair.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace avow::registry::gossip::view_repair_test {
namespace {

TEST_CASE("views are compared when two pulls in a row ended with different roots",
          "[registry][gossip]") {
  ViewRepair repair;
  CHECK_FALSE(repair.is_due(true));
  CHECK_FALSE(repair.is_due(false));
  CHECK_FALSE(repair.is_due(true));
  CHECK(repair.is_due(true));
  CHECK_FALSE(repair.is_due(true));
  CHECK(repair.is_due(true));
}

TEST_CASE("a part that is found as it was is read again, ever less often", "[registry][gossip]") {
  ViewRepair repair;
  const DifferentParts differing{{"Qm", {"here", "there"}}};
  std::vector<int> read;
  for (int comparison = 0; comparison < 1'200; ++comparison) {
    if (repair.stuck(differing)) read.push_back(comparison);
  }
  CHECK(read == std::vector<int>{1, 3, 7, 15, 31, 63, 127, 255, 511, 767, 1'023});
}

TEST_CASE("a part that has moved on, here or there, is under way", "[registry][gossip]") {
  ViewRepair repair;
  CHECK_FALSE(repair.stuck({{"Qm", {"1", "2"}}}));
  CHECK_FALSE(repair.stuck({{"Qm", {"1", "3"}}}));
  CHECK_FALSE(repair.stuck({{"Qm", {"2", "3"}}}));
  CHECK_FALSE(repair.stuck({}));
  CHECK_FALSE(repair.stuck({{"Qm", {"2", "3"}}}));
  CHECK(repair.stuck({{"Qm", {"2", "3"}}}) == "Qm");
  // Equal roots in between, too, begin it anew.
  CHECK_FALSE(repair.is_due(false));
  CHECK_FALSE(repair.stuck({{"Qm", {"2", "3"}}}));
}

TEST_CASE("a part that moves on all the time is read all the same, and no more often",
          "[registry][gossip][hostile]") {
  ViewRepair repair;
  std::vector<int> read;
  for (int comparison = 0; comparison < 60; ++comparison) {
    if (repair.stuck({{"Qm", {std::to_string(comparison), "there"}}})) read.push_back(comparison);
  }
  CHECK(read == std::vector<int>{8, 10, 14, 22, 38});
  // Nor does one that moves on now and then come back to the first pause.
  ViewRepair other;
  read.clear();
  for (int comparison = 0; comparison < 60; ++comparison) {
    if (other.stuck({{"Qm", {"here", comparison / 2 % 2 == 0 ? "A" : "B"}}}))
      read.push_back(comparison);
  }
  CHECK(read == std::vector<int>{1, 3, 7, 15, 31});
}

TEST_CASE("one part is read at a time, the one that has waited longest", "[registry][gossip]") {
  ViewRepair repair;
  const DifferentParts differing{{"a", {"", "1"}}, {"b", {"", "2"}}, {"c", {"", "3"}}};
  CHECK_FALSE(repair.stuck(differing));
  std::vector<std::string> read;
  for (int comparison = 0; comparison < 6; ++comparison)
    read.push_back(repair.stuck(differing).value_or(""));
  CHECK(read == std::vector<std::string>{"a", "b", "c", "a", "b", "c"});
}

}  // namespace
}  // namespace avow::registry::gossip::view_repair_test
