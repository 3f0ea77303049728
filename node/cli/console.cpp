#include "node/cli/console.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "core/canonical_json.h"
#include "node/fixes.h"
#include "node/problem.h"

namespace avow::node::cli {
namespace {

/// Columns a text takes on a terminal, near enough: one for each code point.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

struct Character {
  std::uint32_t code;
  std::size_t size;  // bytes
};

/// The character at the front; a byte that begins no whole UTF-8 sequence stands for itself.
Character front_of(std::string_view text) {
  const auto byte = [text](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
  };
  const std::uint32_t lead = byte(0);
  const std::size_t size = lead < 0xC2 || lead > 0xF4 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1 || text.size() < size) return {lead, 1};
  std::uint32_t code = lead & (0x7FU >> size);
  for (std::size_t at = 1; at < size; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return {lead, 1};
    code = (code << 6U) | (byte(at) & 0x3FU);
  }
  return {code, size};
}

/// Controls (C0, DEL, C1), what changes the direction or the line of what follows, what cannot be seen, and stray
/// bytes.
bool is_printable(const Character& c) {
  if (c.size == 1) return c.code >= 0x20 && c.code < 0x7F;
  const auto within = [&](std::uint32_t first, std::uint32_t last) {
    return first <= c.code && c.code <= last;
  };
  return !(within(0, 0x9F) || c.code == 0x061C || within(0x200B, 0x200F) ||
           within(0x2028, 0x202E) || within(0x2060, 0x206F) || c.code == 0xFEFF);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character c = front_of(text);
    if (is_printable(c)) {
      shown += text.substr(0, c.size);
    } else {
      char escaped[16];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c.code));
      shown += escaped;
    }
    text.remove_prefix(c.size);
  }
  return shown;
}

void Console::line(std::string_view text) const {
  if (!json_) out_ << text << '\n';
}

void Console::result(const core::Json& value) const {
  if (json_) out_ << core::to_canonical(value) << '\n';
}

void Console::warning(std::string_view text) const {
  err_ << "warning: " << printable(text) << '\n';
}

int Console::fault(const Error& error) const {
  if (json_) {
    err_ << core::to_canonical(problem_json(error)) << '\n';
  } else {
    err_ << "error: " << printable(error.what) << '\n';
    if (!error.why.empty()) err_ << "why:   " << printable(error.why) << '\n';
    err_ << "fix:   " << printable(fix_of(error)) << '\n';
  }
  return exit_code(error.code);
}

void Console::table(const std::vector<std::vector<std::string>>& rows) const {
  if (json_) return;
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(printable(row[i])));
  }
  for (const auto& row : rows) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = printable(row[i]);
      text += cell;
      if (i + 1 < row.size()) text += std::string(widths[i] - width(cell) + 2, ' ');
    }
    out_ << text << '\n';
  }
}

}  // namespace avow::node::cli
