#include "vc/capability.h"

#include <algorithm>

#include "core/json_reader.h"
#include "core/printable.h"
#include "vc/internal/form.h"
#include "vc/internal/segments.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

constexpr std::size_t kMaxCapabilities = 256;
constexpr std::size_t kMaxConstraints = 32;
constexpr std::size_t kMaxName = 256;
constexpr std::int64_t kMaxDelegationDepth = 64;
constexpr std::string_view kResourceSeparators = ":/";

Error malformed(const core::Error& cause) {
  return Error{ErrorCode::capability_malformed, cause.detail, cause.pointer};
}

Result<Capability, Error> read_capability(const core::Json& json, const std::string& pointer) {
  core::JsonReader in(json, pointer);
  Capability capability;
  capability.action = in.string("action", kMaxName);
  capability.resource = in.optional_string("resource");
  if (json.find("constraints") != nullptr) {
    if (const core::Json::Array* items = in.array("constraints", kMaxConstraints))
      capability.constraints = *items;
  }
  // A member that is not known could narrow what is granted, so it is not passed over.
  if (const auto fault = in.finish(core::JsonReader::Members::closed))
    return fail(malformed(*fault));
  return capability;
}

Result<void, Error> read_parties(const core::Json& subject, const std::string& pointer,
                                 AgentSubject& read) {
  core::JsonReader in(subject, pointer);
  read.id = in.string("id");
  const core::Json* agent = in.object("agent");
  const core::Json* owner = in.object("owner");
  if (const auto fault = in.finish(core::JsonReader::Members::open)) return fail(malformed(*fault));
  core::JsonReader agent_in(*agent, pointer + "/agent");
  read.name = agent_in.string("name", kMaxName);
  read.version = agent_in.string("version", kMaxName);
  if (const auto fault = agent_in.finish(core::JsonReader::Members::open))
    return fail(malformed(*fault));
  core::JsonReader owner_in(*owner, pointer + "/owner");
  read.owner_id = owner_in.string("id");
  owner_in.string("role", kMaxName);
  if (const auto fault = owner_in.finish(core::JsonReader::Members::open))
    return fail(malformed(*fault));
  return {};
}

/// What went wrong so far; the further a capability got, the more its reason is worth telling.
enum class Nearness { nothing, credential, action, constraint };
struct Refusal {
  Nearness nearness = Nearness::nothing;
  Decision decision;
};

void keep_nearest(Refusal& nearest, Nearness nearness, Decision decision) {
  if (nearness < nearest.nearness) return;
  nearest = Refusal{nearness, std::move(decision)};
}

Decision refusal(std::string_view code, std::string_view detail, std::string_view capability = "",
                 core::Json constraint = {}) {
  return Decision{false, std::string(code), core::printable(detail), std::string(capability),
                  std::move(constraint)};
}

bool covers(const Capability& capability, const Action& action) {
  if (!capability.resource || !action.resource) return !capability.resource && !action.resource;
  return resource_covers(*capability.resource, *action.resource);
}

/// Why a capability for the action does not cover its resource.
std::string not_covered(const Capability& capability, const Action& action) {
  if (!capability.resource) {
    return "resource: " + core::in_quotes(*action.resource) +
           " is named, and the capability covers only requests that name none";
  }
  const std::string covered = core::in_quotes(*capability.resource);
  if (!action.resource)
    return "resource: the request names no resource; the capability is for " + covered;
  return "resource: " + core::in_quotes(*action.resource) + " is not covered by " + covered;
}

/// Nothing if every limit is understood and kept.
std::optional<std::string> limit_broken(const core::Json& json, core::Instant now) {
  const auto limits = Limits::from_json(json, "/limits");
  if (!limits) return "limits: " + limits.error().detail;
  const auto& hours = limits->operating_hours;
  if (!hours || hours->contains(now)) return std::nullopt;
  return "limits operatingHours: " + core::format_seconds(now) + " is outside " + hours->text();
}

