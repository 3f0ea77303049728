#include "vc/constraint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "core/canonical_json.h"
#include "core/enum_table.h"
#include "core/printable.h"
#include "vc/internal/segments.h"

namespace avow::vc {
namespace {

constexpr std::size_t kMaxValues = 256;
constexpr std::size_t kMaxParam = 256;
constexpr std::string_view kDataSizeParam = "/dataSizeBytes";

Error malformed(std::string detail, const std::string& pointer) {
  return Error{ErrorCode::constraint_malformed, std::move(detail), pointer};
}

/// Fails if the object has a member beside `known`: a condition that is not understood must not be skipped.
Result<void, Error> check_members(const core::Json& object,
                                  std::initializer_list<std::string_view> known,
                                  const std::string& pointer) {
  for (const auto& [name, value] : *object.as_object()) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(malformed("unknown member " + core::in_quotes(name), pointer));
    }
  }
  return {};
}

/// "HH:MM" as minutes of the day, or nothing.
std::optional<int> minute_of_day(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t at : {0U, 1U, 3U, 4U}) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour > 24 || (hour == 24 && minute != 0)) return std::nullopt;
  return hour * 60 + minute;
}

std::string clock_text(int minute_of_the_day) {
  const auto two_digits = [](int n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  return two_digits(minute_of_the_day / 60) + ":" + two_digits(minute_of_the_day % 60);
}

using KindName = core::Named<Constraint::Kind>;

constexpr std::array<KindName, 8> kKinds{{
    {Constraint::Kind::eq, "eq"},
    {Constraint::Kind::in, "in"},
    {Constraint::Kind::not_in, "notIn"},
    {Constraint::Kind::min, "min"},
    {Constraint::Kind::max, "max"},
    {Constraint::Kind::prefix, "prefix"},
    {Constraint::Kind::operating_hours, "operatingHours"},
    {Constraint::Kind::max_data_size_bytes, "maxDataSizeBytes"},
}};
static_assert(core::is_row_for_each(kKinds, &KindName::value,
                                    Constraint::Kind::max_data_size_bytes));

std::optional<Constraint::Kind> kind_named(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &KindName::name);
  return found == kKinds.end() ? std::nullopt : std::optional(found->value);
}

enum class Scalar { none, text, integer, boolean };

Scalar scalar_of(const core::Json& value) {
  if (value.as_string() != nullptr) return Scalar::text;
  if (value.as_integer() != nullptr) return Scalar::integer;
  if (value.as_boolean() != nullptr) return Scalar::boolean;
  return Scalar::none;
}

/// What a parameter must be of the type of: the value itself, or whichever of a list (all are of one type).
const core::Json& compared_with(Constraint::Kind kind, const core::Json& value) {
  switch (kind) {
    case Constraint::Kind::in:
    case Constraint::Kind::not_in:
      return value.as_array()->front();
    case Constraint::Kind::eq:
    case Constraint::Kind::min:
    case Constraint::Kind::max:
    case Constraint::Kind::prefix:
    case Constraint::Kind::operating_hours:
    case Constraint::Kind::max_data_size_bytes:
      break;
  }
  return value;
}

/// A value as a refusal shows it.
std::string shown(const core::Json& value) {
  if (const std::string* text = value.as_string()) return core::in_quotes(*text, 80);
  std::string text = core::to_canonical(value);
  if (text.size() <= 120) return text;
  const std::string cut = core::in_quotes(text, 120);
  return cut.substr(1, cut.size() - 2);
}

/// A prefix may begin with one '/'; the rest is segments.
bool is_plain_path(std::string_view path) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  return internal::has_plain_segments(path, "/");
}

}  // namespace

