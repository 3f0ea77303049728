#include "core/canonical_json.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace avow::core {
namespace {

/// ECMAScript lays out the digits d1…dk of a number 0.d1…dk × 10^point in one of four ways.
std::string lay_out(bool negative, std::string_view digits, int point) {
  const int count = static_cast<int>(digits.size());
  std::string text = negative ? "-" : "";
  if (count <= point && point <= 21) {
    text.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    const auto whole = static_cast<std::size_t>(point);
    text.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
  } else if (-6 < point && point <= 0) {
    text.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    text.append(digits.substr(0, 1));
    if (count > 1) text.append(".").append(digits.substr(1));
    const int exponent = point - 1;
    text.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
  }
  return text;
}

/// What follows the backslash for a byte that has to be escaped, 'u' for \u00xx, 0 for all others.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\f'] = 'f';
  escapes['\r'] = 'r';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

/// Is one of these eight bytes a control character, a quotation mark or a backslash?
bool has_escaped_byte(std::uint64_t block) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const auto has_less = [](std::uint64_t bytes, std::uint64_t bound) {
    return (bytes - kEach * bound) & ~bytes & (kEach * 0x80);
  };
  return (has_less(block, 0x20) | has_less(block ^ (kEach * '"'), 1) |
          has_less(block ^ (kEach * '\\'), 1)) != 0;
}

/// Where the next byte is that has to be escaped. Hardly any has to be: eight are looked at at once.
std::size_t find_escaped(std::string_view text, std::size_t at) {
  for (std::uint64_t block = 0; text.size() - at >= sizeof(block); at += sizeof(block)) {
    std::memcpy(&block, text.data() + at, sizeof(block));
    if (has_escaped_byte(block)) break;
  }
  while (at < text.size() && kEscapes[static_cast<unsigned char>(text[at])] == 0) ++at;
  return at;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void value(const Json& json) {
    if (const auto* members = json.as_object()) {
      object(*members, nullptr);
    } else if (const auto* items = json.as_array()) {
      array(*items);
    } else if (const auto* text = json.as_string()) {
      string(*text);
    } else if (const auto* integer = json.as_integer()) {
      this->integer(*integer);
    } else if (const auto number = json.as_number()) {
      out_ += to_ecmascript(*number);
    } else if (const auto* boolean = json.as_boolean()) {
      out_ += *boolean ? "true" : "false";
    } else {
      out_ += "null";
    }
  }

  /// `omitted` may be null.
  void object(const std::vector<Json::Member>& members, const std::string_view* omitted) {
    out_ += '{';
    bool first = true;
    for (const auto& member : members) {
      if (omitted != nullptr && member.first == *omitted) continue;
      if (!first) out_ += ',';
      first = false;
      string(member.first);
      out_ += ':';
      value(member.second);
    }
    out_ += '}';
  }

 private:
  void array(const Json::Array& items) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      value(items[i]);
    }
    out_ += ']';
  }

  void integer(std::int64_t integer) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), integer).ptr;
    out_.append(digits.data(), end);
  }

  void string(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out_ += '"';
    std::size_t at = 0;
    while (true) {
      const std::size_t end = find_escaped(text, at);
      out_.append(text, at, end - at);
      if (end == text.size()) break;
      const auto byte = static_cast<unsigned char>(text[end]);
      const char escape = kEscapes[byte];
      out_ += '\\';
      out_ += escape;
      if (escape == 'u') {
        out_ += "00";
        out_ += kHex[byte >> 4U];
        out_ += kHex[byte & 0xFU];
      }
      at = end + 1;
    }
    out_ += '"';
  }

  std::string& out_;
};

constexpr std::size_t kUsualSize = 2048;

}  // namespace

std::string to_canonical(const Json& value) {
  std::string out;
  out.reserve(kUsualSize);
  Writer(out).value(value);
  return out;
}

std::string to_canonical_without(const Json& object, std::string_view omitted_member) {
  const auto* members = object.as_object();
  if (members == nullptr) return to_canonical(object);
  std::string out;
  out.reserve(kUsualSize);
  Writer(out).object(*members, &omitted_member);
  return out;
}

std::string to_ecmascript(double finite) {
  assert(std::isfinite(finite));
  if (finite == 0) return "0";  // -0 too
  // Shortest digits come from `scientific` only: `fixed` and no format write big integers in full.
  std::array<char, 32> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(finite),
                                     std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t mark = text.find('e');
  std::string digits(text.substr(0, 1));
  if (mark > 1) digits.append(text.substr(2, mark - 2));
  int exponent = 0;
  const std::size_t sign = mark + 1;
  std::from_chars(text.data() + sign + 1, text.data() + text.size(), exponent);
  if (text[sign] == '-') exponent = -exponent;
  return lay_out(std::signbit(finite), digits, exponent + 1);
}

}  // namespace avow::core
