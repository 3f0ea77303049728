#include "vc/internal/form.h"

#include <algorithm>

namespace avow::vc::internal {
namespace {

constexpr std::size_t kMaxUrl = 2048;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_space_or_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
}

/// One text with a language: {"@value": "…", "@language"?, "@direction"?}.
bool is_language_object(const core::Json& value) {
  const auto* members = value.as_object();
  if (members == nullptr || value.find_string("@value") == nullptr) return false;
  return std::ranges::all_of(*members, [](const core::Json::Member& member) {
    return (member.first == "@value" || member.first == "@language" ||
            member.first == "@direction") &&
           member.second.as_string() != nullptr;
  });
}

bool is_text(const core::Json& value) {
  return value.as_string() != nullptr || is_language_object(value);
}

/// A key as a JSON Pointer writes it (RFC 6901).
std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

/// The JSON Pointer of the first `id` that is not one URL. It is put together on the way back from
/// there: to carry it along would copy a long key for each value below it.
std::optional<std::string> malformed_id(const core::Json& json) {
  using namespace std::string_view_literals;  // sizes are compared first
  if (const auto* members = json.as_object()) {
    for (const auto& [key, value] : *members) {
      if (key == "@context"sv || key == "proof"sv) continue;
      if (key == "id"sv && (value.as_string() == nullptr || !is_url(*value.as_string())))
        return "/id";
      if (const auto below = malformed_id(value)) return "/" + escaped(key) + *below;
    }
  }
  if (const core::Json::Array* items = json.as_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (const auto below = malformed_id((*items)[i])) return "/" + std::to_string(i) + *below;
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_url(std::string_view text) {
  if (text.size() > kMaxUrl || has_space_or_control(text)) return false;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  return is_letter(text.front()) && std::ranges::all_of(text.substr(0, colon), [](char c) {
           return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

Result<std::optional<std::string>, Error> read_id(const core::Json& object) {
  const core::Json* id = object.find("id");
  if (id == nullptr) return std::optional<std::string>{};
  const std::string* text = id->as_string();
  if (text == nullptr || !is_url(*text))
    return fail(Error{ErrorCode::id_malformed, "id is not one URL", "/id"});
  return std::optional<std::string>{*text};
}

Result<std::vector<std::string>, Error> read_types(const core::Json& object,
                                                   std::string_view required) {
  const core::Json* type = object.find("type");
  if (type == nullptr) return fail(Error{ErrorCode::type_missing, "there is no type"});
  core::Json::Array single;
  if (type->as_string() != nullptr) single.push_back(*type);
  const core::Json::Array* items = type->as_string() != nullptr ? &single : type->as_array();
  if (items == nullptr)
    return fail(Error{ErrorCode::type_malformed, "type is neither a text nor an array", "/type"});
  if (items->size() > kMaxItems)
    return fail(Error{ErrorCode::too_many_items, "more than 32 types", "/type"});
  std::vector<std::string> types;
  for (const core::Json& item : *items) {
    const std::string* name = item.as_string();
    if (name == nullptr || name->empty() || name->size() > kMaxUrl || has_space_or_control(*name)) {
      return fail(Error{ErrorCode::type_malformed, "a type is neither a term nor a URL", "/type"});
    }
    types.push_back(*name);
  }
  if (std::ranges::find(types, required) == types.end()) {
    return fail(
        Error{ErrorCode::type_missing, "type does not include " + std::string(required), "/type"});
  }
  return types;
}

bool names_type(const core::Json& object, std::string_view wanted) {
  const core::Json* type = object.find("type");
  if (type == nullptr) return false;
  const auto is_wanted = [wanted](const core::Json& name) {
    return name.as_string() != nullptr && *name.as_string() == wanted;
  };
  const core::Json::Array* types = type->as_array();
  return is_wanted(*type) || (types != nullptr && std::ranges::any_of(*types, is_wanted));
}

Result<std::string, Error> read_party(const core::Json& party, ErrorCode code,
                                      const std::string& pointer) {
  const std::string* id = party.is_object() ? party.find_string("id") : party.as_string();
  if (id == nullptr || !is_url(*id)) {
    return fail(Error{code, "neither a URL nor an object with a URL as id", pointer});
  }
  return *id;
}

Result<void, Error> for_each_object(const core::Json& one_or_many, ErrorCode code,
                                    const std::string& pointer, const EachObject& each) {
  if (one_or_many.is_object()) return each(one_or_many, pointer);
  const core::Json::Array* items = one_or_many.as_array();
  if (items == nullptr || items->empty()) {
    return fail(Error{code, "neither an object nor a list of objects", pointer});
  }
  if (items->size() > kMaxItems)
    return fail(Error{ErrorCode::too_many_items, "more than 32 entries", pointer});
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string item_pointer = pointer + "/" + std::to_string(i);
    if (!(*items)[i].is_object())
      return fail(Error{code, "an entry is not an object", item_pointer});
    if (auto checked = each((*items)[i], item_pointer); !checked) return checked;
  }
  return {};
}

Result<void, Error> check_nested_ids(const core::Json& json) {
  if (auto pointer = malformed_id(json))
    return fail(Error{ErrorCode::id_malformed, "id is not one URL", std::move(*pointer)});
  return {};
}

Result<void, Error> check_names(const core::Json& object, const std::string& pointer) {
  for (const char* name : {"name", "description"}) {
    const core::Json* value = object.find(name);
    if (value == nullptr || is_text(*value)) continue;
    const core::Json::Array* items = value->as_array();
    if (items == nullptr || items->empty() || !std::ranges::all_of(*items, is_text)) {
      return fail(Error{ErrorCode::name_malformed, "neither a text nor texts with a language",
                        pointer + "/" + name});
    }
  }
  return {};
}

}  // namespace avow::vc::internal
