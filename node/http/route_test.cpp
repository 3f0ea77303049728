#include "node/http/route.h"

#include <string>
#include <variant>

#include <catch2/catch.hpp>

namespace route_test {

namespace http = avow::node::http;

namespace {

http::Response nothing(const http::Request&) {
  return {};
}

http::RouteTable table() {
  http::RouteTable routes;
  routes.add({"GET", "/healthz", nothing})
      .add({"GET", "/v1/agents/{id}", nothing})
      .add({"POST", "/v1/agents/{id}/revoke", nothing, 1024})
      .add({"DELETE", "/v1/agents/{id}", nothing})
      .add({"GET", "/1.0/identifiers/{did...}", nothing})
      .add({"GET", "/.well-known/did.json", nothing})
      .add({"GET", "/{path...}/did.json", nothing});
  return routes;
}

/// The pattern and the parameters as text, or why there is none.
std::string found(std::string_view method, std::string_view path) {
  const http::RouteTable routes = table();
  const auto result = routes.find(method, path);
  if (const auto* other = std::get_if<http::MethodNotAllowed>(&result))
    return "allow " + other->allow;
  const auto* match = std::get_if<http::RouteMatch>(&result);
  if (match == nullptr) return "none";
  std::string text = match->route->pattern;
  for (const auto& [name, value] : match->parameters)
    text.append(" ").append(name).append("=").append(value);
  return text;
}

}  // namespace

TEST_CASE("a path finds its route by its raw segments", "[http][route]") {
  CHECK(found("GET", "/healthz") == "/healthz");
  CHECK(found("GET", "/v1/agents/7") == "/v1/agents/{id} id=7");
  CHECK(found("POST", "/v1/agents/a%2Fb/revoke") == "/v1/agents/{id}/revoke id=a%2Fb");
}

TEST_CASE("a doubly encoded DID reaches its handler as it was sent", "[http][route]") {
  CHECK(found("GET", "/1.0/identifiers/did%3Aweb%3Alocalhost%253A8443") ==
        "/1.0/identifiers/{did...} did=did%3Aweb%3Alocalhost%253A8443");
  CHECK(found("GET", "/1.0/identifiers/did:web:a/path/x") ==
        "/1.0/identifiers/{did...} did=did:web:a/path/x");
}

TEST_CASE("a rest in the middle takes one or more segments", "[http][route]") {
  CHECK(found("GET", "/agents/did.json") == "/{path...}/did.json path=agents");
  CHECK(found("GET", "/agents/support/did.json") == "/{path...}/did.json path=agents/support");
  CHECK(found("GET", "/.well-known/did.json") == "/.well-known/did.json");
  CHECK(found("GET", "/did.json") == "none");
}

TEST_CASE("a path that is nearly a route is none", "[http][route]") {
  for (const char* path :
       {"", "/", "/healthz/", "/Healthz", "//healthz", "/health%7a", "/v1/agents", "/v1/agents/",
        "/v1/agents/7/", "/1.0/identifiers", "/1.0/identifiers/", "/x/did.json/"}) {
    CAPTURE(path);
    CHECK(found("GET", path) == "none");
  }
}

TEST_CASE("a known path with another method names the methods it has", "[http][route]") {
  CHECK(found("POST", "/healthz") == "allow GET");
  CHECK(found("PUT", "/v1/agents/7") == "allow GET, DELETE");
  CHECK(found("get", "/healthz") == "allow GET");
}

}  // namespace route_test
