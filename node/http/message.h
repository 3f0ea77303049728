#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "core/json.h"
#include "node/error.h"

namespace avow::node::http {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// A request that has passed every check of the listener and matched a route.
struct Request {
  std::string method;
  std::string target;  // bytes as sent
  std::string path;  // bytes as sent, before '?'; it percent-decodes to UTF-8 without ".." segments
  NamedValues query;       // decoded; each name at most once
  NamedValues headers;     // names in lower case, values as sent, trimmed
  NamedValues parameters;  // what stood in the place of the route's {names}: bytes as sent
  std::string body;        // at most the route's max_body
  std::string peer;        // numeric address of the socket, never a header; "unix" on a Unix socket
  std::optional<uid_t> peer_uid;  // on a Unix socket only
  /// Multikey, proven, of a client that has shown one to a listener with a key of its own; whose it is, the registry tells.
  std::optional<std::string> peer_key = {};

  /// Each gives null when there is no such thing. A header that may repeat gives its first value.
  const std::string* header(std::string_view lower_case_name) const;
  const std::string* query_value(std::string_view name) const;
  const std::string* raw_parameter(std::string_view name) const;
  /// A path parameter percent-decoded once; none when there is no such name.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// Content-Length and Connection are the listener's. A header value with a control character is
/// our mistake: the client gets 500 instead of it.
struct Response {
  int status = 200;
  std::string content_type = {};
  NamedValues headers = {};
  std::string body = {};
  /// What failed inside this node, perhaps in a library's words: never sent but by a listener for the node's own people
  /// (ListenerConfig::tells_faults), as the `detail` of the problem. Others' goes to the log.
  std::string fault = {};
};

/// The Content-Type of every error.
inline constexpr std::string_view kProblemType = "application/problem+json";

/// One thing wrong with one place of the request's JSON.
struct FieldError {
  std::string pointer;  // RFC 6901
  std::string detail;
};

/// The value in RFC 8785 form as `application/json`.
Response json_response(int status, const core::Json& value);
Response text_response(int status, std::string text);

/// An error as `application/problem+json`: type, title, status, detail, code and, if there are any, errors.
///
/// code    stable, for programs; the same words as everywhere else in this node
/// detail  for people; never a secret, never a whole credential
/// source  RFC 9457 "Members of a Problem Details Object"; `type` is about:blank, so `title` is the status phrase
Response problem(int status, std::string_view code, std::string_view detail,
                 const std::vector<FieldError>& errors = {});

/// An error of the node, in the words of node/problem.h. Of what is this machine's fault (500, 503, 507) the `why`
/// stands in `fault`; with 503 goes Retry-After.
Response problem(const Error& error);

/// "Not Found" for 404; "Unknown" for a number this node never sends.
std::string_view status_phrase(int status);

}  // namespace avow::node::http
