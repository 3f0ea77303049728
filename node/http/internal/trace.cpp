#include "node/http/internal/trace.h"

#include "core/canonical_json.h"
#include "core/json.h"

namespace avow::node::http {
namespace {

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string trace_id_of(const Request& request) {
  constexpr std::size_t kSize = 55;  // 00-<32 digits>-<16 digits>-<2 digits>
  const std::string* header = request.header("traceparent");
  if (header == nullptr || header->size() != kSize) return "";
  const std::string_view text(*header);
  const bool is_divided = text.starts_with("00-") && text[35] == '-' && text[52] == '-';
  const std::string_view trace_id = text.substr(3, 32);
  const std::string_view parent_id = text.substr(36, 16);
  if (!is_divided || !is_lower_hex(trace_id) || !is_lower_hex(parent_id) ||
      !is_lower_hex(text.substr(53)) || is_zero(trace_id) || is_zero(parent_id)) {
    return "";
  }
  return std::string(trace_id);
}

void tell_fault(Response& response) {
  if (response.content_type != kProblemType || response.fault.empty()) return;
  auto body = core::parse_json(response.body);
  if (!body || !body->is_object()) return;
  body->set("detail", response.fault);
  response.body = core::to_canonical(*body);
}

void name_occurrence(Response& response, const std::string& trace_id) {
  if (response.content_type != kProblemType) return;
  auto body = core::parse_json(response.body);
  if (!body || !body->is_object()) return;
  body->set("traceId", trace_id);
  body->set("instance", "urn:uuid:" + trace_id.substr(0, 8) + "-" + trace_id.substr(8, 4) + "-" +
                            trace_id.substr(12, 4) + "-" + trace_id.substr(16, 4) + "-" +
                            trace_id.substr(20));
  response.body = core::to_canonical(*body);
}

}  // namespace avow::node::http
