#include "node/api/request_body.h"

#include <charconv>

#include "core/canonical_json.h"
#include "node/problem.h"

namespace avow::node::api {

core::Result<core::Json, BodyFault> parse_body(const http::Request& request,
                                               std::size_t max_bytes) {
  auto json = core::parse_json(request.body, {max_bytes, 64, 100'000});
  if (!json)
    return core::fail(
        BodyFault{std::string(core::code_name(json.error().code)), json.error().detail});
  return std::move(*json);
}

http::Response error_response(const Error& error) {
  return http::problem(error);
}

http::Response body_fault_response(const BodyFault& fault) {
  return http::problem(400, fault.code, fault.detail);
}

http::Response field_fault(const core::Error& error) {
  return http::problem(400, core::code_name(error.code), error.pointer + ": " + error.detail,
                       {{error.pointer, error.detail}});
}

std::optional<std::int64_t> query_number(const http::Request& request, std::string_view name,
                                         std::int64_t otherwise) {
  const std::string* text = request.query_value(name);
  if (text == nullptr) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 0) return std::nullopt;
  return value;
}

std::string path_parameter(const http::Request& request, std::string_view name) {
  return request.parameter(name).value_or(std::string());
}

}  // namespace avow::node::api
