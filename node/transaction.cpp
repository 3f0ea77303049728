#include "node/transaction.h"

#include <optional>

namespace avow::node {

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
          "",
          std::string(vc::code_name(error.code)),
          error.pointer};
}

Error from_revocation(const revocation::Error& error, std::string what) {
  const ErrorCode code = error.code == revocation::ErrorCode::not_found  ? ErrorCode::not_found
                         : error.code == revocation::ErrorCode::conflict ? ErrorCode::conflict
                         : error.code == revocation::ErrorCode::storage  ? ErrorCode::storage
                                                                         : ErrorCode::invalid_input;
  return {code, std::move(what), error.detail, ""};
}

Error from_registry(const registry::Error& error, std::string what) {
  Error translated{ErrorCode::charter_invalid, std::move(what), error.detail, ""};
  switch (error.code) {
    case registry::ErrorCode::restored_backup:
    case registry::ErrorCode::foreign_statement:
      translated.code = ErrorCode::restored_backup;
      translated.fix =
          "put the newest database back. If it is lost, or a thief signed: let it run until its "
          "peers have shown what they hold, stop it, `avow key recover` (it shows what is said "
          "again), start it. Never run two copies of one data directory";
      break;
    case registry::ErrorCode::feed_full:
      translated.code = ErrorCode::feed_full;
      translated.fix =
          "shorten documents (keys and services no longer used), withdraw accreditations instead "
          "of "
          "narrowing them, give agents that live for hours a did:key";
      break;
    case registry::ErrorCode::guard_file:
      translated.code = ErrorCode::storage;
      break;
    case registry::ErrorCode::feed_frozen:
      translated.code = ErrorCode::conflict;
      translated.fix =
          "stop the node, `avow key recover`, start it: the next epoch of the feed settles the "
          "fork, and says again what it must not take back";
      break;
    case registry::ErrorCode::bad_slot:
      translated.code = ErrorCode::invalid_input;
      translated.fix =
          "compare with what is in force (`avow govern show`, `avow member list`); what actions "
          "there are, and their members: avow govern propose --help";
      break;
    case registry::ErrorCode::not_a_governor:
      translated.code = ErrorCode::denied;
      translated.fix = "see who governs: avow govern show";
      break;
    case registry::ErrorCode::slot_decided:
    case registry::ErrorCode::vote_refused:
    case registry::ErrorCode::governance_stopped:
    case registry::ErrorCode::emergency_too_soon:
      translated.code = ErrorCode::conflict;
      translated.fix = "see: avow govern show";
      break;
    case registry::ErrorCode::no_charter:
    case registry::ErrorCode::not_a_member:
    case registry::ErrorCode::feed_not_open:
    case registry::ErrorCode::already_signed:
    case registry::ErrorCode::hourly_limit:
    case registry::ErrorCode::no_effect:
      translated.code = ErrorCode::conflict;
      break;
    default:  // a text that is not what it should be
      break;
  }
  translated.why = std::string(registry::code_name(error.code)) + ": " + translated.why;
  return translated;
}

}  // namespace avow::node
