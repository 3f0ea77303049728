#include "core/json_reader.h"

#include <algorithm>
#include <utility>

#include "core/internal/json_pointer.h"

namespace avow::core {
namespace {

constexpr std::size_t kMaxTimestamp = 64;
constexpr std::size_t kMaxReflectedName = 256;

/// Unicode category Cc: C0, DEL and C1 (which UTF-8 writes as C2 80..C2 9F).
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

}  // namespace

JsonReader::JsonReader(const Json& value, std::string path)
    : value_(value), path_(std::move(path)) {
  constexpr std::size_t kUsualMembers = 8;
  read_.reserve(kUsualMembers);
  if (!value.is_object()) fault(ErrorCode::type, "", "must be an object");
}

void JsonReader::fault(ErrorCode code, std::string_view name, std::string detail) {
  if (fault_) return;
  fault_ = Error{code, std::move(detail), name.empty() ? path_ : pointer_to(name)};
}

std::string JsonReader::pointer_to(std::string_view name) const {
  std::string pointer = path_;
  if (name.size() <= kMaxReflectedName) append_token(pointer, name);
  return pointer;
}

const Json* JsonReader::any(std::string_view name) {
  if (fault_) return nullptr;
  const Json* member = value_.find(name);
  if (member != nullptr) read_.push_back(member);
  return member;
}

const Json* JsonReader::required(std::string_view name) {
  const Json* member = any(name);
  if (member == nullptr) fault(ErrorCode::missing_member, name, "is required");
  return member;
}

const std::string* JsonReader::sized_text(const Json* member, std::string_view name,
                                          std::size_t max_size) {
  if (member == nullptr) return nullptr;
  const std::string* text = member->as_string();
  if (text == nullptr) {
    fault(ErrorCode::type, name, "must be a string");
  } else if (text->size() > max_size) {
    fault(ErrorCode::too_large, name, "is longer than " + std::to_string(max_size) + " bytes");
    return nullptr;
  }
  return text;
}

std::optional<std::string> JsonReader::identifier(const Json* member, std::string_view name,
                                                  std::size_t max_size) {
  const std::string* text = sized_text(member, name, max_size);
  if (text == nullptr) return std::nullopt;
  if (text->empty()) {
    fault(ErrorCode::type, name, "must not be empty");
    return std::nullopt;
  }
  if (has_control_character(*text)) {
    fault(ErrorCode::control_char, name, "holds a control character");
    return std::nullopt;
  }
  return *text;
}

std::optional<std::int64_t> JsonReader::bounded(const Json* member, std::string_view name,
                                                std::int64_t min, std::int64_t max) {
  if (member == nullptr) return std::nullopt;
  const std::int64_t* value = member->as_integer();
  if (value == nullptr || *value < min || *value > max) {
    fault(ErrorCode::type, name,
          "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return *value;
}

std::optional<Instant> JsonReader::moment(const Json* member, std::string_view name) {
  const auto text = identifier(member, name, kMaxTimestamp);
  if (!text) return std::nullopt;
  auto at = parse_rfc3339(*text);
  if (!at) {
    fault(ErrorCode::bad_datetime, name, std::move(at.error().detail));
    return std::nullopt;
  }
  return *at;
}

std::string JsonReader::string(std::string_view name, std::size_t max_size) {
  return identifier(required(name), name, max_size).value_or("");
}

std::optional<std::string> JsonReader::optional_string(std::string_view name,
                                                       std::size_t max_size) {
  return identifier(any(name), name, max_size);
}

std::string JsonReader::text(std::string_view name, std::size_t max_size) {
  const std::string* text = sized_text(required(name), name, max_size);
  return text == nullptr ? "" : *text;
}

std::int64_t JsonReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  return bounded(required(name), name, min, max).value_or(0);
}

std::optional<std::int64_t> JsonReader::optional_integer(std::string_view name, std::int64_t min,
                                                         std::int64_t max) {
  return bounded(any(name), name, min, max);
}

bool JsonReader::boolean(std::string_view name) {
  const Json* member = required(name);
  if (member == nullptr) return false;
  const bool* value = member->as_boolean();
  if (value == nullptr) fault(ErrorCode::type, name, "must be true or false");
  return value != nullptr && *value;
}

Instant JsonReader::instant(std::string_view name) {
  return moment(required(name), name).value_or(Instant{});
}

std::optional<Instant> JsonReader::optional_instant(std::string_view name) {
  return moment(any(name), name);
}

const Json* JsonReader::object(std::string_view name) {
  const Json* member = required(name);
  if (member == nullptr || member->is_object()) return member;
  fault(ErrorCode::type, name, "must be an object");
  return nullptr;
}

const Json::Array* JsonReader::array(std::string_view name, std::size_t max_items) {
  const Json* member = required(name);
  if (member == nullptr) return nullptr;
  const Json::Array* items = member->as_array();
  if (items == nullptr) {
    fault(ErrorCode::type, name, "must be an array");
  } else if (items->size() > max_items) {
    fault(ErrorCode::too_large, name, "has more than " + std::to_string(max_items) + " items");
    return nullptr;
  }
  return items;
}

std::optional<Error> JsonReader::finish(Members members) const {
  if (fault_ || members == Members::open) return fault_;
  for (const auto& member : *value_.as_object()) {
    if (std::find(read_.begin(), read_.end(), &member.second) != read_.end()) continue;
    return Error{ErrorCode::unknown_member, "is not known here", pointer_to(member.first)};
  }
  return std::nullopt;
}

}  // namespace avow::core
