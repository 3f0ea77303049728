#include "node/http/internal/fields.h"

#include <algorithm>

namespace avow::node::http {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool has_control_byte(std::string_view text) {
  return std::ranges::any_of(text,
                             [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<FieldFault> read_fields(std::string_view lines, int max_fields, NamedValues& fields) {
  int count = 0;
  while (lines != kLineEnd) {
    const std::size_t end = lines.find(kLineEnd);
    if (end == std::string_view::npos) return FieldFault::malformed;
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + kLineEnd.size());
    if (++count > max_fields) return FieldFault::too_many;
    const std::size_t colon = std::min(line.find(':'), line.size());
    // A folded line begins with a space and `Host :` holds one, so neither name is a token.
    if (colon == line.size() || !is_token(line.substr(0, colon)) || has_control_byte(line)) {
      return FieldFault::malformed;
    }
    fields.emplace_back(lower_case(line.substr(0, colon)),
                        std::string(trim(line.substr(colon + 1))));
  }
  return std::nullopt;
}

}  // namespace avow::node::http
