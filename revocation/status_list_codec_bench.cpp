#include <memory>

#include <zlib.h>

#include "core/multibase.h"
#include "core/testing/seeded_random.h"
#include "revocation/status_bits.h"
#include "revocation/status_list_codec.h"
#include "revocation/testing/benches.h"

namespace avow::revocation::testing {
namespace {

using core::testing::Bench;
using core::testing::Figure;
using core::testing::must_hold;

constexpr int kGzip = 15 + 16;

/// One entry in a hundred is set.
core::Bytes list_of(std::size_t entries) {
  core::testing::SeededRandom random(1);
  core::Bytes bits(entries / 8);
  for (std::size_t i = 0; i < entries / 100; ++i) {
    std::array<std::uint8_t, 4> bytes{};
    random.fill(bytes);
    std::size_t at = 0;
    for (const auto byte : bytes) at = at << 8U | byte;
    at %= entries;
    bits[at / 8] |= static_cast<std::uint8_t>(0x80U >> (at % 8));
  }
  return bits;
}

/// zlib alone: into a buffer that is large enough, nothing looked at.
void inflate_only(core::Bytes& gzip, core::Bytes& out) {
  z_stream stream{};
  must_hold(inflateInit2(&stream, kGzip) == Z_OK, "inflateInit2");
  stream.next_in = gzip.data();
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  must_hold(inflate(&stream, Z_FINISH) == Z_STREAM_END, "inflate");
  inflateEnd(&stream);
}

void deflate_only(core::Bytes& bits, core::Bytes& out) {
  z_stream stream{};
  must_hold(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK,
            "deflateInit2");
  stream.next_in = bits.data();
  stream.avail_in = static_cast<uInt>(bits.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  must_hold(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
  deflateEnd(&stream);
}

struct List {
  explicit List(std::size_t entries)
      : bits(list_of(entries)),
        encoded(encode_status_list(bits)),
        gzip(core::from_multibase(core::Multibase::base64url, encoded).value()),
        buffer(bits.size() + 64) {}
  core::Bytes bits;
  std::string encoded;
  core::Bytes gzip;
  core::Bytes buffer;
};

Bench decode_bench(std::string name, const std::string& size, const std::shared_ptr<List>& list) {
  return {.name = std::move(name),
          .what = "decode a list of " + size + " entries, 1 % set, against zlib's inflate alone",
          .run =
              [list](std::size_t count) {
                for (std::size_t i = 0; i < count; ++i) {
                  const auto bits = decode_status_list(list->encoded);
                  must_hold(bits && bits->size() == list->bits.size(), "decoded list");
                }
              },
          .goal = {.must = "≤ 1.5"},
          .figure = Figure::times_yardstick,
          .yardstick =
              [list](std::size_t count) {
                for (std::size_t i = 0; i < count; ++i) inflate_only(list->gzip, list->buffer);
              }};
}

}  // namespace

core::testing::Benches status_list_codec_benches() {
  const auto usual = std::make_shared<List>(kListLength);
  const auto large = std::make_shared<List>(std::size_t{10'000'000});
  return {decode_bench("status_list_decode_131072_x_zlib", "131,072", usual),
          decode_bench("status_list_decode_10m_x_zlib", "10 million", large),
          {.name = "status_list_encode_10m_x_zlib",
           .what = "encode a list of 10 million entries, against zlib's deflate alone",
           .run =
               [large](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i)
                   must_hold(encode_status_list(large->bits) == large->encoded, "encoded list");
               },
           .figure = Figure::times_yardstick,
           .yardstick =
               [large](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) deflate_only(large->bits, large->buffer);
               }}};
}

}  // namespace avow::revocation::testing
