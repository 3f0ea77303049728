#include "revocation/status_base.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "revocation/testing/bits.h"

namespace status_base_test {

using namespace avow;
using namespace avow::revocation;
using core::Json;
using testing::bits_of;

namespace {

Json body() {
  return to_json(StatusBase{"r1", bits_of({0, 7, 131'071})});
}

}  // namespace

TEST_CASE("a base says all bits of one list", "[revocation][status_base]") {
  const auto base = parse_status_base(body());
  REQUIRE(base);
  CHECK(base->list == "r1");
  CHECK(base->bits == bits_of({0, 7, 131'071}));
}

TEST_CASE("a base without bits has a code of one byte", "[revocation][status_base]") {
  const auto base =
      parse_status_base(Json::object({{"list", "r1"}, {"bits", "uAA"}, {"encoding", "rice"}}));
  REQUIRE(base);
  CHECK(base->bits.count() == 0);
}

TEST_CASE("a base holds any list", "[revocation][status_base]") {
  // Every second bit, which no code makes shorter.
  StatusBits bits;
  for (std::uint32_t i = 0; i < kListLength; i += 2) bits.set(StatusListIndex(i));
  const auto base = parse_status_base(to_json(StatusBase{"r1", bits}));
  REQUIRE(base);
  CHECK(base->bits == bits);
}

TEST_CASE("a body that is not exactly a base is void", "[revocation][status_base]") {
  Json wrong = body();
  SECTION("no list") {
    wrong.erase("list");
  }
  SECTION("a name no list has") {
    wrong.set("list", "R1");
  }
  SECTION("no bits") {
    wrong.erase("bits");
  }
  SECTION("another encoding") {
    wrong.set("encoding", "gzip");
  }
  SECTION("a member more") {
    wrong.set("clear", Json::array());
  }
  SECTION("bits that are no Rice code") {
    wrong.set("bits", "uEQ");
  }
  SECTION("a byte more") {
    wrong.set("bits", "uAP8");
  }
  SECTION("the multibase letter missing") {
    wrong.set("bits", wrong.find_string("bits")->substr(1));
  }
  const auto base = parse_status_base(wrong);
  REQUIRE_FALSE(base);
  CHECK(base.error().code == ErrorCode::malformed_body);
}

TEST_CASE("nothing is lost from one base to the next if each bit stays",
          "[revocation][status_base]") {
  CHECK(keeps_all(bits_of({}), bits_of({})));
  CHECK(keeps_all(bits_of({7}), bits_of({7})));
  CHECK(keeps_all(bits_of({7}), bits_of({6, 7, 131'071})));
  CHECK_FALSE(keeps_all(bits_of({7}), bits_of({})));
  CHECK_FALSE(keeps_all(bits_of({7}), bits_of({6, 8})));
  CHECK_FALSE(keeps_all(bits_of({131'071}), bits_of({131'070})));
}

}  // namespace status_base_test
