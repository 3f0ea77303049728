#include "did/error.h"

namespace avow::did {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_did:
      return "invalid_did";
    case ErrorCode::invalid_did_url:
      return "invalid_did_url";
    case ErrorCode::invalid_options:
      return "invalid_options";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::version_not_found:
      return "version_not_found";
    case ErrorCode::method_not_supported:
      return "method_not_supported";
    case ErrorCode::feature_not_supported:
      return "feature_not_supported";
    case ErrorCode::representation_not_supported:
      return "representation_not_supported";
    case ErrorCode::invalid_did_document:
      return "invalid_did_document";
    case ErrorCode::document_too_large:
      return "document_too_large";
    case ErrorCode::deactivated:
      return "deactivated";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::invalid_log:
      return "invalid_log";
    case ErrorCode::blocked_address:
      return "blocked_address";
    case ErrorCode::tls_failure:
      return "tls_failure";
    case ErrorCode::too_many_fetches:
      return "too_many_fetches";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::resolution_stale:
      return "resolution_stale";
    case ErrorCode::unavailable:
      return "unavailable";
  }
  return "unavailable";
}

}  // namespace avow::did
