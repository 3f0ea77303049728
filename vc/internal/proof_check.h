#pragma once

#include <optional>
#include <string>

#include "core/data_integrity.h"
#include "core/json.h"
#include "did/document.h"
#include "vc/internal/check_list.h"
#include "vc/verify.h"

namespace avow::vc::internal {

/// What a proof must be, for one document.
struct ProofDemand {
  did::VerificationRelationship relationship = did::VerificationRelationship::assertion_method;
  std::optional<std::string> issuer = {};  // whose key it must be; nobody's in particular if absent
};

/// A document all of whose proof checks passed.
struct ProvenDocument {
  core::Json document;  // as signed: with the proof's @context
  core::Proof proof;
  std::string signer;  // the DID whose key made the proof
};

/// Makes the checks "proof", "key", "signature", "proof_purpose" and "proof_dates". Nothing unless all passed.
///
/// The purpose is read after the signature, so that a proof whose purpose was changed later is a bad proof and one
/// that was made for another purpose is told apart from it.
std::optional<ProvenDocument> check_proof(const core::Json& document, const ProofDemand& demand,
                                          const VerifyContext& context,
                                          const VerifyOptions& options, CheckList& checks);

}  // namespace avow::vc::internal
