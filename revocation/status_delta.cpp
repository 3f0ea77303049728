#include "revocation/status_delta.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "core/json_reader.h"

namespace avow::revocation {

namespace {

constexpr std::size_t kMaxListName = 32;
constexpr std::string_view kPlainEncoding = "plain";

tl::unexpected<Error> malformed(std::string detail) {
  return fail(Error{ErrorCode::malformed_body, std::move(detail)});
}

bool is_list_url(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) &&
         url.find('#') == std::string_view::npos;
}

/// Appends the indexes of one array; `seen` tells those given before.
Result<void, Error> read_indexes(const core::Json::Array& array, StatusBits& seen,
                                 std::vector<StatusListIndex>& out) {
  out.reserve(array.size());
  for (const auto& item : array) {
    const auto* number = item.as_integer();
    if (number == nullptr) return malformed("an index is not an integer");
    const auto index = StatusListIndex::from(*number);
    if (!index) return malformed(index.error().detail);
    if (seen.get(*index)) return malformed("index " + std::to_string(*number) + " is given twice");
    seen.set(*index);
    out.push_back(*index);
  }
  return {};
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
    return malformed(fault->detail + " at " + fault->pointer);
  }
  if (!is_list_name(declaration.list)) return malformed("not the name of a list");
  if (!purpose) return malformed("purpose is neither revocation nor suspension");
  if (!is_list_url(declaration.url)) return malformed("url is not an absolute http(s) URL");
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
  const auto* set = in.array("set", kMaxDeltaIndexes);
  const auto* clear = in.array("clear", kMaxDeltaIndexes);
  const auto encoding = in.string("encoding");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return malformed(fault->detail + " at " + fault->pointer);
  }
  if (!is_list_name(delta.list)) return malformed("not the name of a list");
  if (encoding != kPlainEncoding) return malformed("an encoding other than plain");
  if (set->size() + clear->size() > kMaxDeltaIndexes) {
    return malformed("more than 4,096 indexes in one delta");
  }
  StatusBits seen;
  if (auto read = read_indexes(*set, seen, delta.set); !read) return fail(read.error());
  if (auto read = read_indexes(*clear, seen, delta.clear); !read) return fail(read.error());
  return delta;
}

core::Json to_json(const StatusDelta& delta) {
  return core::Json::object({{"list", delta.list},
                             {"set", to_json(delta.set)},
                             {"clear", to_json(delta.clear)},
                             {"encoding", kPlainEncoding}});
}

Result<void, Error> apply(const StatusDelta& delta, StatusPurpose purpose, StatusBits& bits) {
  if (purpose == StatusPurpose::revocation && !delta.clear.empty()) {
    return malformed("a revocation is final: its bits are never cleared");
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
