#include "node/error.h"

#include <array>
#include <cstddef>

#include "core/enum_table.h"
#include "node/fixes.h"

namespace avow::node {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int http;
  int exit;
};

constexpr std::array kRows{
    Row{ErrorCode::usage, "usage", 400, 2},
    Row{ErrorCode::invalid_input, "invalid_input", 400, 2},
    Row{ErrorCode::not_found, "not_found", 404, 6},
    Row{ErrorCode::conflict, "conflict", 409, 7},
    Row{ErrorCode::denied, "denied", 403, 5},
    Row{ErrorCode::storage, "storage", 503, 1},
    Row{ErrorCode::storage_full, "storage_full", 507, 1},
    Row{ErrorCode::locked, "locked", 503, 1},
    Row{ErrorCode::schema_newer, "schema_newer", 503, 1},
    Row{ErrorCode::not_initialised, "not_initialised", 503, 1},
    Row{ErrorCode::already_initialised, "already_initialised", 409, 1},
    Row{ErrorCode::not_writable, "not_writable", 503, 1},
    Row{ErrorCode::port_in_use, "port_in_use", 503, 1},
    Row{ErrorCode::address_refused, "address_refused", 403, 2},
    Row{ErrorCode::configuration, "configuration", 503, 2},
    Row{ErrorCode::wrong_passphrase, "wrong_passphrase", 503, 2},
    Row{ErrorCode::keystore_corrupt, "keystore_corrupt", 503, 1},
    Row{ErrorCode::keystore_weak, "keystore_weak", 503, 1},
    Row{ErrorCode::keystore_exposed, "keystore_exposed", 503, 1},
    Row{ErrorCode::memory_lock, "memory_lock", 503, 1},
    Row{ErrorCode::charter_invalid, "charter_invalid", 400, 1},
    Row{ErrorCode::restored_backup, "restored_backup", 503, 1},
    Row{ErrorCode::not_admitted, "not_admitted", 503, 1},
    Row{ErrorCode::awaiting_peers, "awaiting_peers", 503, 1},
    Row{ErrorCode::awaiting_witnesses, "awaiting_witnesses", 503, 4},
    Row{ErrorCode::feed_full, "feed_full", 507, 1},
    Row{ErrorCode::subject_deactivated, "subject_deactivated", 409, 7},
    Row{ErrorCode::subject_stopped, "subject_stopped", 409, 7},
    Row{ErrorCode::key_compromised, "key_compromised", 409, 7},
    Row{ErrorCode::unreachable, "unreachable", 502, 4},
    Row{ErrorCode::internal, "internal", 500, 1},
};

static_assert(core::is_row_for_each(kRows, &Row::code, ErrorCode::internal));

const Row& row(ErrorCode code) {
  return kRows[static_cast<std::size_t>(code)];
}

ErrorCode translate(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::storage:
      return ErrorCode::storage;
    case core::ErrorCode::storage_full:
      return ErrorCode::storage_full;
    case core::ErrorCode::schema_newer:
      return ErrorCode::schema_newer;
    case core::ErrorCode::locked:
      return ErrorCode::locked;
    case core::ErrorCode::unreachable:
    case core::ErrorCode::timed_out:
    case core::ErrorCode::response_too_large:
    case core::ErrorCode::unsupported_content_encoding:
    case core::ErrorCode::https_required:
    case core::ErrorCode::blocked_address:
    case core::ErrorCode::tls_failure:
    case core::ErrorCode::too_many_fetches:
      return ErrorCode::unreachable;
    default:  // all others are faults of a text or a value
      return ErrorCode::invalid_input;
  }
}

}  // namespace

std::string_view code_name(ErrorCode code) {
  return row(code).name;
}
int http_status(ErrorCode code) {
  return row(code).http;
}
int exit_code(ErrorCode code) {
  return row(code).exit;
}

Error from_core(const core::Error& error, std::string what) {
  std::string why = error.detail;
  if (!error.pointer.empty()) why = error.pointer + ": " + why;
  return {translate(error.code), std::move(what), std::move(why),
          std::string(usual_fix(error.code))};
}

Error from_did(const did::Error& error, std::string what) {
  const bool absent =
      error.code == did::ErrorCode::not_found || error.code == did::ErrorCode::version_not_found;
  const bool final =
      error.code == did::ErrorCode::deactivated || error.code == did::ErrorCode::conflict;
  const bool outside = error.code == did::ErrorCode::unavailable;
  return {absent    ? ErrorCode::not_found
          : outside ? ErrorCode::storage
          : final   ? ErrorCode::conflict
                    : ErrorCode::invalid_input,
          std::move(what), error.detail, std::string(usual_fix(error.code))};
}

}  // namespace avow::node
