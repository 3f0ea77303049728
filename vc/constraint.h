#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "vc/error.h"

namespace avow::vc {

/// When an agent may act: whole minutes of the day in UTC, `from` inclusive, `to` exclusive, never across midnight.
/// {"tz":"UTC","days":[1..7]?,"from":"09:00","to":"17:00"}; 1 is Monday, without `days` every day; "24:00" only
/// as `to`.
struct OperatingHours {
  std::vector<int> days;
  int from_minute = 0;
  int to_minute = 24 * 60;

  /// `object` may have a member `type`, which the caller has read.
  /// fails constraint_malformed
  static Result<OperatingHours, Error> from_json(const core::Json& object,
                                                 const std::string& pointer);
  bool contains(core::Instant at) const;
  std::string text() const;  // "days 1 2 3 4 5 from 09:00 to 17:00 UTC"
};

/// One constraint of a capability. `param` is a JSON Pointer (RFC 6901) into the action's
/// parameters; a parameter that is missing or of another type than the constraint speaks of is a
/// refusal, and so is whatever is not understood.
///
/// source vc/README.md "What claims may say" has the eight kinds
class Constraint {
 public:
  enum class Kind { eq, in, not_in, min, max, prefix, operating_hours, max_data_size_bytes };

  /// fails unknown_constraint (type), constraint_malformed (a member missing, unknown or of the wrong type)
  static Result<Constraint, Error> from_json(const core::Json& json,
                                             const std::string& pointer = "");

  /// Nothing if it is satisfied; else why not, e.g. "max /amount/minor: 10001 is over 10000".
  std::optional<std::string> violation(const core::Json& parameters, core::Instant now) const;

 private:
  Result<void, Error> read_value(const core::Json& value, const std::string& pointer);
  std::optional<std::string> judge(const core::Json& given) const;

  Kind kind_ = Kind::eq;
  std::string param_;
  core::Json value_;
  OperatingHours hours_;
};

/// The value at a JSON Pointer, or null if there is none or the pointer is malformed.
/// source RFC 6901
const core::Json* at_pointer(const core::Json& json, std::string_view pointer);

}  // namespace avow::vc
