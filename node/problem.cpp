#include "node/problem.h"

#include <string>

#include "core/printable.h"
#include "node/fixes.h"
#include "node/http/message.h"

namespace avow::node {
namespace {

std::string text_of(const core::Json& body, std::string_view name) {
  const std::string* text = body.find_string(name);
  return text != nullptr ? *text : std::string();
}

/// Whose fault an answer of 4xx is whose code is none of ours.
ErrorCode by_status(int http_status) {
  switch (http_status) {
    case 401:
    case 403:
      return ErrorCode::denied;
    case 404:
    case 410:
      return ErrorCode::not_found;
    case 408:
    case 429:
      return ErrorCode::unreachable;
    case 409:
      return ErrorCode::conflict;
    default:
      return ErrorCode::invalid_input;
  }
}

}  // namespace

core::Json problem_json(const Error& error) {
  core::Json problem =
      core::Json::object({{"type", "about:blank"},
                          {"title", error.what},
                          {"status", http_status(error.code)},
                          {"code", error.cause.empty() ? code_name(error.code) : error.cause},
                          {"fix", fix_of(error)}});
  if (!error.why.empty()) problem.set("detail", error.why);
  if (!error.pointer.empty())
    problem.set("errors", core::Json::array({core::Json::object(
                              {{"pointer", error.pointer}, {"detail", error.why}})}));
  return problem;
}

Refusal refusal_in(const core::Json& problem) {
  const std::string detail = text_of(problem, "detail");
  return {core::shortened(text_of(problem, "code"), 64),
          core::shortened(detail.empty() ? text_of(problem, "title") : detail, 300)};
}

Error from_problem(int http_status, const core::Json& body) {
  const std::string code = text_of(body, "code");
  const std::string title = text_of(body, "title");
  Error error{ErrorCode::unreachable, title, text_of(body, "detail"), text_of(body, "fix")};
  if (error.what.empty())
    error.what = "the node answered with HTTP status " + std::to_string(http_status);
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    if (code_name(static_cast<ErrorCode>(i)) == code) error.code = static_cast<ErrorCode>(i);
  }
  if (error.code == ErrorCode::unreachable && http_status >= 400 && http_status < 500) {
    error.code = by_status(http_status);
    if (title == http::status_phrase(http_status))
      error.what = "the node does not take this request (" + title + ")";
    if (error.why.empty()) error.why = code;
  }
  return error;
}

}  // namespace avow::node
