#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace avow::vc {

enum class ErrorCode {
  // form of a credential or presentation
  not_an_object,
  context_missing,
  context_order,           // the first entry is not the VCDM 2.0 context
  context_malformed,       // an entry that is neither a string nor an object
  context_not_allowed,     // unknown URL, inline context, or not for this profile
  unsupported_data_model,  // VCDM 1.1
  id_malformed,
  type_missing,
  type_malformed,
  undefined_term,
  issuer_missing,
  issuer_malformed,
  subject_missing,
  subject_malformed,
  bad_datetime,
  validity_reversed,
  status_malformed,
  schema_malformed,
  terms_of_use_malformed,
  evidence_malformed,
  refresh_service_malformed,
  related_resource_malformed,
  name_malformed,
  holder_malformed,
  credential_malformed,  // an entry of verifiableCredential
  too_many_items,
  too_many_credentials,
  nested_presentation,
  media_type,  // an enveloped credential or presentation: none is read in this build
  // one status entry
  type,
  range_error,
  unsupported_status,
  // the profile of AgentCapabilityCredential
  capability_malformed,
  unknown_constraint,
  constraint_malformed,
  resource_malformed,
  validity_required,
  lifetime_too_long,
  status_required,
  // issuing
  already_secured,
  issuer_mismatch,
};

/// As programs see it: the enumerator's name, but "RANGE_ERROR" as Bitstring Status List writes it.
std::string_view code_name(ErrorCode code);

/// `code` for programs, `detail` for people (no secrets, no raw control characters), `pointer` a
/// JSON Pointer into the document, or empty for the document itself.
struct Error {
  ErrorCode code;
  std::string detail;
  std::string pointer = {};
};

using core::fail;
using core::Result;

}  // namespace avow::vc
