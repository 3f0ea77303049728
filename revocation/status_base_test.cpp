#include "revocation/status_base.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "revocation/status_list_codec.h"

using namespace avow;
using namespace avow::revocation;
using core::Json;

namespace {

StatusBits bits_of(std::initializer_list<std::uint32_t> indexes) {
  StatusBits bits;
  for (const std::uint32_t index : indexes) bits.set(StatusListIndex(index));
  return bits;
}

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

TEST_CASE("a list of zeros as the specification encodes it is a base without bits",
          "[revocation][status_base]") {
  // Bitstring Status List v1.0, example of a StatusList2021 of 131,072 zeros: gzip, then base64url.
  const auto base = parse_status_base(Json::object(
      {{"list", "r1"},
       {"bits", "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"},
       {"encoding", "gzip"}}));
  REQUIRE(base);
  CHECK(base->bits.count() == 0);
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
    wrong.set("encoding", "rice");
  }
  SECTION("a member more") {
    wrong.set("clear", Json::array());
  }
  SECTION("bits that are not gzip") {
    wrong.set("bits", "uAAAA");
  }
  SECTION("a byte more") {
    wrong.set("bits", encode_status_list(core::Bytes(kListBytes + 1)));
  }
  SECTION("a byte less") {
    wrong.set("bits", encode_status_list(core::Bytes(kListBytes - 1)));
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
