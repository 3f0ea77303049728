#include "did/did_jwk.h"

#include "core/base64url.h"

namespace avow::did {
namespace {

// A DID has at most 2,048 bytes, so the text of a key is shorter still.
constexpr core::JsonLimits kJwkLimits{.max_bytes = 2048, .max_depth = 4, .max_nodes = 64};

Error invalid_did_jwk(const std::string& why) {
  return invalid_did("did:jwk: " + why);
}

core::Json document_of(const Did& did, const core::Json& jwk, bool agrees_on_keys) {
  const std::string method_id = did.text() + "#0";
  const core::Json uses = core::Json::array({method_id});
  core::Json document = core::Json::object({
      {"@context", core::Json::array({"https://www.w3.org/ns/did/v1",
                                      "https://w3id.org/security/suites/jws-2020/v1"})},
      {"id", did.text()},
      {"verificationMethod", core::Json::array({core::Json::object({
                                 {"id", method_id},
                                 {"type", "JsonWebKey2020"},
                                 {"controller", did.text()},
                                 {"publicKeyJwk", jwk},
                             })})},
      {"authentication", uses},
      {"assertionMethod", uses},
      {"capabilityInvocation", uses},
      {"capabilityDelegation", uses},
  });
  if (agrees_on_keys) document.set("keyAgreement", uses);
  return document;
}

}  // namespace

Result<Resolution, Error> DidJwkResolver::resolve(const Did& did,
                                                  const ResolutionOptions& options) const {
  if (did.method() != "jwk") {
    return fail(Error{ErrorCode::method_not_supported, "this resolver knows did:jwk only"});
  }
  const auto text = core::from_base64url(did.method_specific_id());
  if (!text) return fail(invalid_did_jwk(text.error().detail));
  const auto jwk = core::parse_json(core::as_text(*text), kJwkLimits);
  if (!jwk) return fail(invalid_did_jwk(jwk.error().detail));
  const auto key = keys_.from_jwk(*jwk);
  if (!key) return fail(invalid_did_jwk(key.error().detail));
  const bool agrees_on_keys = key->as_ecdsa() != nullptr && jwk->find("use") == nullptr;
  auto document = Document::from_json(document_of(did, *jwk, agrees_on_keys), did);
  if (!document) return fail(std::move(document.error()));
  // The document is a function of the DID, so there is one version for ever.
  return if_wanted({std::make_shared<const Document>(std::move(*document)), "1"}, options,
                   EarlierVersions::none);
}

}  // namespace avow::did
