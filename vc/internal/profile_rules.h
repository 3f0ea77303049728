#pragma once

#include "core/json.h"
#include "vc/capability.h"
#include "vc/credential.h"
#include "vc/error.h"

namespace avow::vc::internal {

/// The subject of an AgentCapabilityCredential. Issuing and verifying ask the same.
/// fails undefined_term (our context, which defines the type, is not named), capability_malformed
Result<AgentSubject, Error> read_agent_subject(const core::Json& document,
                                               const Credential& credential);

/// What we do not issue, because no verifier could grant anything by it: constraints, limits and resources that are
/// not understood.
/// fails unknown_constraint, constraint_malformed, resource_malformed
Result<void, Error> check_grantable(const AgentSubject& subject);

}  // namespace avow::vc::internal
