#include "core/json.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/internal/json_pointer.h"
#include "core/internal/utf8.h"

namespace avow::core {
namespace {

constexpr std::int64_t kMaxSafeInteger = 9'007'199'254'740'991;  // 2^53 − 1, RFC 7493 section 2.2

bool is_safe(std::int64_t value) {
  return -kMaxSafeInteger <= value && value <= kMaxSafeInteger;
}

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

struct MemberLess {
  bool operator()(const Json::Member& member, std::string_view name) const {
    return utf16_less(member.first, name);
  }
};

}  // namespace

Json::Json(std::int64_t value) : value_(value) {
  assert(is_safe(value));
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
  const auto at = std::lower_bound(members.begin(), members.end(), key, MemberLess{});
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

/// Takes the parser's events and builds the tree bottom-up. Finished values wait on two flat
/// stacks; a container that closes takes its own from the top, so each value is moved once per
/// level and every vector is allocated once, at its final size.
class JsonBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonBuilder(const JsonLimits& limits) : limits_(limits) {
    constexpr std::size_t kUsualMembers = 32;  // open at one time; a bigger document grows
    members_.reserve(kUsualMembers);
    items_.reserve(kUsualMembers);
    order_.reserve(kUsualMembers);
    open_.reserve(kUsualMembers);
  }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(number_integer_t value) override {
    return is_safe(value) ? add(Json(std::int64_t{value})) : refuse_integer();
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(kMaxSafeInteger)) return refuse_integer();
    return add(Json(static_cast<std::int64_t>(value)));
  }
  /// The library turns an integer that does not fit 64 bits into a double; its literal gives
  /// it away.
  bool number_float(number_float_t value, const string_t& literal) override {
    return is_integer_literal(literal) ? refuse_integer() : add(Json::number(value));
  }
  /// The strings are copied on purpose: to move them would take the lexer's buffer away from it.
  bool string(string_t& value) override { return add(text(value)); }
  bool key(string_t& name) override {
    members_.emplace_back(name, Json());
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON text has none

  bool start_object(std::size_t /*size*/) override { return open(true, members_.size()); }
  bool start_array(std::size_t /*size*/) override { return open(false, items_.size()); }
  bool end_object() override;
  bool end_array() override;

  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& fault) override;

  Result<Json, Error> finish() && {
    if (error_) return fail(std::move(*error_));
    return std::move(root_);
  }

 private:
  struct Container {
    bool is_object;
    std::size_t start;  // of its values in members_ or items_
  };

  static bool is_integer_literal(std::string_view literal) {
    return literal.find_first_of(".eE") == std::string_view::npos;
  }
  static Json text(const std::string& valid) {
    Json json;
    json.value_ = valid;
    return json;
  }
  bool count_node() {
    if (++nodes_ <= limits_.max_nodes) return true;
    return refuse(ErrorCode::too_many_nodes, "more values than allowed");
  }
  bool add(Json value) {
    if (!count_node()) return false;
    place(std::move(value));
    return true;
  }
  void place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().is_object) {
      members_.back().second = std::move(value);
    } else {
      items_.push_back(std::move(value));
    }
  }
  bool open(bool is_object, std::size_t start) {
    if (!count_node()) return false;
    if (open_.size() >= static_cast<std::size_t>(std::max(limits_.max_depth, 0))) {
      return refuse(ErrorCode::too_deep, "more open objects and arrays than allowed");
    }
    open_.push_back({is_object, start});
    return true;
  }
  bool refuse_integer() {
    return refuse(ErrorCode::unsafe_integer, "an integer outside ±(2^53−1)");
  }
  bool refuse(ErrorCode code, std::string detail) {
    error_ = Error{code, std::move(detail), {}};
    return false;
  }
  std::string pointer() const;

  const JsonLimits limits_;
  std::size_t nodes_ = 0;
  std::vector<Container> open_;
  std::vector<Json::Member> members_;
  std::vector<Json> items_;
  std::vector<Json::Member*> order_;  // scratch of end_object
  Json root_;
  std::optional<Error> error_;
};

/// Where the innermost open container is. Empty if that would reflect a lot of the input.
std::string JsonBuilder::pointer() const {
  constexpr std::size_t kMaxPointer = 512;
  std::string pointer;
  std::size_t next_member = members_.size();
  std::size_t next_item = items_.size();
  std::vector<std::string> tokens;
  for (std::size_t i = open_.size(); i-- > 0;) {
    const bool is_innermost = i + 1 == open_.size();
    if (open_[i].is_object) {
      if (!is_innermost) tokens.push_back(members_[next_member - 1].first);
      next_member = open_[i].start;
    } else {
      if (!is_innermost) tokens.push_back(std::to_string(next_item - open_[i].start));
      next_item = open_[i].start;
    }
  }
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
    append_token(pointer, *token);
    if (pointer.size() > kMaxPointer) return "";
  }
  return pointer;
}

bool JsonBuilder::end_object() {
  const auto first = members_.begin() + static_cast<std::ptrdiff_t>(open_.back().start);
  order_.clear();
  for (auto at = first; at != members_.end(); ++at) order_.push_back(&*at);
  std::sort(order_.begin(), order_.end(), [](const Json::Member* a, const Json::Member* b) {
    return utf16_less(a->first, b->first);
  });
  const auto same_key = [](const Json::Member* a, const Json::Member* b) {
    return a->first == b->first;
  };
  if (std::adjacent_find(order_.begin(), order_.end(), same_key) != order_.end()) {
    error_ =
        Error{ErrorCode::duplicate_key, "two members of one object have the same name", pointer()};
    return false;
  }
  Json object;
  auto& sorted = object.value_.emplace<Json::Object>().members;
  sorted.reserve(order_.size());
  for (Json::Member* member : order_) sorted.push_back(std::move(*member));
  members_.erase(first, members_.end());
  open_.pop_back();
  place(std::move(object));
  return true;
}

bool JsonBuilder::end_array() {
  const auto first = items_.begin() + static_cast<std::ptrdiff_t>(open_.back().start);
  Json::Array items(std::make_move_iterator(first), std::make_move_iterator(items_.end()));
  items_.erase(first, items_.end());
  open_.pop_back();
  place(Json::array(std::move(items)));
  return true;
}

bool JsonBuilder::parse_error(std::size_t position, const std::string& last_token,
                              const nlohmann::detail::exception& fault) {
  constexpr int kNumberOverflow = 406;
  // The library has one number for all faults of syntax; only its text names surrogates. The text
  // itself quotes the input and is not passed on.
  const std::string_view text = fault.what();
  const std::string where = " at byte " + std::to_string(position);
  if (fault.id == kNumberOverflow) {
    return is_integer_literal(last_token)
               ? refuse_integer()
               : refuse(ErrorCode::number_range, "a number too large for a double");
  }
  if (text.find("surrogate") != std::string_view::npos) {
    return refuse(ErrorCode::invalid_unicode, "a lone surrogate" + where);
  }
  return refuse(ErrorCode::malformed_json, "not JSON" + where);
}

Result<Json, Error> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(Error{ErrorCode::too_large,
                      "more than " + std::to_string(limits.max_bytes) + " bytes of JSON"});
  }
  if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
    return fail(Error{ErrorCode::invalid_utf8, "not UTF-8 at byte " + std::to_string(valid + 1)});
  }
  // The library skips a byte order mark and takes a NUL for the end of the text.
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(Error{ErrorCode::malformed_json, "starts with a byte order mark"});
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(Error{ErrorCode::malformed_json, "a NUL at byte " + std::to_string(nul + 1)});
  }
  JsonBuilder builder(limits);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).finish();
}

}  // namespace avow::core
