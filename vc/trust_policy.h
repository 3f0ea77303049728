#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "vc/verdict.h"

namespace avow::vc {

/// A signature that is good, for whoever knows which keys were stolen.
struct GoodSignature {
  const std::string& verification_method;
  /// The RFC 8785 text of the document as signed, with this proof alone: under it what was issued is published.
  std::function<std::string()> as_issued;
  /// What the presenter gave along for the TrustPolicy to read.
  const std::vector<core::Json>& stapled;
};

/// Port: is this issuer a member in good standing, may it issue these types, and how fresh is what
/// we know of it? That is asked in the consortium profile only; whether a key was stolen and what stands against it by
/// the verifier's own rules, in both.
/// Its codes stand in vc/trust_code.h. Each of the first five questions may also be answered with rules_unknown
/// (undetermined): the network has agreed on rules that this software does not know.
class TrustPolicy {
 public:
  virtual ~TrustPolicy() = default;
  /// types  all types of the credential but "VerifiableCredential"
  /// gives  a Check named "issuer". Codes: issuer_unknown, issuer_not_authorised, issuer_suspended, issuer_evicted,
  ///        issuer_forked; registry_stale (undetermined) if too little is known of who gave it that authority
  virtual Check check_issuer(const std::string& issuer, const std::vector<std::string>& types,
                             core::Instant now) const = 0;
  /// Tells more, in its evidence, of why check_issuer() failed. Asked once the proof has passed: it may cost as much again,
  /// and what nobody has signed anybody sends.
  virtual void explain(Check& /*issuer*/, core::Instant /*now*/) const {}
  /// gives a Check named "freshness". Codes: registry_stale, issuer_forked, issuer_unknown
  virtual Check check_freshness(const std::string& issuer, core::Instant now) const = 0;
  /// Was the key given up as stolen, and if so, does its organisation show that it made this signature before? A thief
  /// writes any date, so none is looked at. Asked of every good signature, also of a presentation, in both profiles.
  /// gives a Check named "compromise", or nothing if nothing was said against the key. Codes: key_compromised;
  ///       issuer_forked, issuer_evicted if no key of that organisation counts; registry_stale (undetermined) if not all
  ///       that was said is known
  virtual std::optional<Check> check_key(const GoodSignature& signature) const = 0;
  /// Has its organisation, or the issuer's, stopped one of those whom a credential is about? Asked once its proof has
  /// passed, in the consortium profile only.
  /// gives a Check named "subject". Codes: subject_suspended, subject_disowned, issuer_forked; registry_stale
  ///       (undetermined) if too little is known of the organisation of one of them
  virtual Check check_subjects(const std::string& issuer, const std::vector<std::string>& subjects,
                               core::Instant now) const = 0;
  /// Does a rule of the verifier's own stand against who issued a credential, its types or one of those whom it is
  /// about? Asked once its proof has passed.
  /// gives a Check named "local_policy". Codes: denied_locally
  virtual Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                                   const std::vector<std::string>& subjects) const = 0;
};

}  // namespace avow::vc
