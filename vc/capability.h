#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "vc/constraint.h"
#include "vc/error.h"
#include "vc/verdict.h"

namespace avow::vc {

/// One thing an agent may do.
struct Capability {
  std::string action;
  /// A pattern. Without one, the capability covers only requests that name no resource: absence
  /// grants nothing.
  std::optional<std::string> resource;
  /// As written: what is not understood denies when it is evaluated.
  std::vector<core::Json> constraints;
};

/// What holds for all capabilities of an agent: {"operatingHours"?, "maxDelegationDepth"?, "nonDelegable"?}. Only
/// the hours bear on an action; the others are for delegation.
struct Limits {
  std::optional<OperatingHours> operating_hours = {};

  /// null has no limits.
  /// fails constraint_malformed (a member unknown or of the wrong type)
  static Result<Limits, Error> from_json(const core::Json& json, const std::string& pointer);
};

/// The subject of an AgentCapabilityCredential.
struct AgentSubject {
  std::string id;
  std::string name;
  std::string version;
  std::string owner_id;
  std::vector<Capability> capabilities;  // none if the member is missing: never "everything"
  core::Json limits;                     // as written, null if missing

  /// At most 256 capabilities of 32 constraints.
  /// fails capability_malformed
  static Result<AgentSubject, Error> from_json(const core::Json& subject,
                                               const std::string& pointer = "/credentialSubject");
};

/// Does a resource pattern cover a resource? Exact match, or a trailing segment `*` that stands for
/// one or more segments. Segments end at ':' and '/', and the two are different. Empty, `.` and
/// `..` segments, percent-encoded dots, slashes, backslashes and percent signs, backslashes,
/// control characters and `*` elsewhere never match.
bool resource_covers(const std::string& pattern, const std::string& resource);
/// Is this a pattern that can match at all?
bool is_resource_pattern(const std::string& pattern);

/// What somebody wants to do.
struct Action {
  std::string name;
  std::optional<std::string> resource = {};
  core::Json parameters = core::Json::object();
};

/// May it? Allowed only if `code` is empty.
struct Decision {
  bool allowed = false;
  std::string code = {};    // not_accepted, not_consortium, not_presented, no_capability,
                            // constraint_violated, unknown_constraint, limits
  std::string detail = {};  // "max /amount/minor: 10001 is over 10000"
  /// JSON Pointer, into the verified document, of the capability that decided.
  std::string capability = {};
  core::Json constraint = {};  // the constraint that failed, as written; null if none did

  core::Json to_json() const;
};

/// Decides on one action, from `verdict.verified_document` alone: the credentials of a presentation.
///
/// Denies unless the verdict is accepted under the consortium profile (the w3c profile asks neither
/// who may issue nor who presents). Denies on a credential alone, which says nothing of who shows
/// it: whoever once verified an agent has a copy. One capability must be satisfied wholly: action
/// equal, resource covered, each constraint and its credential's limits satisfied. The refusal names
/// the capability that came nearest, the last one of that action and resource. Anything not
/// understood denies.
/// pure  thread-safe
/// source vc/README.md "Decisions"
Decision authorise(const Verdict& verdict, const Action& action, core::Instant now);

/// authorise, and its answer as one more check of the verdict, named "action": who asked about an action gets no accepted
/// verdict without it. Undetermined if the verdict was not accepted before, failed with the decision's code if it denies.
Decision check_action(Verdict& verdict, const Action& action, core::Instant now);

}  // namespace avow::vc
