#include "core/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"

namespace avow::core {
namespace {

using Row = Named<ErrorCode>;

constexpr std::array kCodes{
    Row{ErrorCode::malformed_json, "malformed_json"},
    Row{ErrorCode::duplicate_key, "duplicate_key"},
    Row{ErrorCode::unsafe_integer, "unsafe_integer"},
    Row{ErrorCode::number_range, "number_range"},
    Row{ErrorCode::too_deep, "too_deep"},
    Row{ErrorCode::too_many_nodes, "too_many_nodes"},
    Row{ErrorCode::too_large, "too_large"},
    Row{ErrorCode::invalid_utf8, "invalid_utf8"},
    Row{ErrorCode::invalid_unicode, "invalid_unicode"},
    Row{ErrorCode::type, "type"},
    Row{ErrorCode::missing_member, "missing_member"},
    Row{ErrorCode::unknown_member, "unknown_member"},
    Row{ErrorCode::control_char, "control_char"},
    Row{ErrorCode::bad_base64url, "bad_base64url"},
    Row{ErrorCode::bad_multibase, "bad_multibase"},
    Row{ErrorCode::bad_datetime, "bad_datetime"},
    Row{ErrorCode::invalid_key, "invalid_key"},
    Row{ErrorCode::weak_key, "weak_key"},
    Row{ErrorCode::private_key_material, "private_key_material"},
    Row{ErrorCode::alg_key_mismatch, "alg_key_mismatch"},
    Row{ErrorCode::malformed_proof, "malformed_proof"},
    Row{ErrorCode::unsupported_proof_type, "unsupported_proof_type"},
    Row{ErrorCode::unsupported_cryptosuite, "unsupported_cryptosuite"},
    Row{ErrorCode::context_mismatch, "context_mismatch"},
    Row{ErrorCode::bad_proof, "bad_proof"},
    Row{ErrorCode::storage, "storage"},
    Row{ErrorCode::storage_full, "storage_full"},
    Row{ErrorCode::schema_newer, "schema_newer"},
    Row{ErrorCode::locked, "locked"},
    Row{ErrorCode::unreachable, "unreachable"},
    Row{ErrorCode::timed_out, "timed_out"},
    Row{ErrorCode::response_too_large, "response_too_large"},
    Row{ErrorCode::unsupported_content_encoding, "unsupported_content_encoding"},
    Row{ErrorCode::https_required, "https_required"},
    Row{ErrorCode::blocked_address, "blocked_address"},
    Row{ErrorCode::tls_failure, "tls_failure"},
    Row{ErrorCode::too_many_fetches, "too_many_fetches"},
};
static_assert(is_row_for_each(kCodes, &Row::value, ErrorCode::too_many_fetches));

}  // namespace

std::string_view code_name(ErrorCode code) {
  return kCodes[static_cast<std::size_t>(code)].name;
}

}  // namespace avow::core
