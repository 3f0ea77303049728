#include "node/testing/route_caller.h"

#include <sstream>
#include <utility>
#include <variant>

#include "core/canonical_json.h"
#include "node/http/url.h"

namespace avow::node::testing {

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::string Answer::code() const {
  const std::string* code = body.find_string("code");
  return code != nullptr ? *code : "";
}

Answer RouteCaller::get(const std::string& target, http::NamedValues headers) const {
  return call("GET", target, "", std::move(headers));
}

Answer RouteCaller::post(const std::string& target, const core::Json& body) const {
  return post_text(target, core::to_canonical(body));
}

Answer RouteCaller::post_text(const std::string& target, std::string body) const {
  return call("POST", target, std::move(body), {{"content-type", "application/json"}});
}

Answer RouteCaller::call(const std::string& method, const std::string& target, std::string body,
                         http::NamedValues headers) const {
  http::Request request;
  request.method = method;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) {
    std::istringstream query(target.substr(request.path.size() + 1));
    for (std::string pair; std::getline(query, pair, '&');) {
      const std::size_t equals = pair.find('=');
      request.query.emplace_back(*http::percent_decode(pair.substr(0, equals)),
                                 *http::percent_decode(pair.substr(equals + 1)));
    }
  }
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.peer = peer;
  request.peer_key = peer_key;
  auto found = routes_.find(method, request.path);
  if (std::holds_alternative<http::NoSuchRoute>(found)) return {404, "", {}, "", {}};
  if (std::holds_alternative<http::MethodNotAllowed>(found)) return {405, "", {}, "", {}};
  auto& match = std::get<http::RouteMatch>(found);
  request.parameters = std::move(match.parameters);
  const http::Response response = match.route->handler(request);
  const auto json = core::parse_json(response.body);
  return {response.status, response.content_type, response.headers, response.body,
          json ? *json : core::Json()};
}

}  // namespace avow::node::testing
