#include "revocation/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::revocation {
namespace {

using Row = core::Named<ErrorCode>;

constexpr std::array kCodes{
    Row{ErrorCode::malformed_body, "malformed_body"},
    Row{ErrorCode::status_retrieval_error, "STATUS_RETRIEVAL_ERROR"},
    Row{ErrorCode::status_verification_error, "STATUS_VERIFICATION_ERROR"},
    Row{ErrorCode::status_list_length_error, "STATUS_LIST_LENGTH_ERROR"},
    Row{ErrorCode::malformed_value_error, "MALFORMED_VALUE_ERROR"},
    Row{ErrorCode::range_error, "RANGE_ERROR"},
    Row{ErrorCode::bad_multibase, "bad_multibase"},
    Row{ErrorCode::bad_gzip, "bad_gzip"},
    Row{ErrorCode::status_list_too_large, "status_list_too_large"},
    Row{ErrorCode::status_list_id, "status_list_id"},
    Row{ErrorCode::status_list_expired, "status_list_expired"},
    Row{ErrorCode::https_required, "https_required"},
    Row{ErrorCode::status_issuer, "status_issuer"},
    Row{ErrorCode::registry_stale, "registry_stale"},
    Row{ErrorCode::not_found, "not_found"},
    Row{ErrorCode::conflict, "conflict"},
    Row{ErrorCode::storage, "storage"},
};
static_assert(core::is_row_for_each(kCodes, &Row::value, ErrorCode::storage));

}  // namespace

std::string_view code_name(ErrorCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

tl::unexpected<Error> malformed_body(std::string detail) {
  return core::fail(Error{ErrorCode::malformed_body, std::move(detail)});
}

}  // namespace avow::revocation
