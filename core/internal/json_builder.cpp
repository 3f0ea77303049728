#include "core/internal/json_builder.h"

#include <algorithm>

#include "core/internal/json_pointer.h"

namespace avow::core {

bool JsonBuilder::boolean(bool value) {
  Json* json = add();
  if (json != nullptr) json->value_ = value;
  return json != nullptr;
}

bool JsonBuilder::integer(std::int64_t value) {
  if (value < -kMaxSafeInteger || value > kMaxSafeInteger) return refuse_integer();
  Json* json = add();
  if (json != nullptr) json->value_ = value;
  return json != nullptr;
}

bool JsonBuilder::unsigned_integer(std::uint64_t value) {
  if (value > std::uint64_t{kMaxSafeInteger}) return refuse_integer();
  return integer(static_cast<std::int64_t>(value));
}

bool JsonBuilder::number(double finite) {
  Json* json = add();
  if (json != nullptr) json->value_ = finite;
  return json != nullptr;
}

bool JsonBuilder::text(std::string_view valid_utf8) {
  Json* json = add();
  if (json != nullptr) json->value_.emplace<std::string>(valid_utf8);
  return json != nullptr;
}

bool JsonBuilder::open_object(std::size_t expected) {
  Json* json = open();
  if (json == nullptr) return false;
  json->value_.emplace<Json::Object>().members.reserve(room_for(expected));
  return true;
}

bool JsonBuilder::open_array(std::size_t expected) {
  Json* json = open();
  if (json == nullptr) return false;
  json->value_.emplace<Json::Array>().reserve(room_for(expected));
  return true;
}

bool JsonBuilder::name(std::string_view valid_utf8) {
  std::get<Json::Object>(open_.back()->value_).members.emplace_back(valid_utf8, Json());
  return true;
}

bool JsonBuilder::close_object() {
  auto& members = std::get<Json::Object>(open_.back()->value_).members;
  const auto is_before = [](const Json::Member& a, const Json::Member& b) {
    return utf16_less(a.first, b.first);
  };
  const auto is_not_before = [&is_before](const Json::Member& a, const Json::Member& b) {
    return !is_before(a, b);
  };
  // Canonical text is in order already. What is in strict order has no name twice.
  if (std::adjacent_find(members.begin(), members.end(), is_not_before) != members.end()) {
    std::sort(members.begin(), members.end(), is_before);
    if (std::adjacent_find(members.begin(), members.end(), is_not_before) != members.end()) {
      error_ = Error{ErrorCode::duplicate_key, "two members of one object have the same name",
                     pointer()};
      return false;
    }
  }
  open_.pop_back();
  return true;
}

bool JsonBuilder::close_array() {
  open_.pop_back();
  return true;
}

bool JsonBuilder::refuse(ErrorCode code, std::string detail) {
  error_ = Error{code, std::move(detail), {}};
  return false;
}

bool JsonBuilder::refuse_integer() {
  return refuse(ErrorCode::unsafe_integer, "an integer outside ±(2^53−1)");
}

Result<Json, Error> JsonBuilder::finish() && {
  if (error_) return fail(std::move(*error_));
  return std::move(root_);
}

/// Where the next value stands, a null until it is set; null if there are too many.
Json* JsonBuilder::add() {
  if (++nodes_ > limits_.max_nodes) {
    refuse(ErrorCode::too_many_nodes, "more values than allowed");
    return nullptr;
  }
  if (open_.empty()) return &root_;
  auto& container = open_.back()->value_;
  if (auto* items = std::get_if<Json::Array>(&container)) return &items->emplace_back();
  return &std::get<Json::Object>(container).members.back().second;
}

Json* JsonBuilder::open() {
  Json* json = add();
  if (json == nullptr) return nullptr;
  if (open_.size() >= static_cast<std::size_t>(std::max(limits_.max_depth, 0))) {
    refuse(ErrorCode::too_deep, "more open objects and arrays than allowed");
    return nullptr;
  }
  open_.push_back(json);
  return json;
}

std::size_t JsonBuilder::room_for(std::size_t expected) const {
  return std::min(expected, limits_.max_nodes - nodes_);
}

/// Where the innermost open container is. Empty if that would reflect a lot of the input.
std::string JsonBuilder::pointer() const {
  constexpr std::size_t kMaxPointer = 512;
  std::string pointer;
  for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
    if (const auto* items = open_[i]->as_array()) {
      append_token(pointer, std::to_string(items->size() - 1));
    } else {
      append_token(pointer, open_[i]->as_object()->back().first);
    }
    if (pointer.size() > kMaxPointer) return "";
  }
  return pointer;
}

}  // namespace avow::core
