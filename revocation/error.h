#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace avow::revocation {

enum class ErrorCode {
  // bodies of statements
  malformed_body,  // a status.delta or status.list that has no effect: the body is void
  // Bitstring Status List v1.0 "Processing Errors" and VC Data Model 2.0 "Problem Details"
  status_retrieval_error,
  status_verification_error,
  status_list_length_error,
  malformed_value_error,
  range_error,
  // what the specification leaves open
  bad_multibase,
  bad_gzip,
  status_list_too_large,
  status_list_id,       // the list's id is not the URL it was asked for
  status_list_expired,  // outside its validity period
  https_required,       // the list is published over plain http
  status_issuer,        // the list is not the issuer's own
  registry_stale,       // what is known of the issuer is too old to answer from
  // credentials that we issued
  not_found,
  conflict,  // e.g. resuming a revoked credential
  storage,   // what is stored contradicts itself
};

/// The stable code as programs see it: the specification's spelling where it has one
/// (STATUS_RETRIEVAL_ERROR), else the enumerator's name.
std::string_view code_name(ErrorCode code);

/// `code` for programs, `detail` for people.
struct Error {
  ErrorCode code;
  std::string detail;
};

/// What every body of a statement says of itself if it is void.
tl::unexpected<Error> malformed_body(std::string detail);

using core::fail;
using core::Result;

}  // namespace avow::revocation