Result<OperatingHours, Error> OperatingHours::from_json(const core::Json& object,
                                                        const std::string& pointer) {
  if (!object.is_object()) return fail(malformed("operatingHours is not an object", pointer));
  if (auto known = check_members(object, {"type", "tz", "days", "from", "to"}, pointer); !known) {
    return fail(known.error());
  }
  const std::string* zone = object.find_string("tz");
  if (zone == nullptr || *zone != "UTC")
    return fail(malformed("only tz UTC is understood", pointer + "/tz"));
  OperatingHours hours;
  if (const core::Json* days = object.find("days")) {
    const core::Json::Array* items = days->as_array();
    if (items == nullptr || items->empty() || items->size() > 7) {
      return fail(malformed("days is not a list of 1..7 numbers", pointer + "/days"));
    }
    for (const core::Json& item : *items) {
      const std::int64_t* day = item.as_integer();
      if (day == nullptr || *day < 1 || *day > 7) {
        return fail(malformed("a day is a number from 1 (Monday) to 7", pointer + "/days"));
      }
      hours.days.push_back(static_cast<int>(*day));
    }
  }
  const std::string* from_text = object.find_string("from");
  const std::string* to_text = object.find_string("to");
  const auto from = from_text != nullptr ? minute_of_day(*from_text) : std::nullopt;
  const auto to = to_text != nullptr ? minute_of_day(*to_text) : std::nullopt;
  if (!from || !to || *from >= *to) {
    return fail(malformed("from and to are HH:MM, from before to, not across midnight", pointer));
  }
  hours.from_minute = *from;
  hours.to_minute = *to;
  return hours;
}

bool OperatingHours::contains(core::Instant at) const {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const int iso_day = static_cast<int>(std::chrono::weekday{day}.iso_encoding());
  if (!days.empty() && std::ranges::find(days, iso_day) == days.end()) return false;
  const auto minute = std::chrono::floor<std::chrono::minutes>(at - day).count();
  return minute >= from_minute && minute < to_minute;
}

std::string OperatingHours::text() const {
  std::string text;
  for (const int day : days) text += (text.empty() ? "days " : " ") + std::to_string(day);
  return (text.empty() ? "every day" : text) + " from " + clock_text(from_minute) + " to " +
         clock_text(to_minute) + " UTC";
}

Result<Constraint, Error> Constraint::from_json(const core::Json& json,
                                                const std::string& pointer) {
  const std::string* type = json.find_string("type");
  if (type == nullptr) return fail(malformed("a constraint is an object with a type", pointer));
  const auto kind = kind_named(*type);
  if (!kind) {
    return fail(Error{ErrorCode::unknown_constraint,
                      "unknown constraint type " + core::in_quotes(*type), pointer + "/type"});
  }
  Constraint constraint;
  constraint.kind_ = *kind;
  if (*kind == Kind::operating_hours) {
    auto hours = OperatingHours::from_json(json, pointer);
    if (!hours) return fail(hours.error());
    constraint.hours_ = std::move(*hours);
    return constraint;
  }
  if (auto known = check_members(json, {"type", "param", "value"}, pointer); !known)
    return fail(known.error());
  const core::Json* param = json.find("param");
  if (param == nullptr && *kind == Kind::max_data_size_bytes) {
    constraint.param_ = kDataSizeParam;
  } else if (param == nullptr || param->as_string() == nullptr ||
             param->as_string()->size() > kMaxParam || !param->as_string()->starts_with('/')) {
    return fail(malformed("param is not a JSON Pointer", pointer + "/param"));
  } else {
    constraint.param_ = *param->as_string();
  }
  const core::Json* value = json.find("value");
  if (value == nullptr) return fail(malformed("there is no value", pointer));
  if (auto read = constraint.read_value(*value, pointer + "/value"); !read)
    return fail(read.error());
  return constraint;
}

