#include "node/cli/console.h"

#include <algorithm>
#include <cstdio>

#include "core/canonical_json.h"
#include "node/problem.h"

namespace avow::node::cli {
namespace {

/// Columns a text takes on a terminal, near enough: one for each code point.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls arrive as C2 80 … C2 9F in UTF-8, bidirectional overrides as E2 80 AA…AE and E2 81 A6…A9.
    const bool c1 =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const auto third = [&](unsigned char second) {
      return byte == 0xE2 && i + 2 < text.size() &&
                     static_cast<unsigned char>(text[i + 1]) == second
                 ? static_cast<unsigned char>(text[i + 2])
                 : static_cast<unsigned char>(0);
    };
    const bool bidirectional = (third(0x80) >= 0xAA && third(0x80) <= 0xAE) ||
                               (third(0x81) >= 0xA6 && third(0x81) <= 0xA9);
    if (byte >= 0x20 && byte != 0x7F && !c1 && !bidirectional) {
      shown += text[i];
      continue;
    }
    unsigned code = byte;
    if (c1) code = static_cast<unsigned char>(text[++i]);
    if (bidirectional) {
      code = 0x2000U +
             ((static_cast<unsigned>(static_cast<unsigned char>(text[i + 1])) & 0x3FU) << 6U) +
             (static_cast<unsigned>(static_cast<unsigned char>(text[i + 2])) & 0x3FU);
      i += 2;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", code);
    shown += escaped;
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
    if (!error.fix.empty()) err_ << "fix:   " << printable(error.fix) << '\n';
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
