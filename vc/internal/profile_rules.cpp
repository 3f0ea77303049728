#include "vc/internal/profile_rules.h"

#include <algorithm>

#include "vc/namespace.h"

namespace avow::vc::internal {

Result<AgentSubject, Error> read_agent_subject(const core::Json& document,
                                               const Credential& credential) {
  if (std::ranges::find(credential.contexts, kAvowContext) == credential.contexts.end()) {
    return fail(Error{ErrorCode::undefined_term,
                      "AgentCapabilityCredential is defined by " + std::string(kAvowContext),
                      "/@context"});
  }
  const core::Json* subject = document.find("credentialSubject");
  return subject != nullptr ? AgentSubject::from_json(*subject)
                            : AgentSubject::from_json(core::Json{});
}

Result<void, Error> check_grantable(const AgentSubject& subject) {
  for (std::size_t i = 0; i < subject.capabilities.size(); ++i) {
    const Capability& capability = subject.capabilities[i];
    const std::string pointer = "/credentialSubject/capabilities/" + std::to_string(i);
    if (capability.resource && !is_resource_pattern(*capability.resource)) {
      return fail(
          Error{ErrorCode::resource_malformed,
                "a resource is segments with at most a trailing *, none of them empty, . or ..",
                pointer + "/resource"});
    }
    for (std::size_t c = 0; c < capability.constraints.size(); ++c) {
      const auto constraint = Constraint::from_json(capability.constraints[c],
                                                    pointer + "/constraints/" + std::to_string(c));
      if (!constraint) return fail(constraint.error());
    }
  }
  const auto limits = Limits::from_json(subject.limits, "/credentialSubject/limits");
  if (!limits) return fail(limits.error());
  return {};
}

}  // namespace avow::vc::internal
