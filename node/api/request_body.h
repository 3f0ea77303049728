#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "node/error.h"
#include "node/http/message.h"

namespace avow::node::api {

/// The JSON of a request, under the limits of every JSON route (the route has its own size limit besides). A body
/// that is not JSON fails with the JSON door's own code in `code`.
struct BodyFault {
  std::string code;
  std::string detail;
};
core::Result<core::Json, BodyFault> parse_body(const http::Request& request, std::size_t max_bytes);

/// An error as the response of its HTTP status.
http::Response error_response(const Error& error);
http::Response body_fault_response(const BodyFault& fault);
/// The response to a member of a body that is missing or of another form.
http::Response field_fault(const core::Error& error);

/// A whole number, 0 or more, in the query; `otherwise` if it is not given, nothing if it is none.
std::optional<std::int64_t> query_number(const http::Request& request, std::string_view name,
                                         std::int64_t otherwise);

/// A path parameter, decoded once; a missing one is our own mistake and gives an empty text.
std::string path_parameter(const http::Request& request, std::string_view name);

}  // namespace avow::node::api
