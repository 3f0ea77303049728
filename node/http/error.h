#pragma once

#include <string>

#include "core/result.h"

namespace avow::node::http {

enum class ErrorCode {
  bad_url,
  bad_address,
  address_in_use,        // another process (or another listener of ours) has the port or the socket
  address_not_usable,    // no such address on this machine, no permission, no directory
  socket_path_too_long,  // a Unix socket's path holds at most 107 bytes
};

/// `detail` says what, why and how to mend it, for the person who started the node.
struct Error {
  ErrorCode code;
  std::string detail;
};

template <class T>
using Result = core::Result<T, Error>;

}  // namespace avow::node::http
