#include "core/error.h"

#include <cassert>

namespace avow::core {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed_json:
      return "malformed_json";
    case ErrorCode::duplicate_key:
      return "duplicate_key";
    case ErrorCode::unsafe_integer:
      return "unsafe_integer";
    case ErrorCode::number_range:
      return "number_range";
    case ErrorCode::too_deep:
      return "too_deep";
    case ErrorCode::too_many_nodes:
      return "too_many_nodes";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::invalid_utf8:
      return "invalid_utf8";
    case ErrorCode::invalid_unicode:
      return "invalid_unicode";
    case ErrorCode::type:
      return "type";
    case ErrorCode::missing_member:
      return "missing_member";
    case ErrorCode::unknown_member:
      return "unknown_member";
    case ErrorCode::control_char:
      return "control_char";
    case ErrorCode::bad_base64url:
      return "bad_base64url";
    case ErrorCode::bad_multibase:
      return "bad_multibase";
    case ErrorCode::bad_datetime:
      return "bad_datetime";
    case ErrorCode::invalid_key:
      return "invalid_key";
    case ErrorCode::weak_key:
      return "weak_key";
    case ErrorCode::private_key_material:
      return "private_key_material";
    case ErrorCode::alg_key_mismatch:
      return "alg_key_mismatch";
    case ErrorCode::malformed_proof:
      return "malformed_proof";
    case ErrorCode::unsupported_proof_type:
      return "unsupported_proof_type";
    case ErrorCode::unsupported_cryptosuite:
      return "unsupported_cryptosuite";
    case ErrorCode::context_mismatch:
      return "context_mismatch";
    case ErrorCode::bad_proof:
      return "bad_proof";
    case ErrorCode::storage:
      return "storage";
    case ErrorCode::storage_full:
      return "storage_full";
    case ErrorCode::schema_newer:
      return "schema_newer";
    case ErrorCode::locked:
      return "locked";
    case ErrorCode::unreachable:
      return "unreachable";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::response_too_large:
      return "response_too_large";
    case ErrorCode::unsupported_content_encoding:
      return "unsupported_content_encoding";
    case ErrorCode::https_required:
      return "https_required";
    case ErrorCode::blocked_address:
      return "blocked_address";
    case ErrorCode::tls_failure:
      return "tls_failure";
    case ErrorCode::too_many_fetches:
      return "too_many_fetches";
  }
  assert(false && "not an enumerator");
  return "";
}

}  // namespace avow::core
