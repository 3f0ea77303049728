#include "vc/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::vc {
namespace {

using Row = core::Named<ErrorCode>;

constexpr std::array kCodes{
    Row{ErrorCode::not_an_object, "not_an_object"},
    Row{ErrorCode::context_missing, "context_missing"},
    Row{ErrorCode::context_order, "context_order"},
    Row{ErrorCode::context_malformed, "context_malformed"},
    Row{ErrorCode::context_not_allowed, "context_not_allowed"},
    Row{ErrorCode::unsupported_data_model, "unsupported_data_model"},
    Row{ErrorCode::id_malformed, "id_malformed"},
    Row{ErrorCode::type_missing, "type_missing"},
    Row{ErrorCode::type_malformed, "type_malformed"},
    Row{ErrorCode::undefined_term, "undefined_term"},
    Row{ErrorCode::issuer_missing, "issuer_missing"},
    Row{ErrorCode::issuer_malformed, "issuer_malformed"},
    Row{ErrorCode::subject_missing, "subject_missing"},
    Row{ErrorCode::subject_malformed, "subject_malformed"},
    Row{ErrorCode::bad_datetime, "bad_datetime"},
    Row{ErrorCode::validity_reversed, "validity_reversed"},
    Row{ErrorCode::status_malformed, "status_malformed"},
    Row{ErrorCode::schema_malformed, "schema_malformed"},
    Row{ErrorCode::terms_of_use_malformed, "terms_of_use_malformed"},
    Row{ErrorCode::evidence_malformed, "evidence_malformed"},
    Row{ErrorCode::refresh_service_malformed, "refresh_service_malformed"},
    Row{ErrorCode::related_resource_malformed, "related_resource_malformed"},
    Row{ErrorCode::name_malformed, "name_malformed"},
    Row{ErrorCode::holder_malformed, "holder_malformed"},
    Row{ErrorCode::credential_malformed, "credential_malformed"},
    Row{ErrorCode::too_many_items, "too_many_items"},
    Row{ErrorCode::too_many_credentials, "too_many_credentials"},
    Row{ErrorCode::nested_presentation, "nested_presentation"},
    Row{ErrorCode::media_type, "media_type"},
    Row{ErrorCode::type, "type"},
    Row{ErrorCode::range_error, "RANGE_ERROR"},
    Row{ErrorCode::unsupported_status, "unsupported_status"},
    Row{ErrorCode::capability_malformed, "capability_malformed"},
    Row{ErrorCode::unknown_constraint, "unknown_constraint"},
    Row{ErrorCode::constraint_malformed, "constraint_malformed"},
    Row{ErrorCode::resource_malformed, "resource_malformed"},
    Row{ErrorCode::validity_required, "validity_required"},
    Row{ErrorCode::lifetime_too_long, "lifetime_too_long"},
    Row{ErrorCode::status_required, "status_required"},
    Row{ErrorCode::already_secured, "already_secured"},
    Row{ErrorCode::issuer_mismatch, "issuer_mismatch"},
};
static_assert(core::is_row_for_each(kCodes, &Row::value, ErrorCode::issuer_mismatch));

}  // namespace

std::string_view code_name(ErrorCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

}  // namespace avow::vc
