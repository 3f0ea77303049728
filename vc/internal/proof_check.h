#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "did/document.h"
#include "vc/internal/check_list.h"
#include "vc/internal/proof_set.h"
#include "vc/verify.h"

namespace avow::vc::internal {

/// What a proof must be, for one document.
struct ProofDemand {
  did::VerificationRelationship relationship = did::VerificationRelationship::assertion_method;
  std::optional<std::string> issuer = {};  // whose key it must be; nobody's in particular if absent
};

/// A document all of whose proofs passed.
struct ProvenDocument {
  /// The document as signed, with the @context of the first of `proofs`; nothing if it is so as it was given.
  std::optional<core::Json> as_signed;
  /// Those that were demanded: the issuer's own, or all if it may be anybody's. At least one.
  std::vector<ReadProof> proofs;
};

/// Makes the checks "proof", "key", "signature", "proof_purpose" and "proof_dates" of every proof. Nothing unless all
/// passed, and one of them is of the issuer. A proof of somebody else in a set is good for the purpose that it names.
///
/// The purpose is read after the signature, so that a proof whose purpose was changed later is a bad proof and one
/// that was made for another purpose is told apart from it.
std::optional<ProvenDocument> check_proof(const core::Json& document, const ProofDemand& demand,
                                          const VerifyContext& context,
                                          const VerifyOptions& options, CheckList& checks);

}  // namespace avow::vc::internal
