#include "revocation/status_delta.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "core/json_reader.h"
#include "revocation/rice_code.h"

namespace avow::revocation {

namespace {

constexpr std::size_t kMaxListName = 32;
constexpr std::string_view kPlainEncoding = "plain";
constexpr std::size_t kMaxPlainIndexes = 16;  // that we write; a person reads them

bool is_list_url(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         url.find('#') == std::string_view::npos;
}

Result<std::vector<StatusListIndex>, Error> read_plain(const core::Json::Array& array) {
  std::vector<StatusListIndex> indexes;
  indexes.reserve(array.size());
  for (const auto& item : array) {
    const auto* number = item.as_integer();
    if (number == nullptr) return malformed_body("an index is not an integer");
    const auto index = StatusListIndex::from(*number);
    if (!index) return malformed_body(index.error().detail);
    indexes.push_back(*index);
  }
  return indexes;
}

Result<std::vector<StatusListIndex>, Error> read_rice(std::string_view text) {
  const auto bits = from_rice_text(text);
  if (!bits) return fail(bits.error());
  return bits->set_indexes();
}

/// The indexes of one member, in the encoding that the body names.
Result<std::vector<StatusListIndex>, Error> read_indexes(const core::Json& member,
                                                         std::string_view encoding) {
  if (encoding == kPlainEncoding) {
    const auto* array = member.as_array();
    if (array == nullptr || array->size() > kMaxDeltaIndexes)
      return malformed_body("not an array of at most 4,096 indexes");
    return read_plain(*array);
  }
  if (encoding == kRiceEncoding) {
    const auto* text = member.as_string();
    if (text == nullptr || text->size() > kMaxRiceText) return malformed_body("not a Rice code");
    return read_rice(*text);
  }
  return malformed_body("an encoding other than plain and rice");
}

StatusBits bits_of(const std::vector<StatusListIndex>& indexes) {
  StatusBits bits;
  for (const auto index : indexes) bits.set(index);
  return bits;
}

core::Json to_json(const std::vector<StatusListIndex>& indexes) {
  auto array = core::Json::array();
  for (const auto index : indexes) array.push_back(std::int64_t{index.value()});
  return array;
}

}  // namespace

bool is_list_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxListName && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<StatusListDeclaration, Error> parse_status_list(const core::Json& body) {
  core::JsonReader in(body);
  StatusListDeclaration declaration;
  declaration.list = in.string("list");
  const auto purpose = parse_purpose(in.string("purpose"));
  declaration.url = in.string("url");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return malformed_body(fault->detail + " at " + fault->pointer);
  }
  if (!is_list_name(declaration.list)) return malformed_body("not the name of a list");
  if (!purpose) return malformed_body("purpose is neither revocation nor suspension");
  if (!is_list_url(declaration.url)) return malformed_body("url is not an absolute http(s) URL");
  declaration.purpose = *purpose;
  return declaration;
}

core::Json to_json(const StatusListDeclaration& declaration) {
  return core::Json::object({{"list", declaration.list},
                             {"purpose", name_of(declaration.purpose)},
                             {"url", declaration.url}});
}

Result<StatusDelta, Error> parse_status_delta(const core::Json& body) {
  core::JsonReader in(body);
  StatusDelta delta;
  delta.list = in.string("list");
  const auto* set = in.any("set");
  const auto* clear = in.any("clear");
  const auto encoding = in.string("encoding");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return malformed_body(fault->detail + " at " + fault->pointer);
  }
  if (set == nullptr || clear == nullptr) return malformed_body("set and clear are both needed");
  if (!is_list_name(delta.list)) return malformed_body("not the name of a list");
  auto set_indexes = read_indexes(*set, encoding);
  if (!set_indexes) return fail(set_indexes.error());
  auto clear_indexes = read_indexes(*clear, encoding);
  if (!clear_indexes) return fail(clear_indexes.error());
  if (set_indexes->size() + clear_indexes->size() > kMaxDeltaIndexes)
    return malformed_body("more than 4,096 indexes in one delta");
  StatusBits seen;
  for (const auto* indexes : {&*set_indexes, &*clear_indexes}) {
    for (const auto index : *indexes) {
      if (seen.get(index))
        return malformed_body("index " + std::to_string(index.value()) + " is given twice");
      seen.set(index);
    }
  }
  delta.set = std::move(*set_indexes);
  delta.clear = std::move(*clear_indexes);
  return delta;
}

core::Json to_json(const StatusDelta& delta) {
  const bool is_short = delta.set.size() + delta.clear.size() <= kMaxPlainIndexes;
  const auto written = [&](const std::vector<StatusListIndex>& indexes) {
    return is_short ? to_json(indexes) : core::Json(to_rice_text(bits_of(indexes)));
  };
  return core::Json::object({{"list", delta.list},
                             {"set", written(delta.set)},
                             {"clear", written(delta.clear)},
                             {"encoding", is_short ? kPlainEncoding : kRiceEncoding}});
}

Result<void, Error> apply(const StatusDelta& delta, StatusPurpose purpose, StatusBits& bits) {
  if (purpose == StatusPurpose::revocation && !delta.clear.empty()) {
    return malformed_body("a revocation is final: its bits are never cleared");
  }
  for (const auto index : delta.set) bits.set(index);
  for (const auto index : delta.clear) bits.clear(index);
  return {};
}

std::vector<StatusDelta> make_deltas(std::string_view list, std::vector<StatusListIndex> set,
                                     std::vector<StatusListIndex> clear) {
  std::ranges::sort(set);
  std::ranges::sort(clear);
  std::vector<StatusDelta> deltas;
  std::size_t room = 0;
  const auto distribute = [&](const std::vector<StatusListIndex>& indexes,
                              std::vector<StatusListIndex> StatusDelta::*member) {
    for (const auto index : indexes) {
      if (room == 0) {
        deltas.push_back(StatusDelta{std::string(list), {}, {}});
        room = kMaxDeltaIndexes;
      }
      (deltas.back().*member).push_back(index);
      --room;
    }
  };
  distribute(set, &StatusDelta::set);
  distribute(clear, &StatusDelta::clear);
  return deltas;
}

}  // namespace avow::revocation
