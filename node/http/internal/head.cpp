#include "node/http/internal/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "node/http/internal/fields.h"

namespace avow::node::http {
namespace {

bool is_known_method(std::string_view method) {
  return takes_body(method) || method == "GET" || method == "DELETE" || method == "HEAD" ||
         method == "OPTIONS";
}

bool path_is_clean(std::string_view path) {
  const std::optional<std::string> decoded = percent_decode(path);
  if (!decoded) return false;
  std::string_view rest = *decoded;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find_first_of("/\\"), rest.size());
    const std::string_view segment = rest.substr(0, end);
    if (segment == "." || segment == "..") return false;
    rest.remove_prefix(end);
  }
  return true;
}

std::optional<NamedValues> parse_query(std::string_view query) {
  NamedValues values;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = percent_decode(pair.substr(0, equals));
    std::optional<std::string> value =
        percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || name->empty() || !value) return std::nullopt;
    for (const auto& [known, ignored] : values) {
      if (known == *name) return std::nullopt;
    }
    values.emplace_back(std::move(*name), std::move(*value));
  }
  return values;
}

std::optional<Refusal> read_target(std::string_view target, const ListenerLimits& limits,
                                   Request& request) {
  if (target.size() > limits.max_target_bytes) {
    return Refusal{414, "target_too_long", "the request target is too long"};
  }
  const bool plain = std::ranges::all_of(target, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain || !target.starts_with('/') || target.find('#') != std::string_view::npos) {
    return Refusal{400, "bad_path", "the request target must be a path of ASCII characters"};
  }
  const std::size_t path_end = std::min(target.find('?'), target.size());
  request.target = std::string(target);
  request.path = std::string(target.substr(0, path_end));
  if (!path_is_clean(request.path)) {
    return Refusal{400, "bad_path",
                   "the path holds a broken escape, a control character, a dot segment or bytes "
                   "that are not UTF-8"};
  }
  std::optional<NamedValues> query =
      parse_query(target.substr(std::min(path_end + 1, target.size())));
  if (!query) {
    return Refusal{400, "bad_query", "the query holds a broken escape or a name twice"};
  }
  request.query = std::move(*query);
  return std::nullopt;
}

std::optional<Refusal> read_request_line(std::string_view line, const ListenerLimits& limits,
                                         Head& head) {
  const Refusal malformed{400, "bad_request_line", "the request line is malformed"};
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (has_control_byte(line) || first == std::string_view::npos || first == last) return malformed;
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || !version.starts_with("HTTP/")) return malformed;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{505, "http_version_not_supported", "this listener speaks HTTP/1.1"};
  }
  if (!is_known_method(method)) {
    return Refusal{501, "method_not_implemented", "no route of this listener has this method"};
  }
  head.request.method = std::string(method);
  head.keep_alive = version == "HTTP/1.1";
  return read_target(line.substr(first + 1, last - first - 1), limits, head.request);
}

std::optional<Refusal> refusal_of(std::optional<FieldFault> fault) {
  if (!fault) return std::nullopt;
  switch (*fault) {
    case FieldFault::too_many:
      return Refusal{431, "too_many_headers", "the request has too many header lines"};
    case FieldFault::malformed:
      break;
  }
  return Refusal{400, "bad_header", "a header line is malformed"};
}

std::optional<Refusal> judge_repetition(const Request& request) {
  constexpr std::array<std::string_view, 7> kSingle = {
      "host",      "content-length",  "authorization", "content-type",
      "signature", "signature-input", "content-digest"};
  for (const std::string_view name : kSingle) {
    if (std::ranges::count(request.headers, name, &NamedValues::value_type::first) > 1) {
      return Refusal{400, "duplicate_header", "a header that may stand once stands twice"};
    }
  }
  const std::string* host = request.header("host");
  if (host == nullptr || host->empty() || host->find_first_of(" \t/@\\,") != std::string::npos) {
    return Refusal{400, "bad_host", "the request needs one well-formed Host header"};
  }
  return std::nullopt;
}

std::optional<Refusal> judge_framing(Head& head) {
  const Request& request = head.request;
  const std::string* length = request.header("content-length");
  if (request.header("transfer-encoding") != nullptr) {
    if (length != nullptr) {
      return Refusal{400, "conflicting_framing",
                     "Content-Length and Transfer-Encoding exclude each other"};
    }
    return Refusal{411, "length_required", "send the body with a Content-Length"};
  }
  if (request.header("content-encoding") != nullptr) {
    return Refusal{415, "unsupported_content_encoding", "send the body without compression"};
  }
  if (request.header("range") != nullptr) {
    return Refusal{416, "range_not_supported", "ask for the whole resource"};
  }
  if (request.header("expect") != nullptr) {
    return Refusal{417, "expectation_failed", "send the body without Expect"};
  }
  if (length == nullptr) {
    if (!takes_body(request.method)) return std::nullopt;
    return Refusal{411, "length_required", "send the body with a Content-Length"};
  }
  const char* const end = length->data() + length->size();
  const bool digits =
      !length->empty() && length->find_first_not_of("0123456789") == std::string::npos;
  if (!digits) return Refusal{400, "bad_content_length", "Content-Length must be digits"};
  if (std::from_chars(length->data(), end, head.content_length).ec != std::errc()) {
    return Refusal{413, "too_large", "the body is larger than this route takes"};
  }
  head.has_content_length = true;
  if (head.content_length > 0 && !takes_body(request.method)) {
    return Refusal{400, "unexpected_body", "a request with this method has no body"};
  }
  return std::nullopt;
}

}  // namespace

bool takes_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Result<Head, Refusal> judge_head(std::string_view bytes, const ListenerLimits& limits) {
  Head head;
  const std::size_t line_end = bytes.find(kLineEnd);
  if (auto bad = read_request_line(bytes.substr(0, line_end), limits, head)) {
    return fail(std::move(*bad));
  }
  bytes.remove_prefix(line_end + kLineEnd.size());
  if (auto bad = refusal_of(read_fields(bytes, limits.max_headers, head.request.headers))) {
    return fail(std::move(*bad));
  }
  if (auto bad = judge_repetition(head.request)) return fail(std::move(*bad));
  if (auto bad = judge_framing(head)) return fail(std::move(*bad));
  for (const auto& [name, value] : head.request.headers) {
    if (name == "connection" && lower_case(value).find("close") != std::string::npos) {
      head.keep_alive = false;
    }
  }
  return head;
}

}  // namespace avow::node::http
