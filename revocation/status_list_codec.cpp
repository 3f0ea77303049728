#include "revocation/status_list_codec.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <zlib.h>

#include "core/multibase.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

namespace {

// 15 bits of window, and 16 for "gzip only": neither zlib nor raw deflate is recognised.
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr int kUnknownSystem = 255;  // RFC 1952 "OS": so that the text does not tell the machine
constexpr std::size_t kStep = std::size_t{64} * 1024;

tl::unexpected<Error> bad_gzip(const char* detail) {
  return fail(Error{ErrorCode::bad_gzip, detail});
}

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
};

/// One gzip member and nothing after it. inflate() itself checks the CRC and the length at its end.
Result<core::Bytes, Error> gunzip(core::Bytes compressed, std::size_t max_bytes) {
  Inflater inflater;
  auto& stream = inflater.stream();
  stream.next_in = compressed.data();
  stream.avail_in = static_cast<uInt>(compressed.size());
  core::Bytes out;
  std::array<std::uint8_t, kStep> step;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    stream.next_out = step.data();
    stream.avail_out = static_cast<uInt>(step.size());
    state = inflate(&stream, Z_NO_FLUSH);
    if (state == Z_MEM_ERROR) throw std::bad_alloc();
    if (state != Z_OK && state != Z_STREAM_END) return bad_gzip("not gzip, damaged or cut short");
    const std::size_t produced = step.size() - stream.avail_out;
    if (produced > max_bytes - out.size()) {
      return fail(Error{ErrorCode::status_list_too_large,
                        "the list expands to more than " + std::to_string(max_bytes) + " bytes"});
    }
    out.insert(out.end(), step.begin(), step.begin() + static_cast<std::ptrdiff_t>(produced));
  }
  if (stream.avail_in != 0) return bad_gzip("something follows the gzip member");
  return out;
}

}  // namespace

std::string encode_status_list(core::ByteView bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  gz_header header{};
  header.os = kUnknownSystem;
  deflateSetHeader(&stream, &header);
  core::Bytes input(bits.begin(), bits.end());  // zlib's pointer is not to const
  core::Bytes out(deflateBound(&stream, static_cast<uLong>(input.size())));
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int state = deflate(&stream, Z_FINISH);
  assert(state == Z_STREAM_END);  // deflateBound() bytes always suffice
  static_cast<void>(state);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return core::to_multibase(core::Multibase::base64url, out);
}

Result<core::Bytes, Error> decode_status_list(std::string_view encoded, std::size_t max_bytes) {
  auto compressed = core::from_multibase(core::Multibase::base64url, encoded);
  if (!compressed) {
    return fail(Error{ErrorCode::bad_multibase, "encodedList is not `u` and base64url"});
  }
  auto bits = gunzip(std::move(*compressed), max_bytes);
  if (bits && bits->size() < kListBytes) {
    return fail(
        Error{ErrorCode::status_list_length_error, "the list has fewer than 131,072 entries"});
  }
  return bits;
}

}  // namespace avow::revocation
