#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace avow::did {

/// The errors of DID Resolution, and what a document store and a did:webvh log add to them.
enum class ErrorCode {
  invalid_did,
  invalid_did_url,
  invalid_options,
  not_found,
  version_not_found,  // the DID is known, the version asked for is not among its versions
  method_not_supported,
  feature_not_supported,  // a parameter that the specifications know and this node does not serve
  representation_not_supported,
  invalid_did_document,
  document_too_large,
  deactivated,
  conflict,           // create of a DID that exists
  invalid_log,        // a did:webvh entry that breaks its own rules
  not_yet_valid,      // a did:webvh entry whose time is ahead
  rollback_detected,  // a did:webvh log that does not go on from what its host gave before
  // fetching a document over HTTPS
  blocked_address,   // its host is at an address that must not be connected to
  tls_failure,       // its host's certificate, name or protocol is not accepted
  too_many_fetches,  // more than one request may cause, or than run at once
  timed_out,         // its host gives no whole answer within the time allowed
  resolution_stale,  // what is held is too old, and its host gives no answer
  unavailable,       // could not be determined: storage, network
};

/// As programs see it, equal to the enumerator's name.
std::string_view code_name(ErrorCode code);

/// `code` for programs, `detail` for people.
struct Error {
  ErrorCode code;
  std::string detail;
};

/// What several parsers say: an error of the code of that name.
Error invalid_did(std::string detail);
Error invalid_did_url(std::string detail);
Error invalid_log(std::string detail);

using core::fail;
using core::Result;

}  // namespace avow::did
