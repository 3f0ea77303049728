#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "did/error.h"

namespace avow::node {

/// What can go wrong in the process around the rooms. Each code has one HTTP status and one exit code (node/error.cpp).
enum class ErrorCode {
  // the person's input
  usage,          // a word of the command line, a member of a request
  invalid_input,  // a file or body that cannot be read as what it should be
  not_found,
  conflict,  // already there, already final
  denied,
  // this machine
  storage,
  storage_full,
  locked,  // another process has the data directory
  schema_newer,
  not_initialised,  // no organisation in the data directory
  already_initialised,
  not_writable,
  port_in_use,
  address_refused,  // an address this build does not listen on or connect to
  configuration,
  // keys
  wrong_passphrase,
  keystore_corrupt,
  keystore_weak,     // key derivation cost outside what is allowed
  keystore_exposed,  // mode, owner or kind of a key file
  memory_lock,
  // the registry
  charter_invalid,
  restored_backup,     // something that our keys signed is not remembered here: signs nothing
  not_admitted,        // no slot known here admits this organisation: says nothing yet
  awaiting_peers,      // not all who have to have shown what they hold of ours: signs nothing yet
  awaiting_witnesses,  // the next version of the own log has not its threshold of proofs
  feed_full,           // members keep no more of the own feed
  // what is issued
  subject_deactivated,
  subject_stopped,  // suspended or disowned
  key_compromised,  // the key that would sign was given up
  // others
  unreachable,
  internal,
};

/// As programs see it, equal to the enumerator's name.
std::string_view code_name(ErrorCode code);
int http_status(ErrorCode code);
/// Exit codes: 0 ok · 1 local failure · 2 usage · 3 not valid (a verdict) · 4 remote failure · 5 denied · 6 not
/// found · 7 conflict
int exit_code(ErrorCode code);

/// What, why and how to mend it: three short texts without secrets.
struct Error {
  ErrorCode code;
  std::string what;
  std::string why = {};
  std::string fix = {};
  /// The finer code of the room that found it, and where in what was given (RFC 6901): for programs. Both may be empty.
  std::string cause = {};
  std::string pointer = {};
};

/// Translates upwards, keeping the cause in `why`.
Error from_core(const core::Error& error, std::string what);
Error from_did(const did::Error& error, std::string what);

using core::fail;
using core::Result;

}  // namespace avow::node
