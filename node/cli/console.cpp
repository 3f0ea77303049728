#include "node/cli/console.h"

#include <algorithm>

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

}  // namespace

void Console::line(std::string_view text) const {
  if (!json_) out_ << text << '\n';
}

void Console::result(const core::Json& value) const {
  if (json_) out_ << printable(core::to_canonical(value)) << '\n';
}

void Console::warning(std::string_view text) const {
  err_ << "warning: " << printable(text) << '\n';
}

int Console::fault(const Error& error) const {
  if (json_) {
    err_ << printable(core::to_canonical(problem_json(error))) << '\n';
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
