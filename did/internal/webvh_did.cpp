#include "did/internal/webvh_did.h"

#include "core/base58btc.h"
#include "did/internal/web_rules.h"

namespace avow::did::internal {

bool is_webvh_hash(std::string_view text) {
  constexpr std::size_t kTextSize = 46;
  constexpr std::size_t kMultihashSize = 34;
  if (text.size() != kTextSize) return false;
  const auto bytes = core::from_base58btc(text);
  return bytes && bytes->size() == kMultihashSize && (*bytes)[0] == 0x12 && (*bytes)[1] == 0x20;
}

Result<WebvhDid, Error> parse_webvh_did(const Did& did) {
  if (did.method() != "webvh") return fail(Error{ErrorCode::invalid_did, "not a did:webvh"});
  const std::string_view id = did.method_specific_id();
  const auto colon = id.find(':');
  const std::string_view scid = id.substr(0, colon);
  if (!is_webvh_hash(scid) || colon == std::string_view::npos) {
    return fail(Error{ErrorCode::invalid_did,
                      "a did:webvh has an SCID (46 base58btc characters of a SHA-256 multihash) "
                      "and a domain"});
  }
  auto location = parse_web_location(id.substr(colon + 1));
  if (!location) return fail(std::move(location.error()));
  return WebvhDid{std::string(scid), std::move(*location)};
}

}  // namespace avow::did::internal
