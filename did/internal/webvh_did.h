#pragma once

#include <string>

#include "did/did_web.h"

namespace avow::did::internal {

struct WebvhDid {
  std::string scid;
  WebLocation location;
};

/// did:webvh:<scid>:<domain>[%3Aport][:segment]*.
/// source did:webvh v1.0 "Method-Specific Identifier"
/// fails invalid_did
Result<WebvhDid, Error> parse_webvh_did(const Did& did);

/// True for 46 base58btc characters that decode to a SHA-256 multihash: an SCID, an entry hash.
bool is_webvh_hash(std::string_view text);

}  // namespace avow::did::internal
