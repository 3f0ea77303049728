#include "did/document.h"

#include <algorithm>
#include <optional>

#include "core/canonical_json.h"
#include "did/internal/ascii.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxDocumentSize = std::size_t{64} * 1024;
constexpr std::size_t kMaxMethods = 32;

constexpr std::array<std::string_view, 5> kRelationshipNames = {
    "authentication", "assertionMethod", "keyAgreement", "capabilityInvocation",
    "capabilityDelegation"};

Error invalid_document(std::string detail) {
  return {ErrorCode::invalid_did_document, std::move(detail)};
}

/// Members that would publish a secret: Controlled Identifiers 1.0 "Multikey" and "JsonWebKey", and
/// the older suites' privateKeyBase58 and so on.
bool holds_private_key(const core::Json& method) {
  for (const auto& [name, value] : *method.as_object()) {
    if (name.starts_with("secretKey") || name.starts_with("privateKey")) return true;
  }
  const core::Json* jwk = method.find("publicKeyJwk");
  return jwk != nullptr && core::holds_secret(*jwk);
}

/// An id as it stands in the document, made absolute; nothing if it is no DID URL with a fragment.
std::optional<std::string> absolute_method_id(std::string_view reference, const Did& document_id) {
  const auto url = DidUrl::parse(DidUrl::absolute(reference, document_id));
  if (!url || !url->fragment || url->fragment->empty()) return std::nullopt;
  return url->text();
}

Result<VerificationMethod, Error> read_method(const core::Json& json, const Did& document_id) {
  if (!json.is_object()) return fail(invalid_document("a verification method is not an object"));
  if (holds_private_key(json))
    return fail(invalid_document("a verification method holds a private key"));
  const std::string* id = json.find_string("id");
  const std::string* type = json.find_string("type");
  if (id == nullptr || type == nullptr) {
    return fail(invalid_document("a verification method lacks its id or type"));
  }
  auto absolute = absolute_method_id(*id, document_id);
  if (!absolute) return fail(invalid_document("the id of a verification method is not a DID URL"));
  VerificationMethod method{std::move(*absolute), *type, {}, {}, {}};
  if (const core::Json* controller = json.find("controller")) {
    if (controller->as_string() == nullptr || !Did::parse(*controller->as_string())) {
      return fail(invalid_document("the controller of a verification method is not a DID"));
    }
    method.controller = *controller->as_string();
  }
  if (const core::Json* key = json.find("publicKeyMultibase")) {
    if (key->as_string() == nullptr)
      return fail(invalid_document("publicKeyMultibase is not a string"));
    method.public_key_multibase = *key->as_string();
  }
  if (const core::Json* jwk = json.find("publicKeyJwk")) {
    if (!jwk->is_object()) return fail(invalid_document("publicKeyJwk is not an object"));
    method.public_key_jwk = *jwk;
  }
  if (method.type == "Multikey" && method.public_key_multibase.empty()) {
    return fail(invalid_document("a Multikey has no publicKeyMultibase"));
  }
  return method;
}

/// An optional array member: a null pointer if the document does not have it.
Result<const core::Json::Array*, Error> array_member(const core::Json& json,
                                                     std::string_view name) {
  const core::Json* member = json.find(name);
  if (member == nullptr) return nullptr;
  if (member->as_array() == nullptr)
    return fail(invalid_document(std::string(name) + " is not an array"));
  return member->as_array();
}

std::optional<Error> add_method(std::vector<VerificationMethod>& methods, const core::Json& json,
                                const Did& document_id) {
  if (methods.size() == kMaxMethods) {
    return Error{ErrorCode::document_too_large, "more than 32 verification methods"};
  }
  auto method = read_method(json, document_id);
  if (!method) return std::move(method.error());
  const auto same_id = [&](const VerificationMethod& other) { return other.id == method->id; };
  if (std::any_of(methods.begin(), methods.end(), same_id)) {
    return invalid_document("two verification methods have the same id");
  }
  methods.push_back(std::move(*method));
  return std::nullopt;
}

Result<std::vector<VerificationMethod>, Error> read_methods(const core::Json& json,
                                                            const Did& document_id) {
  std::vector<VerificationMethod> methods;
  const auto listed = array_member(json, "verificationMethod");
  if (!listed) return fail(listed.error());
  if (*listed == nullptr) return methods;
  for (const core::Json& item : **listed) {
    if (auto fault = add_method(methods, item, document_id)) return fail(std::move(*fault));
  }
  return methods;
}

