#include <algorithm>
#include <new>

#include <simdjson.h>

#include "core/internal/json_builder.h"
#include "core/internal/json_text.h"

namespace avow::core::internal {
namespace {

namespace dom = simdjson::dom;

bool add(const dom::element& element, JsonBuilder& builder) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      const auto members = element.get_object().value_unsafe();
      if (!builder.open_object(members.size())) return false;
      for (const auto& member : members) {
        if (!builder.name(member.key) || !add(member.value, builder)) return false;
      }
      return builder.close_object();
    }
    case dom::element_type::ARRAY: {
      const auto items = element.get_array().value_unsafe();
      if (!builder.open_array(items.size())) return false;
      for (const dom::element item : items) {
        if (!add(item, builder)) return false;
      }
      return builder.close_array();
    }
    case dom::element_type::STRING:
      return builder.text(element.get_string().value_unsafe());
    case dom::element_type::INT64:
      return builder.integer(element.get_int64().value_unsafe());
    case dom::element_type::UINT64:
      return builder.unsigned_integer(element.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE:
      return builder.number(element.get_double().value_unsafe());
    case dom::element_type::BOOL:
      return builder.boolean(element.get_bool().value_unsafe());
    case dom::element_type::NULL_VALUE:
      return builder.null();
  }
  return false;
}

}  // namespace

std::optional<Json> read_json_quickly(std::string_view text, const JsonLimits& limits) {
  dom::parser parser;
  // The library counts the document itself too; the builder's limit is the one that is exact.
  const std::size_t depth = static_cast<std::size_t>(std::max(limits.max_depth, 0)) + 2;
  auto fault = parser.allocate(text.size(), depth);
  dom::element root;
  if (fault == simdjson::SUCCESS) fault = parser.parse(text.data(), text.size()).get(root);
  if (fault == simdjson::MEMALLOC) throw std::bad_alloc();
  if (fault != simdjson::SUCCESS) return std::nullopt;
  JsonBuilder builder(limits);
  if (!add(root, builder)) return std::nullopt;
  return std::move(builder).finish().value();
}

}  // namespace avow::core::internal
