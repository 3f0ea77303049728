#include "vc/status_entry.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/printable.h"
#include "vc/internal/form.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

constexpr std::int64_t kMaxStatusSize = 8;
constexpr std::uint64_t kMaxPosition = std::numeric_limits<std::int64_t>::max();

/// A position counts bits, so what must fit is index × size.
Result<std::uint64_t, Error> read_index(const core::Json& entry, std::int64_t size,
                                        const std::string& pointer) {
  const std::string* text = entry.find_string("statusListIndex");
  const bool is_decimal = text != nullptr && !text->empty() &&
                          std::ranges::all_of(*text, [](char c) { return c >= '0' && c <= '9'; });
  const bool is_negative = text != nullptr && text->size() > 1 && text->front() == '-' &&
                           text->find_first_not_of("0123456789", 1) == std::string::npos;
  if (!is_decimal && !is_negative) {
    return fail(Error{ErrorCode::type, "statusListIndex is not a text of decimal digits", pointer});
  }
  std::uint64_t index = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), index);
  if (is_negative || parsed.ec != std::errc{} ||
      index > kMaxPosition / static_cast<std::uint64_t>(size)) {
    return fail(Error{ErrorCode::range_error,
                      "statusListIndex is out of range: " + core::in_quotes(*text, 40), pointer});
  }
  return index;
}

Result<std::int64_t, Error> read_size(const core::Json& entry, const std::string& pointer) {
  const core::Json* size = entry.find("statusSize");
  if (size == nullptr) return 1;
  const std::int64_t* value = size->as_integer();
  if (value == nullptr || *value < 1 || *value > kMaxStatusSize) {
    return fail(Error{ErrorCode::type, "statusSize is not an integer in 1..8", pointer});
  }
  return *value;
}

}  // namespace

Result<StatusEntry, Error> read_status_entry(const core::Json& entry, const std::string& pointer) {
  if (!internal::names_type(entry, kBitstringStatusListEntry)) {
    return fail(Error{ErrorCode::unsupported_status, "only BitstringStatusListEntry is understood",
                      pointer + "/type"});
  }
  StatusEntry read;
  const std::string* purpose = entry.find_string("statusPurpose");
  if (purpose == nullptr)
    return fail(Error{ErrorCode::type, "statusPurpose is not a text", pointer + "/statusPurpose"});
  if (*purpose != "revocation" && *purpose != "suspension") {
    return fail(Error{ErrorCode::unsupported_status,
                      "unknown statusPurpose " + core::in_quotes(*purpose),
                      pointer + "/statusPurpose"});
  }
  read.purpose = *purpose;
  const std::string* list = entry.find_string("statusListCredential");
  if (list == nullptr || !internal::is_url(*list)) {
    return fail(Error{ErrorCode::type, "statusListCredential is not a URL",
                      pointer + "/statusListCredential"});
  }
  read.list_url = *list;
  const std::string* id = entry.find_string("id");
  if (id != nullptr && *id == *list) {
    return fail(Error{ErrorCode::status_malformed, "the id of an entry is not the URL of its list",
                      pointer + "/id"});
  }
  const auto size = read_size(entry, pointer + "/statusSize");
  if (!size) return fail(size.error());
  read.size = *size;
  const auto index = read_index(entry, read.size, pointer + "/statusListIndex");
  if (!index) return fail(index.error());
  read.index = *index;
  return read;
}

core::Json make_status_entry(std::string_view purpose, std::string_view list_url,
                             std::uint64_t index) {
  const std::string position = std::to_string(index);
  return core::Json::object({{"id", std::string(list_url) + "#" + position},
                             {"type", kBitstringStatusListEntry},
                             {"statusPurpose", purpose},
                             {"statusListIndex", position},
                             {"statusListCredential", list_url}});
}

}  // namespace avow::vc
