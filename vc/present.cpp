#include "vc/present.h"

#include "core/data_integrity.h"
#include "did/document.h"
#include "vc/namespace.h"
#include "vc/presentation.h"

namespace avow::vc {

Result<core::Json, Error> present(const std::vector<core::Json>& credentials, const Holder& holder,
                                  const PresentOptions& options) {
  if (options.lifetime <= core::Milliseconds::zero() ||
      options.lifetime > kMaxPresentationLifetime) {
    return fail(Error{ErrorCode::lifetime_too_long,
                      "a presentation lives more than 0 and at most 60 seconds"});
  }
  core::Json presentation =
      core::Json::object({{"@context", core::Json::array({kCredentialsV2Context})},
                          {"type", core::Json::array({kVerifiablePresentation})},
                          {"holder", holder.did},
                          {"verifiableCredential", core::Json::array(credentials)}});
  if (const auto form = Presentation::from_json(presentation); !form) return fail(form.error());
  const core::ProofOptions proof{
      .verification_method = holder.verification_method,
      .proof_purpose = std::string(did::name_of(did::VerificationRelationship::authentication)),
      .created = core::format_seconds(options.now),
      .expires = core::format_seconds(options.now + options.lifetime),
      .domain = options.domain,
      .challenge = options.challenge};
  core::Json signature = core::create_proof(presentation, proof, holder.key);
  return core::with_proof(std::move(presentation), std::move(signature));
}

}  // namespace avow::vc