/// Nothing if all constraints are satisfied; else the decision that the first failing one makes.
std::optional<Decision> constraint_broken(const Capability& capability, const Action& action,
                                          core::Instant now, const std::string& pointer) {
  for (std::size_t i = 0; i < capability.constraints.size(); ++i) {
    const core::Json& json = capability.constraints[i];
    const auto constraint =
        Constraint::from_json(json, pointer + "/constraints/" + std::to_string(i));
    if (!constraint) {
      return refusal(code_name(constraint.error().code), constraint.error().detail, pointer, json);
    }
    if (const auto why = constraint->violation(action.parameters, now)) {
      return refusal("constraint_violated", *why, pointer, json);
    }
  }
  return std::nullopt;
}

/// Allowed, or the nearest refusal, by one credential.
std::optional<Decision> grant(const core::Json& credential, const std::string& pointer,
                              const Action& action, core::Instant now, Refusal& nearest) {
  if (!internal::names_type(credential, kAgentCapabilityCredential)) return std::nullopt;
  const core::Json* subject_json = credential.find("credentialSubject");
  const std::string subject_pointer = pointer + "/credentialSubject";
  const auto subject = subject_json != nullptr
                           ? AgentSubject::from_json(*subject_json, subject_pointer)
                           : AgentSubject::from_json(core::Json{}, subject_pointer);
  if (!subject) {
    keep_nearest(nearest, Nearness::credential,
                 refusal(code_name(subject.error().code), subject.error().detail));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < subject->capabilities.size(); ++i) {
    const Capability& capability = subject->capabilities[i];
    if (capability.action != action.name) continue;
    const std::string at = subject_pointer + "/capabilities/" + std::to_string(i);
    if (!covers(capability, action)) {
      keep_nearest(nearest, Nearness::action,
                   refusal("no_capability", not_covered(capability, action), at));
      continue;
    }
    if (auto broken = constraint_broken(capability, action, now, at)) {
      keep_nearest(nearest, Nearness::constraint, std::move(*broken));
      continue;
    }
    if (const auto why = limit_broken(subject->limits, now)) {
      keep_nearest(nearest, Nearness::constraint, refusal("limits", *why, at, subject->limits));
      continue;
    }
    return Decision{true, "", core::in_quotes(action.name) + " is granted", at, {}};
  }
  return std::nullopt;
}

Check check_of(const Decision& decision, const Action& action) {
  if (decision.allowed) return Check::passed("action", decision.detail, decision.to_json());
  if (decision.code == "not_accepted") {
    return Check::undetermined("action", decision.code, decision.detail,
                               "mend what was refused above, and ask again");
  }
  const char* remedy = "ask the agent's organisation for a credential that covers this";
  if (decision.code == "not_presented") remedy = "give the agent a challenge and let it present";
  if (decision.code == "not_consortium") remedy = "ask for the consortium profile";
  // There is a capability for the action, so only the request lacks something.
  if (decision.code == "no_capability" && !decision.capability.empty() && !action.resource)
    remedy = "name one with --resource (in a request: the action's \"resource\")";
  return Check::failed("action", decision.code, decision.detail, remedy, decision.to_json());
}

}  // namespace

Result<Limits, Error> Limits::from_json(const core::Json& json, const std::string& pointer) {
  Limits limits;
  if (json.is_null()) return limits;
  core::JsonReader in(json, pointer);
  in.optional_integer("maxDelegationDepth", 0, kMaxDelegationDepth);
  if (json.find("nonDelegable") != nullptr) in.array("nonDelegable", kMaxCapabilities);
  const core::Json* hours_json =
      json.find("operatingHours") != nullptr ? in.any("operatingHours") : nullptr;
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(Error{ErrorCode::constraint_malformed, fault->detail, fault->pointer});
  }
  if (hours_json == nullptr) return limits;
  auto hours = OperatingHours::from_json(*hours_json, pointer + "/operatingHours");
  if (!hours) return fail(hours.error());
  limits.operating_hours = std::move(*hours);
  return limits;
}

