#include "vc/error.h"

namespace avow::vc {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::not_an_object:
      return "not_an_object";
    case ErrorCode::context_missing:
      return "context_missing";
    case ErrorCode::context_order:
      return "context_order";
    case ErrorCode::context_malformed:
      return "context_malformed";
    case ErrorCode::context_not_allowed:
      return "context_not_allowed";
    case ErrorCode::unsupported_data_model:
      return "unsupported_data_model";
    case ErrorCode::id_malformed:
      return "id_malformed";
    case ErrorCode::type_missing:
      return "type_missing";
    case ErrorCode::type_malformed:
      return "type_malformed";
    case ErrorCode::undefined_term:
      return "undefined_term";
    case ErrorCode::issuer_missing:
      return "issuer_missing";
    case ErrorCode::issuer_malformed:
      return "issuer_malformed";
    case ErrorCode::subject_missing:
      return "subject_missing";
    case ErrorCode::subject_malformed:
      return "subject_malformed";
    case ErrorCode::bad_datetime:
      return "bad_datetime";
    case ErrorCode::validity_reversed:
      return "validity_reversed";
    case ErrorCode::status_malformed:
      return "status_malformed";
    case ErrorCode::schema_malformed:
      return "schema_malformed";
    case ErrorCode::terms_of_use_malformed:
      return "terms_of_use_malformed";
    case ErrorCode::evidence_malformed:
      return "evidence_malformed";
    case ErrorCode::refresh_service_malformed:
      return "refresh_service_malformed";
    case ErrorCode::related_resource_malformed:
      return "related_resource_malformed";
    case ErrorCode::name_malformed:
      return "name_malformed";
    case ErrorCode::holder_malformed:
      return "holder_malformed";
    case ErrorCode::credential_malformed:
      return "credential_malformed";
    case ErrorCode::too_many_items:
      return "too_many_items";
    case ErrorCode::too_many_credentials:
      return "too_many_credentials";
    case ErrorCode::nested_presentation:
      return "nested_presentation";
    case ErrorCode::media_type:
      return "media_type";
    case ErrorCode::type:
      return "type";
    case ErrorCode::range_error:
      return "RANGE_ERROR";
    case ErrorCode::unsupported_status:
      return "unsupported_status";
    case ErrorCode::capability_malformed:
      return "capability_malformed";
    case ErrorCode::unknown_constraint:
      return "unknown_constraint";
    case ErrorCode::constraint_malformed:
      return "constraint_malformed";
    case ErrorCode::resource_malformed:
      return "resource_malformed";
    case ErrorCode::validity_required:
      return "validity_required";
    case ErrorCode::lifetime_too_long:
      return "lifetime_too_long";
    case ErrorCode::status_required:
      return "status_required";
    case ErrorCode::already_secured:
      return "already_secured";
    case ErrorCode::issuer_mismatch:
      return "issuer_mismatch";
  }
  return "";
}

}  // namespace avow::vc