/// The ids under one relationship. A method that is embedded there is added to `methods`.
Result<std::vector<std::string>, Error> read_relationship(
    const core::Json& json, std::string_view name, const Did& document_id,
    std::vector<VerificationMethod>& methods) {
  std::vector<std::string> ids;
  const auto items = array_member(json, name);
  if (!items) return fail(items.error());
  if (*items == nullptr) return ids;
  for (const core::Json& item : **items) {
    if (const std::string* reference = item.as_string()) {
      auto id = absolute_method_id(*reference, document_id);
      if (!id)
        return fail(invalid_document(std::string(name) + " names something that is not a DID URL"));
      ids.push_back(std::move(*id));
      continue;
    }
    if (auto fault = add_method(methods, item, document_id)) return fail(std::move(*fault));
    ids.push_back(methods.back().id);
  }
  return ids;
}

Result<void, Error> check_also_known_as(const core::Json& json) {
  const auto items = array_member(json, "alsoKnownAs");
  if (!items) return fail(items.error());
  if (*items == nullptr) return {};
  for (const core::Json& item : **items) {
    const std::string* name = item.as_string();
    if (name == nullptr || name->empty() ||
        std::any_of(name->begin(), name->end(), internal::is_control)) {
      return fail(invalid_document("alsoKnownAs holds something that is not a URI"));
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(VerificationRelationship relationship) {
  return kRelationshipNames[static_cast<std::size_t>(relationship)];
}

core::Result<core::PublicKey, core::Error> public_key_of(const VerificationMethod& method,
                                                         core::PublicKeyCache& keys) {
  const auto refused = [](std::string detail) {
    return fail(core::Error{core::ErrorCode::invalid_key, std::move(detail)});
  };
  if (method.type == "JsonWebKey" || method.type == "JsonWebKey2020") {
    return keys.from_jwk(method.public_key_jwk);
  }
  if (method.type == "Multikey") return keys.from_multikey(method.public_key_multibase);
  if (method.type != "Ed25519VerificationKey2020") {
    return refused("a method of this type verifies nothing here");
  }
  auto key = keys.from_multikey(method.public_key_multibase);
  if (key && key->as_ed25519() == nullptr)
    return refused("the key is not Ed25519 as its type says");
  return key;
}

Result<Document, Error> Document::from_json(core::Json json, const Did& expected_id) {
  if (!json.is_object()) return fail(invalid_document("a DID document is an object"));
  if (core::to_canonical(json).size() > kMaxDocumentSize) {
    return fail(Error{ErrorCode::document_too_large, "the DID document is larger than 64 KiB"});
  }
  const std::string* id = json.find_string("id");
  if (id == nullptr || *id != expected_id.text()) {
    return fail(invalid_document("the document's id is not the DID that was asked for"));
  }
  Document document(expected_id);
  auto methods = read_methods(json, expected_id);
  if (!methods) return fail(std::move(methods.error()));
  for (std::size_t i = 0; i < kRelationshipNames.size(); ++i) {
    auto ids = read_relationship(json, kRelationshipNames[i], expected_id, *methods);
    if (!ids) return fail(std::move(ids.error()));
    document.relationships_[i] = std::move(*ids);
  }
  if (auto names = check_also_known_as(json); !names) return fail(std::move(names.error()));
  document.methods_ = std::move(*methods);
  document.json_ = std::move(json);
  return document;
}

const VerificationMethod* Document::find(std::string_view method_id,
                                         VerificationRelationship relationship) const {
  const VerificationMethod* method = find(method_id);
  if (method == nullptr || method->controller != id_.text()) return nullptr;
  // The whole DID before '#', never a prefix of it: did:web:a.example is not did:web:a.example.evil.
  if (method_id.substr(0, method_id.find('#')) != id_.text()) return nullptr;
  const auto& ids = relationships_[static_cast<std::size_t>(relationship)];
  return std::find(ids.begin(), ids.end(), method_id) == ids.end() ? nullptr : method;
}

const VerificationMethod* Document::find(std::string_view method_id) const {
  const auto has_id = [&](const VerificationMethod& method) { return method.id == method_id; };
  const auto found = std::find_if(methods_.begin(), methods_.end(), has_id);
  return found == methods_.end() ? nullptr : &*found;
}

}  // namespace avow::did
