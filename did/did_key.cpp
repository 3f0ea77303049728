#include "did/did_key.h"

#include <cassert>

namespace avow::did {
namespace {

core::Json document_of(const Did& did, const std::string& multikey) {
  const std::string method_id = did.text() + '#' + multikey;
  const core::Json uses = core::Json::array({method_id});
  return core::Json::object({
      {"@context", core::Json::array(
                       {"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"})},
      {"id", did.text()},
      {"verificationMethod", core::Json::array({core::Json::object({
                                 {"id", method_id},
                                 {"type", "Multikey"},
                                 {"controller", did.text()},
                                 {"publicKeyMultibase", multikey},
                             })})},
      {"authentication", uses},
      {"assertionMethod", uses},
      {"capabilityInvocation", uses},
      {"capabilityDelegation", uses},
  });
}

}  // namespace

Did did_key_of(const core::PublicKey& key) {
  auto did = Did::parse("did:key:" + key.to_multikey());
  assert(did);
  return std::move(*did);
}

std::string did_key_method_of(const core::PublicKey& key) {
  const std::string multikey = key.to_multikey();
  return "did:key:" + multikey + '#' + multikey;
}

Result<Resolution, Error> DidKeyResolver::resolve(const Did& did,
                                                  const ResolutionOptions& options) const {
  if (did.method() != "key") {
    return fail(Error{ErrorCode::method_not_supported, "this resolver knows did:key only"});
  }
  const std::string multikey(did.method_specific_id());
  if (const auto key = keys_.from_multikey(multikey); !key) {
    return fail(Error{ErrorCode::invalid_did, "did:key: " + key.error().detail});
  }
  auto document = Document::from_json(document_of(did, multikey), did);
  if (!document) return fail(std::move(document.error()));
  // The document is a function of the DID, so there is one version for ever.
  return if_wanted({std::make_shared<const Document>(std::move(*document)), "1"}, options,
                   EarlierVersions::none);
}

}  // namespace avow::did
