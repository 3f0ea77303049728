#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "core/data_integrity.h"
#include "core/json.h"
#include "did/did.h"
#include "vc/internal/check_list.h"
#include "vc/verdict.h"

namespace avow::vc::internal {

inline constexpr std::size_t kMaxProofs = 16;

/// One proof of a document: read, nothing of it verified.
struct ReadProof {
  const core::Json* json;  // into the document
  core::Proof proof;
  did::DidUrl method;  // verificationMethod: a DID and a fragment
  CheckList checks;    // of a set, they name the proof: "credential, proof 2"
};

/// The proofs of a document: its member `proof` is one, or a set of 1..kMaxProofs without chains. Adds the check
/// "proof" for each; nothing if one failed. Codes: no_proof, too_many_proofs, malformed_proof (also two with one id),
/// bad_proof_chain (previousProof names none of the set, or a cycle), proof_chains_unsupported, context_mismatch
/// (consortium: the proof's @context is not the document's), and what core::read_proof fails with.
/// source VC Data Integrity 1.0 "Proof Sets", "Proof Chains"
std::optional<std::vector<ReadProof>> read_proofs(const core::Json& document, Profile profile,
                                                  CheckList& checks);

}  // namespace avow::vc::internal
