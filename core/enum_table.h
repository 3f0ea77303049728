#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace avow::core {

/// A value of an enumeration and its stable name.
template <class Enum>
struct Named {
  Enum value;
  std::string_view name;
};

/// Does the table have one row for each value of an enumeration up to `last`, in their order, so that a value is its row's
/// index? For a static_assert beside the table: a forgotten or swapped row does not compile.
template <class Row, std::size_t size, class Enum>
constexpr bool is_row_for_each(const std::array<Row, size>& rows, Enum Row::*value, Enum last) {
  for (std::size_t i = 0; i < size; ++i) {
    if (static_cast<std::size_t>(rows[i].*value) != i) return false;
  }
  return size == static_cast<std::size_t>(last) + 1;
}

}  // namespace avow::core
