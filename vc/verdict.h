#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"

namespace avow::vc {

/// How one check ended. A check that could not run is `undetermined`; it never counts as passed.
enum class CheckOutcome { passed, failed, undetermined };
std::string_view name_of(CheckOutcome outcome);

/// One named check of a verdict. Ports that judge (StatusChecker, TrustPolicy) answer with these.
struct Check {
  std::string name;  // "proof", "status", … the same name always asks the same question
  CheckOutcome outcome = CheckOutcome::undetermined;
  std::string code = {};    // stable; empty if passed
  std::string detail = {};  // for people: what and why; no secrets, no whole credentials
  std::string remedy = {};  // what would put it right; empty if passed
  /// What it was decided by: key, list, index, sequence, age and the like.
  core::Json evidence = core::Json::object();
  std::string subject = {};  // which document it is about: "presentation", "credential 1", …

  static Check passed(std::string_view name, std::string_view detail,
                      core::Json evidence = core::Json::object());
  static Check failed(std::string_view name, std::string_view code, std::string_view detail,
                      std::string_view remedy, core::Json evidence = core::Json::object());
  static Check undetermined(std::string_view name, std::string_view code, std::string_view detail,
                            std::string_view remedy, core::Json evidence = core::Json::object());
};

enum class Outcome { accepted, rejected, undetermined };
std::string_view name_of(Outcome outcome);

enum class Profile { consortium, w3c };
std::string_view name_of(Profile profile);

/// The answer to "may I believe this?": not an error. Rejected if any check failed; else
/// undetermined if any could not run, or if there are none; else accepted.
struct Verdict {
  Profile profile = Profile::consortium;
  std::optional<core::Instant> as_of = {};  // the past time that was asked about, if it was one
  std::vector<Check> checks;                // in the order in which they were made
  std::vector<std::string> not_checked;     // what this profile leaves open, in words
  /// The documents as verified: the only thing a caller may read claims from. Null unless every
  /// proof passed.
  core::Json verified_document = {};

  Outcome outcome() const;
  /// The code of the check that decided: the first failed one, else the first undetermined one; empty if accepted. A stop
  /// that may end gives way to one that is final, wherever that stands.
  std::string code() const;
  /// {"verified":bool,"outcome","profile","asOf"?,"code","checks":[…],"notChecked":[…]} without the verified document.
  core::Json to_json() const;
};

}  // namespace avow::vc
