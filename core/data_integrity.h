#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/ed25519.h"
#include "core/error.h"
#include "core/json.h"
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

/// Reads one proof object.
/// fails malformed_proof (a member missing or of the wrong type, a set of domains, a proof chain), bad_datetime,
///       unsupported_proof_type, unsupported_cryptosuite (only "DataIntegrityProof" with "eddsa-jcs-2022")
/// source VC Data Integrity 1.0 "Proofs"
Result<Proof, Error> read_proof(const Json& proof);

/// Makes an eddsa-jcs-2022 proof over `document` (a member `proof` in it is left out of what is signed) and returns
/// the proof object. If the document has an `@context`, the proof carries a copy of it, and it is signed with it.
/// source Data Integrity EdDSA Cryptosuites v1.0 "eddsa-jcs-2022", Create Proof
Json create_proof(const Json& document, const ProofOptions& options, const Ed25519SigningKey& key);

/// The document with that proof as its member `proof`.
Json with_proof(Json document, Json proof);

/// Verifies an eddsa-jcs-2022 proof over `document` (its member `proof` is left out).
/// fails what read_proof fails with; bad_multibase (proofValue is not `z` + 64 bytes); context_mismatch (the proof's
///       @context is not a prefix of the document's); bad_proof (the signature)
/// note  only the contexts in the proof are signed, the document may append others: who reads terms by their context
///       compares the two for equality
/// pure  dates, purpose, domain, challenge and the key's right to sign are the caller's to check
Result<Proof, Error> verify_proof(const Json& document, const Json& proof,
                                  const Ed25519PublicKey& key);

/// SHA-256(JCS(proof − proofValue)) ‖ SHA-256(JCS(document − proof)): the 64 bytes that are signed.
std::array<std::uint8_t, 64> proof_hash_data(const Json& document, const Json& proof);

}  // namespace avow::core
