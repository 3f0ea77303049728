#include "revocation/status_bits.h"

#include <catch2/catch.hpp>

namespace status_bits_test {

using namespace avow;
using namespace avow::revocation;

TEST_CASE("index 0 is the most significant bit of byte 0 [STATUS-13]", "[revocation][bits]") {
  StatusBits bits;
  bits.set(StatusListIndex(0));
  CHECK(bits.bytes()[0] == 0x80);
  CHECK(bits.get(StatusListIndex(0)));
  CHECK_FALSE(bits.get(StatusListIndex(7)));

  bits.set(StatusListIndex(7));
  CHECK(bits.bytes()[0] == 0x81);
  bits.set(StatusListIndex(9));
  CHECK(bits.bytes()[1] == 0x40);
  bits.clear(StatusListIndex(0));
  CHECK(bits.bytes()[0] == 0x01);
}

TEST_CASE("the last index is the least significant bit of the last byte", "[revocation][bits]") {
  StatusBits bits;
  bits.set(StatusListIndex(kListLength - 1));
  CHECK(bits.bytes().size() == 16'384);
  CHECK(bits.bytes()[16'383] == 0x01);
  CHECK(bits.count() == 1);
  CHECK(bits.set_indexes() == std::vector{StatusListIndex(kListLength - 1)});
}

TEST_CASE("a list counts and names the bits that are set", "[revocation][bits]") {
  StatusBits bits;
  CHECK(bits.count() == 0);
  CHECK(bits.set_indexes().empty());
  const std::vector indexes{StatusListIndex(0), StatusListIndex(8), StatusListIndex(15),
                            StatusListIndex(16), StatusListIndex(99'999)};
  for (const auto index : indexes) bits.set(index);
  bits.set(StatusListIndex(8));  // twice is once
  CHECK(bits.count() == 5);
  CHECK(bits.set_indexes() == indexes);
}

TEST_CASE("an index past either end of a list is refused [STATUS-05]", "[revocation][bits]") {
  CHECK(StatusListIndex::from(0)->value() == 0);
  CHECK(StatusListIndex::from(131'071)->value() == 131'071);
  CHECK(StatusListIndex::from(131'072).error().code == ErrorCode::range_error);
  CHECK(StatusListIndex::from(-1).error().code == ErrorCode::range_error);
  // What 2^32 would be if it were cut to 32 bits.
  CHECK(StatusListIndex::from(4'294'967'296).error().code == ErrorCode::range_error);
}

TEST_CASE("bits are read back from exactly 16 KiB", "[revocation][bits]") {
  core::Bytes bytes(kListBytes);
  bytes[1] = 0x40;
  const auto bits = StatusBits::from_bytes(bytes);
  REQUIRE(bits);
  CHECK(bits->get(StatusListIndex(9)));
  CHECK(bits->count() == 1);
  bytes.push_back(0);
  CHECK(StatusBits::from_bytes(bytes).error().code == ErrorCode::status_list_length_error);
  bytes.resize(kListBytes - 1);
  CHECK(StatusBits::from_bytes(bytes).error().code == ErrorCode::status_list_length_error);
}

TEST_CASE("the hash of an empty list is that of 16,384 zero bytes", "[revocation][bits]") {
  // head -c 16384 /dev/zero | sha256sum
  CHECK(core::to_hex(StatusBits().sha256()) ==
        "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe");
}

TEST_CASE("a purpose is one of two words", "[revocation][bits]") {
  CHECK(parse_purpose("revocation") == StatusPurpose::revocation);
  CHECK(parse_purpose("suspension") == StatusPurpose::suspension);
  CHECK_FALSE(parse_purpose("message"));
  CHECK_FALSE(parse_purpose("Revocation"));
  CHECK_FALSE(parse_purpose(""));
}

}  // namespace status_bits_test