Result<AgentSubject, Error> AgentSubject::from_json(const core::Json& subject,
                                                    const std::string& pointer) {
  if (!subject.is_object()) {
    return fail(
        Error{ErrorCode::capability_malformed, "there is not exactly one subject", pointer});
  }
  AgentSubject read;
  if (auto parties = read_parties(subject, pointer, read); !parties) return fail(parties.error());
  if (const core::Json* limits = subject.find("limits")) {
    if (!limits->is_object()) {
      return fail(
          Error{ErrorCode::capability_malformed, "limits is not an object", pointer + "/limits"});
    }
    read.limits = *limits;
  }
  const core::Json* capabilities = subject.find("capabilities");
  if (capabilities == nullptr) return read;
  const core::Json::Array* items = capabilities->as_array();
  if (items == nullptr || items->size() > kMaxCapabilities) {
    return fail(Error{ErrorCode::capability_malformed, "not a list of at most 256 capabilities",
                      pointer + "/capabilities"});
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    auto capability = read_capability((*items)[i], pointer + "/capabilities/" + std::to_string(i));
    if (!capability) return fail(capability.error());
    read.capabilities.push_back(std::move(*capability));
  }
  return read;
}

bool is_resource_pattern(const std::string& pattern) {
  if (!internal::has_plain_segments(pattern, kResourceSeparators)) return false;
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) return true;
  return star > 0 && star + 1 == pattern.size() &&
         kResourceSeparators.find(pattern[star - 1]) != std::string::npos;
}

bool resource_covers(const std::string& pattern, const std::string& resource) {
  if (!is_resource_pattern(pattern)) return false;
  if (!internal::has_plain_segments(resource, kResourceSeparators) ||
      resource.find('*') != std::string::npos) {
    return false;
  }
  if (!pattern.ends_with('*')) return pattern == resource;
  return resource.size() >= pattern.size() &&
         resource.starts_with(pattern.substr(0, pattern.size() - 1));
}

core::Json Decision::to_json() const {
  core::Json json = core::Json::object({{"allowed", allowed}, {"detail", detail}});
  if (!code.empty()) json.set("code", code);
  if (!capability.empty()) json.set("capability", capability);
  if (!constraint.is_null()) json.set("constraint", constraint);
  return json;
}

Decision authorise(const Verdict& verdict, const Action& action, core::Instant now) {
  if (verdict.outcome() != Outcome::accepted || verdict.verified_document.is_null()) {
    return refusal("not_accepted", "nothing was accepted, so nothing is granted");
  }
  if (verdict.profile != Profile::consortium) {
    return refusal("not_consortium",
                   "the w3c profile does not ask who may grant what; verify as consortium");
  }
  const core::Json* credentials = verdict.verified_document.find("verifiableCredential");
  const core::Json::Array* presented = credentials != nullptr ? credentials->as_array() : nullptr;
  if (presented == nullptr) {
    return refusal("not_presented",
                   "a credential alone can be shown by anybody; ask its holder for a presentation");
  }
  Refusal nearest{Nearness::nothing, refusal("no_capability", "no capability names the action " +
                                                                  core::in_quotes(action.name))};
  for (std::size_t i = 0; i < presented->size(); ++i) {
    const std::string pointer = "/verifiableCredential/" + std::to_string(i);
    if (auto allowed = grant((*presented)[i], pointer, action, now, nearest)) return *allowed;
  }
  return nearest.decision;
}

Decision check_action(Verdict& verdict, const Action& action, core::Instant now) {
  Decision decision = authorise(verdict, action, now);
  verdict.checks.push_back(check_of(decision, action));
  return decision;
}

}  // namespace avow::vc
