#include "node/error.h"

#include <set>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "node/fixes.h"
#include "node/problem.h"
#include "node/transaction.h"

namespace avow::node::error_test {
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

/// Every code of a room, whose last one is given, must say how it is mended, in words that fit a line or a few.
template <class Code>
void check_mended(Code last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto code = static_cast<Code>(i);
    CAPTURE(code_name(code));
    const auto fix = usual_fix(code);
    CHECK(fix.size() >= 10);
    CHECK(fix.size() <= 300);
    CHECK(fix.back() != '.');
    CHECK(fix.find("  ") == std::string_view::npos);
  }
}

TEST_CASE("every code of every room says how it is mended", "[node][error]") {
  check_mended(core::ErrorCode::too_many_fetches);
  check_mended(did::ErrorCode::unavailable);
  check_mended(vc::ErrorCode::issuer_mismatch);
  check_mended(revocation::ErrorCode::storage);
  check_mended(registry::ErrorCode::guard_file);
  check_mended(ErrorCode::internal);
}

TEST_CASE("what comes up from another room keeps that room's way to mend it", "[node][error]") {
  CHECK(from_core({core::ErrorCode::storage_full, "disk"}, "").fix ==
        usual_fix(core::ErrorCode::storage_full));
  CHECK(from_did({did::ErrorCode::deactivated, "no"}, "").fix ==
        usual_fix(did::ErrorCode::deactivated));
  CHECK(from_vc({vc::ErrorCode::lifetime_too_long, "no"}, "").fix ==
        usual_fix(vc::ErrorCode::lifetime_too_long));
  CHECK(from_revocation({revocation::ErrorCode::conflict, "no"}, "").fix ==
        usual_fix(revocation::ErrorCode::conflict));
  CHECK(from_registry({registry::ErrorCode::hourly_limit, "no"}, "").fix ==
        usual_fix(registry::ErrorCode::hourly_limit));
}

TEST_CASE("an error that says nothing of it is mended as usual, one that does as it says",
          "[node][error]") {
  CHECK(fix_of({ErrorCode::locked, "what"}) == usual_fix(ErrorCode::locked));
  CHECK(fix_of({ErrorCode::locked, "what", "", "stop it"}) == "stop it");
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
  CHECK(*brief.find_string("fix") == usual_fix(ErrorCode::conflict));
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
  // The listener's own, whose title is the phrase of the status.
  const auto refused = from_problem(
      400, core::Json::object(
               {{"code", "missing_member"}, {"title", "Bad Request"}, {"detail", "/did: none"}}));
  CHECK(refused.what == "the node does not take this request (Bad Request)");
  CHECK(refused.why == "/did: none");
  CHECK(from_problem(400, core::Json::object({{"code", 5}, {"title", core::Json::array()}})).code ==
        ErrorCode::invalid_input);
}

TEST_CASE("why a stranger's node refuses is told in its words, as far as they fit a line",
          "[node][problem][hostile]") {
  const auto said = [](std::string_view code, std::string_view detail) {
    return refusal_in(
        core::Json::object({{"code", code}, {"title", "Service Unavailable"}, {"detail", detail}}));
  };
  const auto plain = said("restored_backup", "the guard file is missing");
  CHECK(plain.code == "restored_backup");
  CHECK(plain.words == "the guard file is missing");
  // A fault of that machine's, whose detail stays there.
  CHECK(refusal_in(core::Json::object({{"code", "awaiting_peers"}, {"title", "nothing yet"}}))
            .words == "nothing yet");
  CHECK(said(std::string(64, 'c'), std::string(300, 'd')).code == std::string(64, 'c'));
  CHECK(said(std::string(64, 'c'), std::string(300, 'd')).words == std::string(300, 'd'));
  CHECK(said(std::string(65, 'c'), "").code == std::string(64, 'c') + "…");
  CHECK(said("", std::string(301, 'd')).words == std::string(300, 'd') + "…");
  CHECK(said("\x1B[2J",
             "a\n\xE2\x80\xAE"
             "b")
            .code == "\\u001b[2J");
  CHECK(said("",
             "a\n\xE2\x80\xAE"
             "b")
            .words == "a\\u000a\\u202eb");
  for (const auto& nothing : {core::Json(), core::Json("<html>"), core::Json::object(),
                              core::Json::object({{"code", 5}, {"detail", core::Json::array()}})}) {
    CHECK(refusal_in(nothing).code.empty());
    CHECK(refusal_in(nothing).words.empty());
  }
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
}  // namespace avow::node::error_test
