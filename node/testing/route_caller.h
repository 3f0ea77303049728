#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/json.h"
#include "node/http/route.h"

namespace avow::node::testing {

/// What a route answered, its body parsed.
struct Answer {
  int status = 0;
  std::string content_type;
  http::NamedValues headers;
  std::string text;
  core::Json body;

  std::string header(std::string_view name) const;
  std::string code() const;
};

/// Asks the handlers of a route table as the listener would, without a socket. A path that no route has answers
/// 404, another method 405.
class RouteCaller {
 public:
  explicit RouteCaller(http::RouteTable routes) : routes_(std::move(routes)) {}

  /// `headers` with names in lower case.
  Answer get(const std::string& target, http::NamedValues headers = {}) const;
  Answer post(const std::string& target, const core::Json& body) const;
  /// Any bytes as a body that says to be JSON.
  Answer post_text(const std::string& target, std::string body) const;

  std::string peer = "10.0.0.9";  // the address that asks
  std::optional<std::string> peer_key = {};

 private:
  Answer call(const std::string& method, const std::string& target, std::string body,
              http::NamedValues headers) const;

  http::RouteTable routes_;
};

}  // namespace avow::node::testing
