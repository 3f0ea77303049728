#include "core/multibase.h"

#include "core/base58btc.h"
#include "core/base64url.h"

namespace avow::core {
namespace {

constexpr char prefix_of(Multibase base) {
  switch (base) {
    case Multibase::base58btc:
      return 'z';
    case Multibase::base64url:
      return 'u';
  }
  return '\0';
}

}  // namespace

std::string to_multibase(Multibase base, ByteView bytes) {
  return prefix_of(base) +
         (base == Multibase::base58btc ? to_base58btc(bytes) : to_base64url(bytes));
}

Result<Bytes, Error> from_multibase(Multibase base, std::string_view text) {
  if (text.empty() || text.front() != prefix_of(base)) {
    return fail(Error{ErrorCode::bad_multibase, std::string("a multibase text that begins with `") +
                                                    prefix_of(base) + "` is expected"});
  }
  const std::string_view digits = text.substr(1);
  if (base == Multibase::base58btc) return from_base58btc(digits);
  return from_base64url(digits).map_error([](Error error) {
    error.code = ErrorCode::bad_multibase;
    return error;
  });
}

}  // namespace avow::core
