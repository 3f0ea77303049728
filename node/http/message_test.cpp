#include "node/http/message.h"

#include <string>

#include <catch2/catch.hpp>

namespace message_test {

namespace http = avow::node::http;
using avow::core::Json;

TEST_CASE("a problem has the members of RFC 9457 and a stable code", "[http][message]") {
  const http::Response response = http::problem(413, "too_large", "the body is over 64 KiB");
  CHECK(response.status == 413);
  CHECK(response.content_type == "application/problem+json");
  CHECK(
      response.body ==
      R"({"code":"too_large","detail":"the body is over 64 KiB","status":413,"title":"Content Too Large","type":"about:blank"})");
}

TEST_CASE("a problem points at the members that are wrong", "[http][message]") {
  const http::Response response =
      http::problem(400, "invalid_input", "two members are wrong",
                    {{"/credential/type", "missing"}, {"/credential/issuer", "not a DID"}});
  const auto body = avow::core::parse_json(response.body);
  REQUIRE(body.has_value());
  const Json::Array& errors = *body->find("errors")->as_array();
  REQUIRE(errors.size() == 2);
  CHECK(*errors[0].find_string("pointer") == "/credential/type");
  CHECK(*errors[1].find_string("detail") == "not a DID");
}

TEST_CASE("an error of the node becomes a problem with its own status", "[http][message]") {
  const http::Response response = http::problem(
      avow::node::Error{avow::node::ErrorCode::not_found, "no such agent", "its id is unknown"});
  CHECK(response.status == 404);
  const auto body = avow::core::parse_json(response.body);
  REQUIRE(body.has_value());
  CHECK(*body->find_string("code") == "not_found");
}

TEST_CASE("what failed inside this node stands beside the answer, not in it [STORE-13]",
          "[http][message][STORE-13]") {
  using avow::node::ErrorCode;
  for (const auto code : {ErrorCode::storage, ErrorCode::storage_full, ErrorCode::internal}) {
    const http::Response response =
        http::problem(avow::node::Error{code, "cannot read the agents", "avow.db: disk I/O error"});
    CHECK(response.body.find("disk I/O") == std::string::npos);
    CHECK(response.body.find("cannot read the agents") != std::string::npos);
    CHECK(response.fault == "avow.db: disk I/O error");
    const bool may_try_again = response.status == 503;
    CHECK(may_try_again == (code == ErrorCode::storage));
    CHECK(response.headers.empty() == !may_try_again);
    if (may_try_again)
      CHECK(response.headers.front() == std::pair<std::string, std::string>("Retry-After", "5"));
  }
  const http::Response ours = http::problem(
      avow::node::Error{ErrorCode::conflict, "cannot revoke", "it is revoked already"});
  CHECK(ours.fault.empty());
  CHECK(ours.body.find("it is revoked already") != std::string::npos);
}

TEST_CASE("a request gives its headers, query and parameters by name", "[http][message]") {
  http::Request request;
  request.headers = {{"accept", "application/json"}};
  request.query = {{"limit", "10"}};
  request.parameters = {{"did", "did%3Aweb%3Aa%253A1"}, {"broken", "%zz"}};
  CHECK(*request.header("accept") == "application/json");
  CHECK(request.header("Accept") == nullptr);
  CHECK(*request.query_value("limit") == "10");
  CHECK(request.query_value("cursor") == nullptr);
  CHECK(*request.raw_parameter("did") == "did%3Aweb%3Aa%253A1");
  CHECK(request.parameter("did") == "did:web:a%3A1");
  CHECK_FALSE(request.parameter("broken").has_value());
  CHECK_FALSE(request.parameter("absent").has_value());
}

}  // namespace message_test
