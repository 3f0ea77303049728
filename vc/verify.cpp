#include "vc/verify.h"

#include <algorithm>

#include "core/printable.h"
#include "vc/credential.h"
#include "vc/internal/check_list.h"
#include "vc/internal/credential_check.h"
#include "vc/internal/proof_check.h"
#include "vc/presentation.h"

namespace avow::vc {
namespace {

using core::in_quotes;
using internal::CheckList;

constexpr const char* kPresentAgain = "present again, signed by the holder for this verifier";

Verdict open_verdict(const VerifyOptions& options) {
  constexpr std::size_t kUsualChecks = 16;
  Verdict verdict;
  verdict.checks.reserve(kUsualChecks);
  verdict.profile = options.profile;
  verdict.as_of = options.as_of;
  verdict.not_checked = {"terms that no context defines",
                         "credentialSchema, termsOfUse, evidence, refreshService and "
                         "relatedResource beyond their form"};
  if (options.as_of) {
    verdict.not_checked.emplace_back(
        "who was trusted, what was revoked and whether the proof existed at that time: trust and "
        "status are those of "
        "now, and a proof's date is its signer's word");
  }
  if (options.profile == Profile::w3c) {
    verdict.not_checked.emplace_back(
        "whether the issuer may issue this: no trust registry is asked");
    verdict.not_checked.emplace_back(
        "whether the presenter is the subject, and the challenge ours and unused");
  }
  return verdict;
}

using Proofs = std::vector<internal::ReadProof>;

bool check_as_of(const VerifyOptions& options, CheckList& checks) {
  if (!options.as_of) return true;
  if (*options.as_of > options.now + options.skew) {
    return checks.add(Check::failed("as_of", "as_of_in_future",
                                    "it is not " + core::format_seconds(*options.as_of) + " yet",
                                    "ask for a time that has passed"));
  }
  return checks.add(Check::passed(
      "as_of", "keys and dates are judged as of " + core::format_seconds(*options.as_of)));
}

bool check_domain(const core::Proof& proof, const VerifyOptions& options, CheckList& checks) {
  const bool is_required = options.profile == Profile::consortium;
  if (!options.expected_domain) {
    if (!is_required) return true;
    return checks.add(Check::failed("domain", "domain_required",
                                    "the verifier was not told its own domain",
                                    "say which domain the presentation must be made for"));
  }
  if (!proof.domain) {
    return checks.add(
        Check::failed("domain", "domain_required", "the proof names no verifier", kPresentAgain));
  }
  if (*proof.domain != *options.expected_domain) {
    return checks.add(Check::failed(
        "domain", "domain",
        "made for " + in_quotes(*proof.domain) + ", this is " + in_quotes(*options.expected_domain),
        kPresentAgain));
  }
  return checks.add(Check::passed("domain", "made for this verifier"));
}

/// Each proof of a set was made for this verifier.
bool check_domains(Proofs& proofs, const VerifyOptions& options) {
  bool have_all_passed = true;
  for (auto& read : proofs) {
    have_all_passed = check_domain(read.proof, options, read.checks) && have_all_passed;
  }
  return have_all_passed;
}

Check holder_failed(const std::string& detail) {
  return Check::failed("holder", "holder_binding", detail, kPresentAgain);
}

bool is_subject(const Credential& credential, const std::string& holder) {
  return std::ranges::all_of(
      credential.subject_ids,
      [&holder](const std::optional<std::string>& id) { return id && *id == holder; });
}

using Forms = std::vector<Result<Credential, Error>>;

bool has_signed(const std::string& holder, const Proofs& proofs) {
  return std::ranges::any_of(
      proofs, [&holder](const auto& read) { return read.method.did.text() == holder; });
}

bool check_holder(const Presentation& presentation, const Proofs& proofs, const Forms& forms,
                  const VerifyOptions& options, CheckList& checks) {
  const bool is_consortium = options.profile == Profile::consortium;
  if (!presentation.holder) {
    if (!is_consortium) return true;
    return checks.add(holder_failed("the presentation names no holder"));
  }
  const std::string& holder = *presentation.holder;
  if (!has_signed(holder, proofs) && (is_consortium || holder.starts_with("did:"))) {
    return checks.add(holder_failed("held by " + in_quotes(holder) + ", signed by " +
                                    in_quotes(proofs.front().method.did.text())));
  }
  if (!is_consortium) return checks.add(Check::passed("holder", "the holder made the proof"));
  for (std::size_t i = 0; i < forms.size(); ++i) {
    // A credential without form is refused as such, further down.
    if (forms[i] && !is_subject(*forms[i], holder)) {
      return checks.add(
          holder_failed("the holder is not the subject of credential " + std::to_string(i + 1)));
    }
  }
  return checks.add(
      Check::passed("holder", "the holder made the proof and is the subject of each credential"));
}

bool check_presence(const Presentation& presentation, const VerifyOptions& options,
                    CheckList& checks) {
  if (!presentation.credentials.empty() || options.profile != Profile::consortium) return true;
  return checks.add(Check::failed("credentials", "missing_credential",
                                  "the presentation holds no credential",
                                  "present at least one credential"));
}

bool check_challenge(const Proofs& proofs, const VerifyOptions& options, ChallengeBook& challenges,
                     CheckList& checks) {
  const core::Proof& proof = proofs.front().proof;
  const bool is_same = std::ranges::all_of(
      proofs, [&proof](const auto& read) { return read.proof.challenge == proof.challenge; });
  if (!is_same) {
    return checks.add(Check::failed("challenge", "challenge",
                                    "the proofs do not answer the same challenge", kPresentAgain));
  }
  const bool is_consortium = options.profile == Profile::consortium;
  if (!proof.challenge) {
    if (!is_consortium && !options.expected_challenge) return true;
    return checks.add(Check::failed("challenge", "challenge_required",
                                    "the proof answers no challenge",
                                    "ask the verifier for a challenge and present again"));
  }
  if (options.expected_challenge && *proof.challenge != *options.expected_challenge) {
    return checks.add(Check::failed("challenge", "challenge", "the proof answers another challenge",
                                    kPresentAgain));
  }
  if (is_consortium) return checks.add(challenges.consume(*proof.challenge, options.now));
  if (!options.expected_challenge) return true;
  return checks.add(Check::passed("challenge", "the proof answers the expected challenge"));
}

using ProvenCredentials = std::vector<internal::ProvenDocument>;

/// Nothing if a proof of one did not pass.
std::optional<ProvenCredentials> check_credentials(const Presentation& presentation,
                                                   const Forms& forms, const VerifyContext& context,
                                                   const VerifyOptions& options, Verdict& verdict) {
  ProvenCredentials proven;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    CheckList checks(verdict, "credential " + std::to_string(i + 1));
    auto one = internal::check_credential(*presentation.credentials[i], forms[i], context, options,
                                          checks);
    if (one) proven.push_back(std::move(*one));
  }
  if (proven.size() != forms.size()) return std::nullopt;
  return proven;
}

/// The presentation as signed, with an array of its credentials as signed.
core::Json as_verified(core::Json json, internal::ProvenDocument presentation,
                       ProvenCredentials credentials) {
  if (presentation.as_signed) json = std::move(*presentation.as_signed);
  if (credentials.empty()) return json;
  core::Json held = json.take("verifiableCredential");
  core::Json::Array items =
      held.is_object() ? core::Json::Array{std::move(held)} : std::move(held).take_items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (credentials[i].as_signed) items[i] = std::move(*credentials[i].as_signed);
  }
  json.set("verifiableCredential", core::Json::array(std::move(items)));
  return json;
}

}  // namespace

