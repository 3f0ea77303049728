#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/random.h"
#include "core/timestamp.h"
#include "vc/error.h"
#include "vc/verdict.h"

namespace avow::vc {

/// Who signs.
struct Issuer {
  std::string did;
  std::string verification_method;  // absolute, under assertionMethod
  const core::Ed25519SigningKey& key;
};

struct IssueOptions {
  core::Instant now;
  Profile profile =
      Profile::consortium;  // which contexts are known; what an agent may get is the same in both
  std::vector<core::Json> status = {};  // credentialStatus objects to add: see make_status_entry()
  core::Milliseconds max_agent_lifetime = std::chrono::hours(24);
};

/// Signs a credential. A missing `id` becomes urn:uuid, a missing `issuer` the issuer's DID, the
/// status entries are added; all else stays as it is given, and no term is added that VCDM 2.0 does
/// not define.
///
/// fails  what check_context and Credential::from_json fail with; already_secured (it has a proof);
///        issuer_mismatch (it names somebody else); status_malformed (it brings a credentialStatus while we are to add
///        ours); for AgentCapabilityCredential also capability_malformed, undefined_term, validity_required,
///        lifetime_too_long, status_required, unknown_constraint, constraint_malformed, resource_malformed
Result<core::Json, Error> issue(core::Json credential, const Issuer& issuer,
                                const IssueOptions& options, core::Random& random);

}  // namespace avow::vc
