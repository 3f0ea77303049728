#include "node/error.h"

#include <set>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "node/problem.h"
#include "node/transaction.h"

namespace avow::node {
namespace {

std::vector<ErrorCode> all_codes() {
  std::vector<ErrorCode> codes;
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i)
    codes.push_back(static_cast<ErrorCode>(i));
  return codes;
}

TEST_CASE("every error has a name of its own, an HTTP status and an exit code", "[node][error]") {
  std::set<std::string_view> names;
  for (const ErrorCode code : all_codes()) {
    CAPTURE(code_name(code));
    CHECK(names.insert(code_name(code)).second);
    CHECK(code_name(code).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
          std::string_view::npos);
    CHECK(http_status(code) >= 400);
    CHECK(http_status(code) < 600);
    CHECK(exit_code(code) >= 1);
    CHECK(exit_code(code) <= 7);
    CHECK(exit_code(code) != 3);  // 3 is a verdict, never an error
  }
}

TEST_CASE("the codes that scripts ask about are those that the manual lists", "[node][error]") {
  CHECK(exit_code(ErrorCode::usage) == 2);
  CHECK(exit_code(ErrorCode::unreachable) == 4);
  CHECK(exit_code(ErrorCode::denied) == 5);
  CHECK(exit_code(ErrorCode::not_found) == 6);
  CHECK(exit_code(ErrorCode::conflict) == 7);
  CHECK(exit_code(ErrorCode::port_in_use) == 1);
  CHECK(exit_code(ErrorCode::charter_invalid) == 1);
  CHECK(http_status(ErrorCode::not_found) == 404);
  CHECK(http_status(ErrorCode::conflict) == 409);
  CHECK(http_status(ErrorCode::denied) == 403);
  CHECK(http_status(ErrorCode::storage_full) == 507);
}

TEST_CASE("an error keeps its cause and its place on the way up", "[node][error]") {
  const auto error =
      from_core({core::ErrorCode::type, "must be a text", "/issuer"}, "cannot read it");
  CHECK(error.code == ErrorCode::invalid_input);
  CHECK(error.what == "cannot read it");
  CHECK(error.why == "/issuer: must be a text");
  CHECK(from_core({core::ErrorCode::storage_full, "disk"}, "").code == ErrorCode::storage_full);
  CHECK(from_core({core::ErrorCode::locked, "lock"}, "").code == ErrorCode::locked);
  CHECK(from_did({did::ErrorCode::not_found, "no"}, "").code == ErrorCode::not_found);
  CHECK(from_did({did::ErrorCode::invalid_did, "no"}, "").code == ErrorCode::invalid_input);
}

TEST_CASE("a problem says what, why and how to mend it, and is read back as the same error",
          "[node][problem]") {
  for (const ErrorCode code : all_codes()) {
    const Error error{code, "what", "why", "fix"};
    const auto problem = core::parse_json(core::to_canonical(problem_json(error)));
    REQUIRE(problem);
    CHECK(*problem->find_string("type") == "about:blank");
    CHECK(*problem->find("status")->as_integer() == http_status(code));
    const Error back = from_problem(http_status(code), *problem);
    CHECK(back.code == code);
    CHECK(back.what == "what");
    CHECK(back.why == "why");
    CHECK(back.fix == "fix");
  }
  const auto brief = problem_json({ErrorCode::conflict, "what"});
  CHECK(brief.find("detail") == nullptr);
  CHECK(brief.find("fix") == nullptr);
}

TEST_CASE("an answer that is no problem is still an error", "[node][problem]") {
  CHECK(from_problem(503, core::Json()).code == ErrorCode::unreachable);
  CHECK_FALSE(from_problem(503, core::Json("<html>")).what.empty());
  CHECK(from_problem(404, core::Json::object()).code == ErrorCode::not_found);
  CHECK(from_problem(403, core::Json::object()).code == ErrorCode::denied);
  CHECK(from_problem(409, core::Json::object()).code == ErrorCode::conflict);
  CHECK(from_problem(429, core::Json::object()).code == ErrorCode::unreachable);
  const auto unknown = from_problem(400, core::Json::object({{"code", "too_deep"}}));
  CHECK(unknown.code == ErrorCode::invalid_input);
  CHECK(unknown.why == "too_deep");
  CHECK(from_problem(400, core::Json::object({{"code", 5}, {"title", core::Json::array()}})).code ==
        ErrorCode::invalid_input);
}

TEST_CASE("a feed without room is a fault of its own, with a way to mend it", "[node][error]") {
  const auto full =
      from_registry({registry::ErrorCode::feed_full, "at most so many"}, "cannot say");
  CHECK(full.code == ErrorCode::feed_full);
  CHECK(full.what == "cannot say");
  CHECK(full.why == "feed_full: at most so many");
  CHECK_FALSE(full.fix.empty());
  CHECK(http_status(full.code) == 507);
  CHECK(from_registry({registry::ErrorCode::no_effect, ""}, "").code == ErrorCode::conflict);
}

}  // namespace
}  // namespace avow::node
