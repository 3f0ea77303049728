#include "vc/issue.h"

#include <algorithm>

#include "core/data_integrity.h"
#include "core/printable.h"
#include "did/document.h"
#include "vc/contexts.h"
#include "vc/credential.h"
#include "vc/internal/profile_rules.h"
#include "vc/namespace.h"
#include "vc/status_entry.h"

namespace avow::vc {
namespace {

using Checked = Result<void, Error>;

Checked fill_in(core::Json& credential, const Issuer& issuer, const IssueOptions& options,
                core::Random& random) {
  if (credential.find("proof") != nullptr) {
    return fail(Error{ErrorCode::already_secured, "it has a proof already", "/proof"});
  }
  if (credential.find("id") == nullptr)
    credential.set("id", "urn:uuid:" + core::random_uuid(random));
  if (credential.find("issuer") == nullptr) credential.set("issuer", issuer.did);
  if (options.status.empty()) return {};
  if (credential.find("credentialStatus") != nullptr) {
    return fail(Error{ErrorCode::status_malformed, "this issuer gives the credentialStatus itself",
                      "/credentialStatus"});
  }
  credential.set("credentialStatus", options.status.size() == 1
                                         ? options.status.front()
                                         : core::Json::array(options.status));
  return {};
}

bool has_revocation_entry(const Credential& credential) {
  return std::ranges::any_of(credential.status, [](const core::Json& json) {
    const auto entry = read_status_entry(json);
    return entry && entry->purpose == "revocation";
  });
}

Checked check_agent_rules(const core::Json& json, const Credential& credential,
                          const IssueOptions& options) {
  if (!credential.has_type(kAgentCapabilityCredential)) return {};
  const auto subject = internal::read_agent_subject(json, credential);
  if (!subject) return fail(subject.error());
  if (!credential.valid_from || !credential.valid_until) {
    return fail(Error{ErrorCode::validity_required,
                      "an agent's credential needs validFrom and validUntil"});
  }
  if (*credential.valid_until - *credential.valid_from > options.max_agent_lifetime) {
    const auto minutes =
        std::chrono::floor<std::chrono::minutes>(options.max_agent_lifetime).count();
    return fail(Error{ErrorCode::lifetime_too_long,
                      "an agent's credential lives at most " + std::to_string(minutes) + " minutes",
                      "/validUntil"});
  }
  if (!has_revocation_entry(credential)) {
    return fail(Error{ErrorCode::status_required, "an agent's credential must be revocable"});
  }
  return internal::check_grantable(*subject);
}

}  // namespace

Result<core::Json, Error> issue(core::Json credential, const Issuer& issuer,
                                const IssueOptions& options, core::Random& random) {
  if (!credential.is_object())
    return fail(Error{ErrorCode::not_an_object, "a credential is a JSON object"});
  if (auto filled = fill_in(credential, issuer, options, random); !filled)
    return fail(filled.error());
  if (const auto context = check_context(credential, {options.profile}); !context)
    return fail(context.error());
  const auto form = Credential::from_json(credential);
  if (!form) return fail(form.error());
  if (form->issuer != issuer.did) {
    return fail(Error{
        ErrorCode::issuer_mismatch,
        "this issuer is " + core::in_quotes(issuer.did) + ", not " + core::in_quotes(form->issuer),
        "/issuer"});
  }
  if (auto checked = check_agent_rules(credential, *form, options); !checked)
    return fail(checked.error());
  const core::ProofOptions proof{
      .verification_method = issuer.verification_method,
      .proof_purpose = std::string(did::name_of(did::VerificationRelationship::assertion_method)),
      .created = core::format_seconds(options.now)};
  core::Json signature = core::create_proof(credential, proof, issuer.key);
  return core::with_proof(std::move(credential), std::move(signature));
}

}  // namespace avow::vc
