#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "node/http/listener.h"

namespace avow::node::http {

/// A request that is not served. `code` and `detail` are words of ours, never bytes of the request.
struct Refusal {
  int status;
  std::string_view code;
  std::string_view detail;
  std::string allow = {};  // for 405
};

/// What a judged head says. Body and route parameters of `request` are still empty.
struct Head {
  Request request;
  std::size_t content_length = 0;
  bool has_content_length = false;
  bool keep_alive = true;
};

/// Judges the raw bytes of a head, up to and including the empty line.
///
/// pure    no route, no socket
/// fails   the 400, 411, 414, 415, 416, 417, 431, 501 and 505 of node/http/listener.h
/// source  RFC 9112 "Request Line", "Field Syntax", "Message Body Length"
Result<Head, Refusal> judge_head(std::string_view bytes, const ListenerLimits& limits);

/// Methods whose request may have a body.
bool takes_body(std::string_view method);

}  // namespace avow::node::http