Result<void, Error> Constraint::read_value(const core::Json& value, const std::string& pointer) {
  value_ = value;
  switch (kind_) {
    case Kind::eq:
      if (scalar_of(value) == Scalar::none)
        return fail(malformed("not a text, integer or boolean", pointer));
      return {};
    case Kind::in:
    case Kind::not_in: {
      const core::Json::Array* items = value.as_array();
      if (items == nullptr || items->empty() || items->size() > kMaxValues) {
        return fail(malformed("not a list of 1..256 values", pointer));
      }
      const Scalar first = scalar_of(items->front());
      const auto is_same = [first](const core::Json& item) { return scalar_of(item) == first; };
      if (first == Scalar::none || !std::ranges::all_of(*items, is_same)) {
        return fail(malformed("not texts, integers or booleans of one type", pointer));
      }
      return {};
    }
    case Kind::min:
    case Kind::max:
      if (value.as_integer() == nullptr) return fail(malformed("not an integer", pointer));
      return {};
    case Kind::max_data_size_bytes:
      if (value.as_integer() == nullptr || *value.as_integer() < 0)
        return fail(malformed("not a size", pointer));
      return {};
    case Kind::prefix:
      if (value.as_string() == nullptr || !is_plain_path(*value.as_string())) {
        return fail(malformed("not a path of plain segments", pointer));
      }
      return {};
    case Kind::operating_hours:
      return {};  // read as a whole before
  }
  return {};
}

std::optional<std::string> Constraint::violation(const core::Json& parameters,
                                                 core::Instant now) const {
  const std::string name(kKinds[static_cast<std::size_t>(kind_)].name);
  if (kind_ == Kind::operating_hours) {
    if (hours_.contains(now)) return std::nullopt;
    return name + ": " + core::format_seconds(now) + " is outside " + hours_.text();
  }
  const std::string subject = name + " " + core::printable(param_) + ": ";
  const core::Json* given = at_pointer(parameters, param_);
  if (given == nullptr) return subject + "the parameter is missing, wanted " + shown(value_);
  if (scalar_of(*given) != scalar_of(compared_with(kind_, value_)))
    return subject + shown(*given) + " is of the wrong type, wanted " + shown(value_);
  if (const auto reason = judge(*given))
    return subject + shown(*given) + " " + *reason + " " + shown(value_);
  return std::nullopt;
}

std::optional<std::string> Constraint::judge(const core::Json& given) const {
  const auto unless = [](bool satisfied, const char* reason) {
    return satisfied ? std::nullopt : std::optional<std::string>{reason};
  };
  const auto is_listed = [this, &given] {
    const core::Json::Array& items = *value_.as_array();
    return std::ranges::find(items, given) != items.end();
  };
  switch (kind_) {
    case Kind::eq:
      return unless(given == value_, "is not");
    case Kind::in:
      return unless(is_listed(), "is not among");
    case Kind::not_in:
      return unless(!is_listed(), "is among");
    case Kind::min:
      return unless(*given.as_integer() >= *value_.as_integer(), "is under");
    case Kind::max:
      return unless(*given.as_integer() <= *value_.as_integer(), "is over");
    case Kind::max_data_size_bytes:
      if (*given.as_integer() < 0) return "is not a size, wanted at most";
      return unless(*given.as_integer() <= *value_.as_integer(), "is over");
    case Kind::prefix: {
      const std::string& path = *given.as_string();
      const std::string& prefix = *value_.as_string();
      const bool is_under = path == prefix || path.starts_with(prefix + "/");
      return unless(is_under && is_plain_path(path), "is not plainly under");
    }
    case Kind::operating_hours:
      break;  // asked of the time, not of a parameter
  }
  return "cannot be judged by";
}

const core::Json* at_pointer(const core::Json& json, std::string_view pointer) {
  const core::Json* at = &json;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    if (const core::Json::Array* items = at->as_array()) {
      std::size_t index = 0;
      const auto parsed = std::from_chars(token.data(), token.data() + token.size(), index);
      const bool is_index = parsed.ec == std::errc{} && parsed.ptr == token.data() + token.size() &&
                            (token == "0" || token.front() != '0');
      if (!is_index || index >= items->size()) return nullptr;
      at = &(*items)[index];
      continue;
    }
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
      if (token[i] != '~') {
        key += token[i];
        continue;
      }
      const char code = i + 1 < token.size() ? token[++i] : '\0';
      if (code != '0' && code != '1') return nullptr;
      key += code == '0' ? '~' : '/';
    }
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace avow::vc
