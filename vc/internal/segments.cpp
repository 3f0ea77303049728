#include "vc/internal/segments.h"

#include <algorithm>
#include <array>
#include <string>

namespace avow::vc::internal {
namespace {

constexpr std::array<std::string_view, 4> kHiding{"2e", "2f", "5c", "25"};

bool is_plain_character(unsigned char c) {
  return c >= 0x20 && c != 0x7F && c != '\\';
}

bool hides_a_separator(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    std::string digits(text.substr(at + 1, 2));
    for (char& c : digits) {
      if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    }
    if (std::ranges::find(kHiding, digits) != kHiding.end()) return true;
  }
  return false;
}

}  // namespace

bool has_plain_segments(std::string_view text, std::string_view separators) {
  if (!std::ranges::all_of(text, is_plain_character) || hides_a_separator(text)) return false;
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    const std::string_view segment = text.substr(0, end);
    if (segment.empty() || segment == "." || segment == "..") return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace avow::vc::internal
