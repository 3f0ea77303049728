#include "did/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::did {
namespace {

using Row = core::Named<ErrorCode>;

constexpr std::array kCodes{
    Row{ErrorCode::invalid_did, "invalid_did"},
    Row{ErrorCode::invalid_did_url, "invalid_did_url"},
    Row{ErrorCode::invalid_options, "invalid_options"},
    Row{ErrorCode::not_found, "not_found"},
    Row{ErrorCode::version_not_found, "version_not_found"},
    Row{ErrorCode::method_not_supported, "method_not_supported"},
    Row{ErrorCode::feature_not_supported, "feature_not_supported"},
    Row{ErrorCode::representation_not_supported, "representation_not_supported"},
    Row{ErrorCode::invalid_did_document, "invalid_did_document"},
    Row{ErrorCode::document_too_large, "document_too_large"},
    Row{ErrorCode::deactivated, "deactivated"},
    Row{ErrorCode::conflict, "conflict"},
    Row{ErrorCode::invalid_log, "invalid_log"},
    Row{ErrorCode::not_yet_valid, "not_yet_valid"},
    Row{ErrorCode::rollback_detected, "rollback_detected"},
    Row{ErrorCode::blocked_address, "blocked_address"},
    Row{ErrorCode::tls_failure, "tls_failure"},
    Row{ErrorCode::too_many_fetches, "too_many_fetches"},
    Row{ErrorCode::timed_out, "timed_out"},
    Row{ErrorCode::resolution_stale, "resolution_stale"},
    Row{ErrorCode::unavailable, "unavailable"},
};
static_assert(core::is_row_for_each(kCodes, &Row::value, ErrorCode::unavailable));

}  // namespace

std::string_view code_name(ErrorCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

Error invalid_did(std::string detail) {
  return {ErrorCode::invalid_did, std::move(detail)};
}

Error invalid_did_url(std::string detail) {
  return {ErrorCode::invalid_did_url, std::move(detail)};
}

Error invalid_log(std::string detail) {
  return {ErrorCode::invalid_log, std::move(detail)};
}

}  // namespace avow::did