Verdict verify_credential(core::Json credential, const VerifyContext& context,
                          const VerifyOptions& options) {
  Verdict verdict = open_verdict(options);
  if (options.profile == Profile::consortium) {
    verdict.not_checked.emplace_back("who shows the credential: only a presentation proves that");
  }
  CheckList checks(verdict, "credential");
  if (options.expected_challenge || (options.profile == Profile::w3c && options.expected_domain))
    checks.add_not_checked("challenge and domain: only a presentation answers them");
  if (!check_as_of(options, checks)) return verdict;
  auto proven = internal::check_credential(credential, Credential::from_json(credential), context,
                                           options, checks);
  if (!proven) return verdict;
  verdict.verified_document =
      proven->as_signed ? std::move(*proven->as_signed) : std::move(credential);
  return verdict;
}

Verdict verify_presentation(core::Json json, const VerifyContext& context,
                            const VerifyOptions& options, ChallengeBook& challenges) {
  Verdict verdict = open_verdict(options);
  CheckList checks(verdict, "presentation");
  if (options.as_of && options.profile == Profile::consortium) {
    checks.add(Check::failed("as_of", "as_of_not_allowed",
                             "a presentation among members is of now, since its challenge is",
                             "ask about its credentials, or for the w3c profile"));
    return verdict;
  }
  if (!check_as_of(options, checks)) return verdict;
  const auto presentation = Presentation::from_json(json);
  if (!presentation) {
    checks.add_error("form", presentation.error(), kPresentAgain);
    return verdict;
  }
  checks.add(Check::passed("form", "a VC Data Model 2.0 presentation"));
  const bool has_allowed_context = internal::check_allowed_context(json, options, checks);
  auto proven = internal::check_proof(json, {did::VerificationRelationship::authentication},
                                      context, options, checks);
  if (!proven || !has_allowed_context) return verdict;

  Forms forms;
  for (const core::Json* credential : presentation->credentials)
    forms.push_back(Credential::from_json(*credential));
  const bool has_domain = check_domains(proven->proofs, options);
  const bool has_holder = check_holder(*presentation, proven->proofs, forms, options, checks);
  const bool has_credentials = check_presence(*presentation, options, checks);
  if (!has_domain || !has_holder || !has_credentials ||
      !check_challenge(proven->proofs, options, challenges, checks)) {
    checks.add_not_checked("the credentials within, since it was refused before");
    return verdict;
  }

  auto credentials = check_credentials(*presentation, forms, context, options, verdict);
  if (!credentials) return verdict;
  verdict.verified_document =
      as_verified(std::move(json), std::move(*proven), std::move(*credentials));
  return verdict;
}

}  // namespace avow::vc
