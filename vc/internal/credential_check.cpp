#include "vc/internal/credential_check.h"

#include <algorithm>

#include "vc/capability.h"
#include "vc/contexts.h"
#include "vc/internal/profile_rules.h"
#include "vc/internal/proof_check.h"
#include "vc/namespace.h"
#include "vc/status_entry.h"

namespace avow::vc::internal {
namespace {

constexpr const char* kAskIssuerAgain = "ask the issuer for a credential of the right form";

bool check_validity(const Credential& credential, const VerifyOptions& options, CheckList& checks) {
  if (options.profile == Profile::consortium &&
      (!credential.valid_from || !credential.valid_until)) {
    return checks.add(Check::failed("validity", "validity_required",
                                    "validFrom and validUntil are both required", kAskIssuerAgain));
  }
  if (credential.valid_from && options.judged_at() < *credential.valid_from - options.skew) {
    return checks.add(Check::failed("validity", "not_yet_valid",
                                    "valid from " + core::format_seconds(*credential.valid_from),
                                    "wait, or compare the clocks of issuer and verifier"));
  }
  if (credential.valid_until && options.judged_at() > *credential.valid_until + options.skew) {
    return checks.add(Check::failed("validity", "expired",
                                    "valid until " + core::format_seconds(*credential.valid_until),
                                    "ask the issuer for a new credential"));
  }
  core::Json evidence = core::Json::object();
  if (credential.valid_from)
    evidence.set("validFrom", core::format_milliseconds(*credential.valid_from));
  if (credential.valid_until)
    evidence.set("validUntil", core::format_milliseconds(*credential.valid_until));
  return checks.add(Check::passed("validity",
                                  options.as_of ? "that time is within the credential's"
                                                : "now is within the credential's time",
                                  std::move(evidence)));
}

/// A list that asked a list for its own status would never come to an end, so it has none.
bool is_status_list(const Credential& credential) {
  const auto is_specific = [](const std::string& type) { return type != kVerifiableCredential; };
  return std::ranges::count_if(credential.types, is_specific) == 1 &&
         credential.has_type(kBitstringStatusListCredential);
}

void check_status(const Credential& credential, const VerifyContext& context,
                  const VerifyOptions& options, CheckList& checks) {
  if (is_status_list(credential)) {
    if (credential.status.empty()) return;
    checks.add(Check::failed("status", "unsupported_status",
                             "a status list may not depend on a status list", kAskIssuerAgain));
    return;
  }
  bool has_revocation = false;
  for (std::size_t i = 0; i < credential.status.size(); ++i) {
    const auto entry =
        read_status_entry(credential.status[i], "/credentialStatus/" + std::to_string(i));
    if (!entry) {
      checks.add_error("status", entry.error(), kAskIssuerAgain);
      continue;
    }
    has_revocation = has_revocation || entry->purpose == "revocation";
    checks.add(context.status.check_status(credential.issuer, *entry, options.now));
  }
  if (has_revocation) return;
  if (options.profile == Profile::w3c)
    return checks.add_not_checked("whether it was revoked: no credentialStatus says where to look");
  checks.add(Check::failed("status", "status_required",
                           "no credentialStatus says how it could be revoked", kAskIssuerAgain));
}

void check_capability(const core::Json& document, const Credential& credential, CheckList& checks) {
  if (!credential.has_type(kAgentCapabilityCredential)) return;
  const auto subject = read_agent_subject(document, credential);
  if (!subject) {
    checks.add_error("capability", subject.error(), kAskIssuerAgain);
    return;
  }
  checks.add(
      Check::passed("capability", "agent " + subject->name + " " + subject->version,
                    core::Json::object({{"agent", subject->id}, {"owner", subject->owner_id}})));
}

}  // namespace

bool check_allowed_context(const core::Json& document, const VerifyOptions& options,
                           CheckList& checks) {
  const auto contexts = check_context(document, {options.profile, options.allow_examples_context});
  if (!contexts)
    return checks.add_error("context", contexts.error(),
                            "use only the contexts that this profile allows");
  return checks.add(Check::passed("context", "every context is known here"));
}

std::optional<ProvenDocument> check_credential(const core::Json& json,
                                               const Result<Credential, Error>& form,
                                               const VerifyContext& context,
                                               const VerifyOptions& options, CheckList& checks) {
  if (!form) {
    checks.add_error("form", form.error(), kAskIssuerAgain);
    return std::nullopt;
  }
  checks.add(Check::passed("form", "a VC Data Model 2.0 credential"));
  const bool has_allowed_context = check_allowed_context(json, options, checks);
  // Whether its issuer's word counts is asked of what is known here, before a key of a stranger's is looked for.
  const bool is_trusted =
      options.profile != Profile::consortium ||
      checks.add(context.trust.check_issuer(form->issuer, form->specific_types(), options.now));
  auto proven = check_proof(json, {did::VerificationRelationship::assertion_method, form->issuer},
                            context, options, checks);
  check_validity(*form, options, checks);
  if (!proven || !has_allowed_context) return std::nullopt;
  // From here on the content is the issuer's word, and what the issuer points at may be asked.
  if (!is_trusted) context.trust.explain(*checks.find("issuer"), options.now);
  std::vector<std::string> subjects;
  for (const auto& id : form->subject_ids) {
    if (id) subjects.push_back(*id);
  }
  if (options.profile == Profile::consortium) {
    checks.add(context.trust.check_freshness(form->issuer, options.now));
    checks.add(context.trust.check_subjects(form->issuer, subjects, options.now));
  }
  checks.add(context.trust.check_local_policy(form->issuer, form->specific_types(), subjects));
  if (is_trusted) check_status(*form, context, options, checks);
  check_capability(proven->as_signed ? *proven->as_signed : json, *form, checks);
  return proven;
}

}  // namespace avow::vc::internal
