#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/ed25519.h"
#include "core/error.h"
#include "core/json.h"
#include "core/public_key.h"
#include "core/timestamp.h"

namespace avow::core {

/// The members of a Data Integrity proof that we write, as given; absent ones are not written.
struct ProofOptions {
  std::string verification_method;
  std::string proof_purpose;
  std::optional<std::string> created = {};
  std::optional<std::string> expires = {};
  std::optional<std::string> domain = {};
  std::optional<std::string> challenge = {};
};

/// What a proof says of itself, before its signature is checked. Instants are parsed; the texts that were
/// hashed stay in the JSON.
struct Proof {
  std::string type;
  std::string cryptosuite;
  std::string verification_method;
  std::string proof_purpose;
  std::string proof_value;
  std::optional<Instant> created;
  std::optional<Instant> expires;
  std::optional<std::string> domain;
  std::optional<std::string> challenge;
};

/// The one cryptosuite that a key of this kind goes with: "eddsa-jcs-2022" or "ecdsa-jcs-2019".
std::string_view cryptosuite_of(const PublicKey& key);

/// Reads one proof object.
/// fails malformed_proof (a member missing or of the wrong type, a set of domains, a proof chain), bad_datetime,
///       unsupported_proof_type (only "DataIntegrityProof"), unsupported_cryptosuite (only the two above)
/// source VC Data Integrity 1.0 "Proofs"
Result<Proof, Error> read_proof(const Json& proof);

/// Makes an eddsa-jcs-2022 proof over `document` (a member `proof` in it is left out of what is signed) and returns
/// the proof object. If the document has an `@context`, the proof carries a copy of it, and it is signed with it.
/// source Data Integrity EdDSA Cryptosuites v1.0 "eddsa-jcs-2022", Create Proof
Json create_proof(const Json& document, const ProofOptions& options, const Ed25519SigningKey& key);

/// The document with that proof as its member `proof`.
Json with_proof(Json document, Json proof);

/// Verifies a proof over `document` (its member `proof` is left out): read_proof, signed_data and verify_signature in
/// one, and fails as they do.
/// pure  dates, purpose, domain, challenge and the key's right to sign are the caller's to check
/// source Data Integrity EdDSA Cryptosuites v1.0 "eddsa-jcs-2022", ECDSA Cryptosuites v1.0 "ecdsa-jcs-2019", Verify Proof
Result<Proof, Error> verify_proof(const Json& document, const Json& proof, const PublicKey& key);

/// What a signature by `key` must be over for a proof to hold.
/// fails alg_key_mismatch (the proof's suite is not cryptosuite_of(key)); context_mismatch (the proof's @context is not
///       a prefix of the document's)
/// note  only the contexts in the proof are signed, the document may append others: who reads terms by their context
///       compares the two for equality
Result<Bytes, Error> signed_data(const Json& document, const Json& proof, const PublicKey& key);
/// fails bad_multibase (proofValue is not `z` and exactly a signature of this key's size); bad_proof (the signature)
Result<void, Error> verify_signature(const Proof& proof, ByteView signed_data,
                                     const PublicKey& key);

/// H(JCS(proof − proofValue)) ‖ H(JCS(document − proof)), where H is the hash that goes with the key: 64 bytes of
/// SHA-256 for Ed25519 and P-256, 96 of SHA-384 for P-384.
Bytes proof_hash_data(const Json& document, const Json& proof, const PublicKey& key);

}  // namespace avow::core
