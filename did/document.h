#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/public_key.h"
#include "did/did.h"
#include "did/error.h"

namespace avow::did {

enum class VerificationRelationship {
  authentication,
  assertion_method,
  key_agreement,
  capability_invocation,
  capability_delegation,
};

/// "assertionMethod" and so on: the member of a document, and the proofPurpose of a proof.
std::string_view name_of(VerificationRelationship relationship);

struct VerificationMethod {
  std::string id;                    // absolute
  std::string type;                  // see public_key_of; others are kept and verify nothing here
  std::string controller;            // empty if the document does not say
  std::string public_key_multibase;  // empty if the method carries its key in another form
  core::Json public_key_jwk = {};    // null if it does
};

/// The key of a method: type Multikey or Ed25519VerificationKey2020 by its publicKeyMultibase, JsonWebKey or
/// JsonWebKey2020 by its publicKeyJwk.
/// fails what core::PublicKeyCache fails with; invalid_key also for any other type
/// source Controlled Identifiers v1.0 "Verification Methods"; the 2020 types say the same under an older name
core::Result<core::PublicKey, core::Error> public_key_of(const VerificationMethod& method,
                                                         core::PublicKeyCache& keys);

/// A DID document, read and checked: its `id` is the DID that was asked for; at most 64 KiB as RFC 8785
/// and 32 verification methods, those embedded in relationships included; each method id is a DID URL
/// with a fragment, absolute after resolution against the document's id, and unique.
/// A method of another DID or controller may stand in it, and is never found under a relationship.
/// source Controlled Identifiers v1.0 "Retrieve Verification Method"; DID Core 1.0 "Verification Methods"
class Document {
 public:
  /// fails invalid_did_document (also a document that holds a private key), document_too_large
  static Result<Document, Error> from_json(core::Json json, const Did& expected_id);

  const Did& id() const { return id_; }
  const core::Json& json() const { return json_; }
  const std::vector<VerificationMethod>& verification_methods() const { return methods_; }

  /// The method with exactly this absolute id if it stands under `relationship`, is a URL of this DID and
  /// has this DID as its controller; else null.
  const VerificationMethod* find(std::string_view method_id,
                                 VerificationRelationship relationship) const;
  /// The method with exactly this absolute id, whatever it may be used for.
  const VerificationMethod* find(std::string_view method_id) const;

 private:
  explicit Document(Did id) : id_(std::move(id)) {}
  Did id_;
  core::Json json_;
  std::vector<VerificationMethod> methods_;
  std::array<std::vector<std::string>, 5> relationships_;  // ids, by VerificationRelationship
};

}  // namespace avow::did
