#include "node/trust/trqp.h"

#include <algorithm>

#include "core/canonical_json.h"
#include "core/json_reader.h"

namespace avow::node {
namespace {

constexpr std::size_t kMaxId = 2048;
constexpr std::size_t kMaxAction = 256;
constexpr std::size_t kMaxContext = 32;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The characters of RFC 3986 "Characters", after a scheme.
bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) return false;
  const auto scheme = text.substr(0, colon);
  if (!std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
      }))
    return false;
  constexpr std::string_view kOther = "-._~:/?#[]@!$&'()*+,;=";
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (is_letter(c) || is_digit(c) || kOther.find(c) != std::string_view::npos) continue;
    if (c != '%' || i + 2 >= text.size() || !is_hex_digit(text[i + 1]) ||
        !is_hex_digit(text[i + 2]))
      return false;
    i += 2;
  }
  return true;
}

std::string read_id(core::JsonReader& reader, const char* name) {
  std::string id = reader.string(name, kMaxId);
  if (reader.ok() && !is_uri(id))
    reader.fault(core::ErrorCode::type, name, "is not a URI (RFC 3986)");
  return id;
}

core::Result<std::optional<core::Instant>, core::Error> read_context(const core::Json& context) {
  core::JsonReader reader(context, "/context");
  const auto* members = context.as_object();
  if (members != nullptr && members->size() > kMaxContext)
    reader.fault(core::ErrorCode::too_large, "", "has more than 32 members");
  if (members != nullptr) {
    for (const auto& [name, value] : *members) {
      if (value.as_string() == nullptr)
        reader.fault(core::ErrorCode::type, name, "is not a string");
    }
  }
  const auto time = reader.optional_instant("time");
  const std::string* text = context.find_string("time");
  if (time && !text->ends_with('Z'))
    reader.fault(core::ErrorCode::bad_datetime, "time", "must end with Z, the only offset taken");
  if (auto fault = reader.finish(core::JsonReader::Members::open)) return core::fail(*fault);
  return time;
}

}  // namespace

core::Result<TrqpRequest, core::Error> read_trqp_request(const core::Json& body) {
  core::JsonReader reader(body);
  TrqpRequest request;
  request.entity_id = read_id(reader, "entity_id");
  request.authority_id = read_id(reader, "authority_id");
  request.action = reader.string("action", kMaxAction);
  request.resource = reader.string("resource", kMaxId);
  const core::Json* context = reader.any("context");
  if (auto fault = reader.finish(core::JsonReader::Members::open)) return core::fail(*fault);
  if (context != nullptr) {
    const auto time = read_context(*context);
    if (!time) return core::fail(time.error());
    request.time = *time;
    request.context = *context;
  }
  request.hash = core::sha256(core::to_canonical(body));
  return request;
}

core::Json trqp_answer(TrqpQuery query, const TrqpRequest& request, const AuthorityRuling& ruling,
                       core::Instant now, core::Milliseconds keep) {
  core::Json answer = core::Json::object(
      {{"entity_id", request.entity_id},
       {"authority_id", request.authority_id},
       {"action", request.action},
       {"resource", request.resource},
       {query == TrqpQuery::authorization ? "authorized" : "recognized", ruling.holds()},
       {"time_evaluated", core::format_milliseconds(now)},
       {"message", ruling.message},
       {"query_hash", core::to_multibase(request.hash)},
       {"status", name_of(ruling.status)}});
  if (request.time) answer.set("time_requested", *request.context.find_string("time"));
  if (!request.context.is_null()) answer.set("context", request.context);
  const Interval& valid = ruling.valid;
  if (ruling.holds() && valid.from)
    answer.set("valid_from", core::format_milliseconds(*valid.from));
  if (ruling.holds() && valid.until)
    answer.set("valid_until", core::format_milliseconds(*valid.until));
  // Of a past time it may have ended long ago; the answer about that time is still kept as others are.
  core::Instant expires = now + keep;
  if (valid.until && *valid.until > now) expires = std::min(expires, *valid.until);
  answer.set("expires_at", core::format_milliseconds(expires));
  return answer;
}

}  // namespace avow::node
