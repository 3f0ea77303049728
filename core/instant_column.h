#pragma once

#include <cstdint>

#include "core/timestamp.h"

/// A time as it stands in a column of the database: milliseconds since 1970.
namespace avow::core {

inline std::int64_t to_column(Instant at) {
  return at.time_since_epoch().count();
}
inline Instant from_column(std::int64_t milliseconds) {
  return Instant(Milliseconds(milliseconds));
}

}  // namespace avow::core
