#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "core/json.h"

namespace avow::core::testing {

/// Code points that are no surrogates, most of them where encodings and orders are delicate.
inline rc::Gen<std::vector<char32_t>> arbitrary_code_points() {
  const auto range = [](std::uint32_t first, std::uint32_t end) {
    return rc::gen::cast<char32_t>(rc::gen::inRange<std::uint32_t>(first, end));
  };
  return rc::gen::container<std::vector<char32_t>>(rc::gen::oneOf(
      range(0x00, 0x30), range(0x30, 0x100), range(0x7F0, 0x810), range(0xD7F0, 0xD800),
      range(0xE000, 0xE010), range(0xFFF0, 0x10010), range(0x10000, 0x110000)));
}

inline std::string to_utf8(const std::vector<char32_t>& code_points) {
  std::string text;
  const auto put = [&text](char32_t unit) { text += static_cast<char>(unit); };
  for (const char32_t c : code_points) {
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0 | (c >> 6U));
      put(0x80 | (c & 0x3FU));
    } else if (c < 0x10000) {
      put(0xE0 | (c >> 12U));
      put(0x80 | ((c >> 6U) & 0x3FU));
      put(0x80 | (c & 0x3FU));
    } else {
      put(0xF0 | (c >> 18U));
      put(0x80 | ((c >> 12U) & 0x3FU));
      put(0x80 | ((c >> 6U) & 0x3FU));
      put(0x80 | (c & 0x3FU));
    }
  }
  return text;
}

inline std::u16string to_utf16(const std::vector<char32_t>& code_points) {
  std::u16string text;
  for (const char32_t c : code_points) {
    if (c < 0x10000) {
      text += static_cast<char16_t>(c);
    } else {
      text += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10U));
      text += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FFU));
    }
  }
  return text;
}

inline rc::Gen<std::string> arbitrary_text() {
  return rc::gen::map(arbitrary_code_points(),
                      [](const std::vector<char32_t>& c) { return to_utf8(c); });
}

inline rc::Gen<double> arbitrary_finite_double() {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
    const double value = std::bit_cast<double>(bits);
    return std::isfinite(value) ? value : 0.5;
  });
}

/// Any value of at most `depth` nested containers.
inline Json make_arbitrary_json(int depth) {
  constexpr std::int64_t kSafe = (std::int64_t{1} << 53) - 1;
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
    case 0:
      return {};
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::inRange<std::int64_t>(-kSafe, kSafe + 1);
    case 3:
      return Json::number(*arbitrary_finite_double());
    case 4:
      return *arbitrary_text();
    case 5: {
      Json array = Json::array();
      for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
        array.push_back(make_arbitrary_json(depth - 1));
      }
      return array;
    }
    default: {
      Json object = Json::object();
      for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
        object.set(*arbitrary_text(), make_arbitrary_json(depth - 1));
      }
      return object;
    }
  }
}

}  // namespace avow::core::testing
