#include "vc/signature_cache.h"

#include <array>
#include <cstring>
#include <initializer_list>
#include <string>

#include "core/canonical_json.h"

namespace avow::vc {

core::Sha256 SignatureCache::key_of(const core::Json& secured_document,
                                    std::string_view verification_method,
                                    std::string_view document_version,
                                    const core::Ed25519PublicKey& public_key) {
  // Each part is hashed by itself first, so that no text can be moved from one part into the next.
  const core::Sha256 document = core::sha256(core::to_canonical(secured_document));
  const core::Sha256 method = core::sha256(verification_method);
  const core::Sha256 version = core::sha256(document_version);
  return core::sha256({core::ByteView(document), core::ByteView(method), core::ByteView(version),
                       core::ByteView(public_key.bytes())});
}

std::size_t SignatureCache::FirstBytes::operator()(const core::Sha256& hash) const {
  std::size_t value = 0;
  std::memcpy(&value, hash.data(), sizeof(value));
  return value;
}

}  // namespace avow::vc
