#include "revocation/status_list_codec.h"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/multibase.h"
#include "revocation/status_bits.h"

namespace status_list_codec_test {

using namespace avow;
using namespace avow::revocation;

namespace {

// Bitstring Status List v1.0, the example "BitstringStatusListCredential".
constexpr const char* kW3cExample =
    "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";

// Made with another encoder:
//   python3 -c 'import gzip,base64; b=bytearray(16384); …;
//     print("u"+base64.urlsafe_b64encode(gzip.compress(bytes(b),9,mtime=0)).decode().rstrip("="))'
// b[0] = 0x80
constexpr const char* kFirstBit =
    "uH4sIAAAAAAACA-3BIQEAAAACIKc73RkWoAEAAAAAAAAAAAAAAAAAAADeBuRZQ2cAQAAA";
// b[1] = 0x40, b[16383] = 1
constexpr const char* kNinthAndLastBit =
    "uH4sIAAAAAAACA-3BMQEAAAwCIG1m_1SLsQfIAgAAAAAAAAAAAAAAAAAAAPzqAcqZrdEAQAAA";
// bytes(16383)
constexpr const char* kOneByteShort =
    "uH4sIAAAAAAACA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAICzAQmvhYr_PwAA";
// bytes(16384), then: one byte more; the member twice; a bit of the CRC flipped; zlib.compress; raw deflate
constexpr const char* kTrailingByte =
    "uH4sIAAAAAAACA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAAAA";
constexpr const char* kTwoMembers =
    "uH4sIAAAAAAACA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAAH4sIAAAAAAACA-3BMQEAAADC"
    "oPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA";
constexpr const char* kWrongCrc =
    "uH4sIAAAAAAACA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKoAQAAA";
constexpr const char* kZlib = "ueNrtwTEBAAAAwqD1T20MH6AAAAAAAAAAAAAAAAAAAACAtwFAAAAB";
constexpr const char* kRawDeflate = "u7cExAQAAAMKg9U9tDB-gAAAAAAAAAAAAAAAAAAAAgLcB";

std::optional<ErrorCode> fault(std::string_view encoded) {
  const auto decoded = decode_status_list(encoded);
  if (decoded) return std::nullopt;
  return decoded.error().code;
}

core::Bytes gzip_of(std::string_view encoded) {
  return core::from_multibase(core::Multibase::base64url, encoded).value();
}

std::string text_of(core::ByteView gzip) {
  return core::to_multibase(core::Multibase::base64url, gzip);
}

}  // namespace

TEST_CASE("the list in the W3C example is 16 KiB of zeros", "[revocation][codec]") {
  const auto bits = decode_status_list(kW3cExample);
  REQUIRE(bits);
  CHECK(*bits == core::Bytes(16'384));
}

TEST_CASE("lists made by another encoder are read, bit by bit [STATUS-13]", "[revocation][codec]") {
  const auto first = decode_status_list(kFirstBit);
  REQUIRE(first);
  CHECK((*first)[0] == 0x80);
  CHECK(bit_at(*first, 0));
  CHECK_FALSE(bit_at(*first, 7));

  const auto others = StatusBits::from_bytes(decode_status_list(kNinthAndLastBit).value()).value();
  CHECK(others.set_indexes() == std::vector{StatusListIndex(9), StatusListIndex(131'071)});
}

TEST_CASE("an encoded list tells neither time nor machine", "[revocation][codec]") {
  const StatusBits bits;
  const auto encoded = encode_status_list(bits.bytes());
  CHECK(encoded == encode_status_list(bits.bytes()));
  const auto gzip = gzip_of(encoded);
  // RFC 1952: ID1 ID2 CM FLG MTIME(4) XFL OS
  CHECK(core::Bytes(gzip.begin(), gzip.begin() + 8) ==
        core::Bytes{0x1f, 0x8b, 0x08, 0x00, 0, 0, 0, 0});
  CHECK(gzip[9] == 255);
}

TEST_CASE("encodedList needs u and base64url without padding [STATUS-08]", "[revocation][codec]") {
  const std::string good = kW3cExample;
  CHECK(fault(good.substr(1)) == ErrorCode::bad_multibase);
  CHECK(fault("z" + good.substr(1)) == ErrorCode::bad_multibase);
  CHECK(fault(good + "=") == ErrorCode::bad_multibase);
  CHECK(fault(good + "==") == ErrorCode::bad_multibase);
  CHECK(fault("") == ErrorCode::bad_multibase);
  CHECK(fault("u") == ErrorCode::bad_gzip);
}

TEST_CASE("a gzip bomb is stopped at the limit [STATUS-09]", "[revocation][codec]") {
  const auto two_limits = encode_status_list(core::Bytes(2 * kMaxExpandedListBytes));
  CHECK(two_limits.size() < 50'000);
  CHECK(fault(two_limits) == ErrorCode::status_list_too_large);
  CHECK_FALSE(fault(encode_status_list(core::Bytes(kMaxExpandedListBytes))));
  CHECK(fault(encode_status_list(core::Bytes(kMaxExpandedListBytes + 1))) ==
        ErrorCode::status_list_too_large);
  CHECK(decode_status_list(kW3cExample, 16'384));
  CHECK(decode_status_list(kW3cExample, 16'383).error().code == ErrorCode::status_list_too_large);
}

TEST_CASE("gzip that is damaged, cut or followed by something is refused [STATUS-10]",
          "[revocation][codec]") {
  CHECK(fault(kTrailingByte) == ErrorCode::bad_gzip);
  CHECK(fault(kTwoMembers) == ErrorCode::bad_gzip);
  CHECK(fault(kWrongCrc) == ErrorCode::bad_gzip);
  const auto whole = gzip_of(kW3cExample);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size);
    CHECK(fault(text_of(core::ByteView(whole).first(size))) == ErrorCode::bad_gzip);
  }
}

TEST_CASE("zlib and raw deflate are not gzip [STATUS-11]", "[revocation][codec]") {
  CHECK(fault(kZlib) == ErrorCode::bad_gzip);
  CHECK(fault(kRawDeflate) == ErrorCode::bad_gzip);
}

TEST_CASE("a list of fewer than 131,072 entries is refused [STATUS-12]", "[revocation][codec]") {
  CHECK(fault(kOneByteShort) == ErrorCode::status_list_length_error);
  CHECK(fault(encode_status_list({})) == ErrorCode::status_list_length_error);
  CHECK_FALSE(fault(encode_status_list(core::Bytes(16'384))));
  CHECK_FALSE(fault(encode_status_list(core::Bytes(16'385))));
}

TEST_CASE("decoding what was encoded gives it back", "[revocation][codec]") {
  CHECK(rc::check("encode then decode is identity", [] {
    StatusBits bits;
    const auto set = *rc::gen::container<std::vector<std::uint32_t>>(
        rc::gen::inRange<std::uint32_t>(0, kListLength));
    for (const auto index : set) bits.set(StatusListIndex(index));
    const auto decoded = decode_status_list(encode_status_list(bits.bytes()));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(StatusBits::from_bytes(*decoded).value() == bits);
  }));
}

}  // namespace status_list_codec_test
