#include "revocation/error.h"

namespace avow::revocation {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::malformed_body:
      return "malformed_body";
    case ErrorCode::status_retrieval_error:
      return "STATUS_RETRIEVAL_ERROR";
    case ErrorCode::status_verification_error:
      return "STATUS_VERIFICATION_ERROR";
    case ErrorCode::status_list_length_error:
      return "STATUS_LIST_LENGTH_ERROR";
    case ErrorCode::malformed_value_error:
      return "MALFORMED_VALUE_ERROR";
    case ErrorCode::range_error:
      return "RANGE_ERROR";
    case ErrorCode::bad_multibase:
      return "bad_multibase";
    case ErrorCode::bad_gzip:
      return "bad_gzip";
    case ErrorCode::status_list_too_large:
      return "status_list_too_large";
    case ErrorCode::status_list_id:
      return "status_list_id";
    case ErrorCode::status_list_expired:
      return "status_list_expired";
    case ErrorCode::https_required:
      return "https_required";
    case ErrorCode::status_issuer:
      return "status_issuer";
    case ErrorCode::registry_stale:
      return "registry_stale";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::storage:
      return "storage";
  }
  return "";
}

}  // namespace avow::revocation
