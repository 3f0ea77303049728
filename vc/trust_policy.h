#pragma once

#include <string>
#include <vector>

#include "core/timestamp.h"
#include "vc/verdict.h"

namespace avow::vc {

/// Port: is this issuer a member in good standing, may it issue these types, and how fresh is what
/// we know of it? That is asked in the consortium profile only; what stands against it by the verifier's own rules, in
/// both.
/// Its codes stand in vc/trust_code.h.
class TrustPolicy {
 public:
  virtual ~TrustPolicy() = default;
  /// types  all types of the credential but "VerifiableCredential"
  /// gives  a Check named "issuer". Codes: issuer_unknown, issuer_not_authorised, issuer_suspended, issuer_evicted,
  ///        issuer_forked; registry_stale (undetermined) if too little is known of who gave it that authority
  virtual Check check_issuer(const std::string& issuer, const std::vector<std::string>& types,
                             core::Instant now) const = 0;
  /// gives a Check named "freshness". Codes: registry_stale, issuer_forked, issuer_unknown
  virtual Check check_freshness(const std::string& issuer, core::Instant now) const = 0;
  /// Has its organisation, or the issuer's, stopped one of those whom a credential is about? Asked once its proof has
  /// passed, in the consortium profile only.
  /// gives a Check named "subject". Codes: subject_suspended, subject_disowned, issuer_forked
  virtual Check check_subjects(const std::string& issuer, const std::vector<std::string>& subjects,
                               core::Instant now) const = 0;
  /// Does a rule of the verifier's own stand against who issued a credential, its types or one of those whom it is
  /// about? Asked once its proof has passed.
  /// gives a Check named "local_policy". Codes: denied_locally
  virtual Check check_local_policy(const std::string& issuer, const std::vector<std::string>& types,
                                   const std::vector<std::string>& subjects) const = 0;
};

}  // namespace avow::vc
