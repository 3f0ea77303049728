#include <algorithm>
#include <iterator>

#include "core/canonical_json.h"
#include "node/http/message.h"
#include "node/problem.h"

namespace avow::node::http {
Response json_response(int status, const core::Json& value) {
  return Response{status, "application/json", {}, core::to_canonical(value)};
}

Response text_response(int status, std::string text) {
  return Response{status, "text/plain; charset=utf-8", {}, std::move(text)};
}

Response problem(int status, std::string_view code, std::string_view detail,
                 const std::vector<FieldError>& errors) {
  core::Json body = core::Json::object({{"type", "about:blank"},
                                        {"title", status_phrase(status)},
                                        {"status", status},
                                        {"detail", detail},
                                        {"code", code}});
  if (!errors.empty()) {
    core::Json list = core::Json::array();
    for (const FieldError& error : errors) {
      list.push_back(core::Json::object({{"pointer", error.pointer}, {"detail", error.detail}}));
    }
    body.set("errors", std::move(list));
  }
  return Response{status, std::string(kProblemType), {}, core::to_canonical(body)};
}

Response problem(const Error& error) {
  const int status = http_status(error.code);
  const bool is_inside = status == 500 || status == 503 || status == 507;
  Response response{status, std::string(kProblemType), {}, {}};
  if (status == 503) response.headers.emplace_back("Retry-After", "5");
  core::Json body = problem_json(error);
  if (is_inside) {
    body.erase("detail");
    response.fault = error.why;
  }
  response.body = core::to_canonical(body);
  return response;
}

std::string_view status_phrase(int status) {
  struct Phrase {
    int status;
    std::string_view text;
  };
  static constexpr Phrase kPhrases[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {303, "See Other"},
      {304, "Not Modified"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
  };
  const auto* const found = std::ranges::find(kPhrases, status, &Phrase::status);
  return found == std::end(kPhrases) ? "Unknown" : found->text;
}

}  // namespace avow::node::http
