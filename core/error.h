#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace avow::core {

enum class ErrorCode {
  // JSON text
  malformed_json,
  duplicate_key,
  unsafe_integer,
  number_range,
  too_deep,
  too_many_nodes,
  too_large,
  invalid_utf8,
  invalid_unicode,
  // reading a JSON value into a type
  type,
  missing_member,
  unknown_member,
  control_char,
  // encodings
  bad_base64url,
  bad_multibase,
  bad_datetime,
  // keys, signatures, proofs
  invalid_key,
  weak_key,
  private_key_material,
  alg_key_mismatch,
  malformed_proof,
  unsupported_proof_type,
  unsupported_cryptosuite,
  context_mismatch,
  bad_proof,
  // the outside world
  storage,
  storage_full,
  schema_newer,
  locked,
  unreachable,
  timed_out,  // no whole answer within the time allowed
  response_too_large,
  unsupported_content_encoding,
  https_required,
  blocked_address,   // an address that must not be connected to
  tls_failure,       // certificate, name or protocol not accepted
  too_many_fetches,  // more than one request may cause, or than run at once
};

/// The stable code as programs see it, equal to the enumerator's name.
std::string_view code_name(ErrorCode code);

/// `code` is for programs, `detail` for people (what, and where known why), `pointer` a JSON
/// Pointer (RFC 6901) into the input, or empty. Neither ever holds a secret or a whole credential.
struct Error {
  ErrorCode code;
  std::string detail;
  std::string pointer = {};
};

}  // namespace avow::core
