#include "core/json.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/internal/json_builder.h"
#include "core/internal/json_text.h"
#include "core/internal/utf8.h"

namespace avow::core {
namespace {

// The quick reader's scratch is 15 times the text.
constexpr std::size_t kMaxQuickText = std::size_t{1} << 20U;

/// Every byte that is no part of a valid sequence becomes U+FFFD.
std::string replace_invalid_utf8(std::string text) {
  std::string_view rest = text;
  std::size_t valid = valid_utf8_prefix(rest);
  if (valid == rest.size()) return text;
  std::string clean;
  while (true) {
    clean.append(rest.substr(0, valid));
    if (valid == rest.size()) return clean;
    clean.append("\xEF\xBF\xBD");
    rest.remove_prefix(valid + 1);
    valid = valid_utf8_prefix(rest);
  }
}

/// Surrogates (a lead unit D800..DBFF for every character above U+FFFF) sort before U+E000..U+FFFF,
/// whose UTF-8 starts with EE or EF; in UTF-8 those come before F0..F4. Nothing else differs.
unsigned char utf16_rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0xEE || byte == 0xEF ? static_cast<unsigned char>(byte + 0x10) : byte;
}

// Up to here, to compare sizes and bytes one member after the other is faster than to halve by UTF-16.
constexpr std::size_t kFewMembers = 16;

struct MemberLess {
  bool operator()(const Json::Member& member, std::string_view name) const {
    return utf16_less(member.first, name);
  }
};

}  // namespace

Json::Json(const Json& other) = default;
Json& Json::operator=(const Json& other) = default;
Json::~Json() = default;

Json::Json(std::int64_t value) : value_(value) {
  assert(-kMaxSafeInteger <= value && value <= kMaxSafeInteger);
}
Json::Json(std::string value) : value_(replace_invalid_utf8(std::move(value))) {}
Json::Json(std::string_view value) : Json(std::string(value)) {}
Json::Json(const char* value) : Json(std::string(value)) {}

Json Json::number(double finite) {
  assert(std::isfinite(finite));
  Json json;
  json.value_ = finite;
  return json;
}

Json Json::array(Array items) {
  Json json;
  json.value_ = std::move(items);
  return json;
}

Json Json::object() {
  Json json;
  json.value_.emplace<Object>();
  return json;
}

Json Json::object(std::initializer_list<NewMember> members) {
  Json json;
  json.value_.emplace<Object>().members.reserve(members.size());
  for (const NewMember& member : members) json.set(member.name, std::move(member.value));
  return json;
}

bool Json::is_null() const {
  return std::holds_alternative<std::monostate>(value_);
}
bool Json::is_object() const {
  return std::holds_alternative<Object>(value_);
}
bool Json::is_array() const {
  return std::holds_alternative<Array>(value_);
}
const bool* Json::as_boolean() const {
  return std::get_if<bool>(&value_);
}
const std::int64_t* Json::as_integer() const {
  return std::get_if<std::int64_t>(&value_);
}
const std::string* Json::as_string() const {
  return std::get_if<std::string>(&value_);
}
const Json::Array* Json::as_array() const {
  return std::get_if<Array>(&value_);
}

std::optional<double> Json::as_number() const {
  if (const auto* integer = as_integer()) return static_cast<double>(*integer);
  if (const auto* number = std::get_if<double>(&value_)) return *number;
  return std::nullopt;
}

const std::vector<Json::Member>* Json::as_object() const {
  const auto* object = std::get_if<Object>(&value_);
  return object == nullptr ? nullptr : &object->members;
}

const Json* Json::find(std::string_view name) const {
  const auto* members = as_object();
  if (members == nullptr) return nullptr;
  if (members->size() <= kFewMembers) {
    for (const Member& member : *members) {
      if (member.first == name) return &member.second;
    }
    return nullptr;
  }
  const auto at = std::lower_bound(members->begin(), members->end(), name, MemberLess{});
  return at != members->end() && at->first == name ? &at->second : nullptr;
}

const std::string* Json::find_string(std::string_view name) const {
  const Json* member = find(name);
  return member == nullptr ? nullptr : member->as_string();
}

Json& Json::set(std::string_view name, Json value) {
  if (is_null()) value_.emplace<Object>();
  assert(is_object());
  std::string key = replace_invalid_utf8(std::string(name));
  auto& members = std::get<Object>(value_).members;
  // Whoever names members in order appends.
  const bool is_last = members.empty() || utf16_less(members.back().first, key);
  const auto at =
      is_last ? members.end() : std::lower_bound(members.begin(), members.end(), key, MemberLess{});
  if (at != members.end() && at->first == key) {
    at->second = std::move(value);
  } else {
    members.emplace(at, std::move(key), std::move(value));
  }
  return *this;
}

void Json::erase(std::string_view name) {
  auto* object = std::get_if<Object>(&value_);
  if (object == nullptr) return;
  const auto at =
      std::lower_bound(object->members.begin(), object->members.end(), name, MemberLess{});
  if (at != object->members.end() && at->first == name) object->members.erase(at);
}

Json Json::take(std::string_view name) {
  auto* object = std::get_if<Object>(&value_);
  if (object == nullptr) return {};
  const auto at =
      std::lower_bound(object->members.begin(), object->members.end(), name, MemberLess{});
  if (at == object->members.end() || at->first != name) return {};
  Json value = std::move(at->second);
  object->members.erase(at);
  return value;
}

Json::Array Json::take_items() && {
  auto* items = std::get_if<Array>(&value_);
  return items == nullptr ? Array() : std::move(*items);
}

void Json::push_back(Json value) {
  if (is_null()) value_.emplace<Array>();
  assert(is_array());
  std::get<Array>(value_).push_back(std::move(value));
}

bool operator==(const Json& a, const Json& b) {
  if (const auto number = a.as_number()) return number == b.as_number();
  if (a.value_.index() != b.value_.index()) return false;
  if (const auto* members = a.as_object()) return *members == *b.as_object();
  if (const auto* items = a.as_array()) return *items == *b.as_array();
  if (const auto* text = a.as_string()) return *text == *b.as_string();
  if (const auto* boolean = a.as_boolean()) return *boolean == *b.as_boolean();
  return true;  // both are null
}

bool utf16_less(std::string_view a, std::string_view b) {
  const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (in_b == b.end()) return false;
  if (in_a == a.end()) return true;
  return utf16_rank(*in_a) < utf16_rank(*in_b);
}

Result<Json, Error> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(Error{ErrorCode::too_large,
                      "more than " + std::to_string(limits.max_bytes) + " bytes of JSON"});
  }
  if (text.size() > kMaxQuickText) return internal::explain_json(text, limits);
  if (auto json = internal::read_json_quickly(text, limits)) return std::move(*json);
  auto explained = internal::explain_json(text, limits);
  if (!explained) return explained;
  return fail(Error{ErrorCode::malformed_json, "not JSON to one of two readers"});
}

}  // namespace avow::core
