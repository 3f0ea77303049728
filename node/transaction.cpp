#include "node/transaction.h"

#include <optional>

#include "node/fixes.h"

namespace avow::node {
namespace {

ErrorCode translate(registry::ErrorCode code) {
  switch (code) {
    case registry::ErrorCode::restored_backup:
    case registry::ErrorCode::foreign_statement:
      return ErrorCode::restored_backup;
    case registry::ErrorCode::feed_full:
      return ErrorCode::feed_full;
    case registry::ErrorCode::guard_file:
      return ErrorCode::storage;
    case registry::ErrorCode::bad_slot:
      return ErrorCode::invalid_input;
    case registry::ErrorCode::not_a_governor:
      return ErrorCode::denied;
    case registry::ErrorCode::feed_frozen:
    case registry::ErrorCode::slot_decided:
    case registry::ErrorCode::vote_refused:
    case registry::ErrorCode::governance_stopped:
    case registry::ErrorCode::emergency_too_soon:
    case registry::ErrorCode::no_charter:
    case registry::ErrorCode::not_a_member:
    case registry::ErrorCode::feed_not_open:
    case registry::ErrorCode::already_signed:
    case registry::ErrorCode::hourly_limit:
    case registry::ErrorCode::no_effect:
      return ErrorCode::conflict;
    default:  // a text that is not what it should be
      return ErrorCode::charter_invalid;
  }
}

}  // namespace

Result<void, Error> transact(core::Database& database, std::string_view what,
                             const std::function<Result<void, Error>(core::Transaction&)>& work) {
  std::optional<Error> refusal;
  const auto written =
      database.write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
        auto done = work(transaction);
        if (done) return {};
        refusal = std::move(done.error());
        return core::fail(core::Error{core::ErrorCode::storage, "undone"});
      });
  if (refusal) return fail(*refusal);
  if (!written) return fail(from_core(written.error(), std::string(what)));
  return {};
}

Error from_vc(const vc::Error& error, std::string what) {
  std::string why = std::string(vc::code_name(error.code)) + ": " + error.detail;
  if (!error.pointer.empty()) why += " (at " + error.pointer + ")";
  return {ErrorCode::invalid_input,
          std::move(what),
          std::move(why),
          std::string(usual_fix(error.code)),
          std::string(vc::code_name(error.code)),
          error.pointer};
}

Error from_revocation(const revocation::Error& error, std::string what) {
  const ErrorCode code = error.code == revocation::ErrorCode::not_found  ? ErrorCode::not_found
                         : error.code == revocation::ErrorCode::conflict ? ErrorCode::conflict
                         : error.code == revocation::ErrorCode::storage  ? ErrorCode::storage
                                                                         : ErrorCode::invalid_input;
  return {code, std::move(what), error.detail, std::string(usual_fix(error.code))};
}

Error from_registry(const registry::Error& error, std::string what) {
  return {translate(error.code), std::move(what),
          std::string(registry::code_name(error.code)) + ": " + error.detail,
          std::string(usual_fix(error.code))};
}

}  // namespace avow::node
