#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "vc/error.h"

namespace avow::vc {

/// A VCDM 2.0 credential whose form was checked. It says nothing of proof, trust or time: a caller
/// that decides reads a Verdict.
struct Credential {
  std::optional<std::string> id;
  std::vector<std::string> contexts;  // URLs only
  std::vector<std::string> types;     // with "VerifiableCredential"
  std::string issuer;  // the id, also when `issuer` is an object; its name decides nothing
  std::vector<std::optional<std::string>> subject_ids;  // one for each credentialSubject
  std::optional<core::Instant> valid_from;
  std::optional<core::Instant> valid_until;
  std::vector<core::Json> status;  // each credentialStatus, an object with a type

  bool has_type(std::string_view type) const;
  /// All types but "VerifiableCredential".
  std::vector<std::string> specific_types() const;

  /// Checks the form. At most 32 entries in any list.
  ///
  /// fails  one code for each rule, with a JSON Pointer: see "form" in vc/error.h. Which contexts are allowed is
  ///        not asked here (vc/contexts.h), nor are undefined terms, nor is anything fetched.
  /// pure   thread-safe
  /// source VCDM 2.0 "Basic Concepts", "Advanced Concepts"
  static Result<Credential, Error> from_json(const core::Json& json);
};

}  // namespace avow::vc
