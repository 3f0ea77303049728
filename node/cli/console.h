#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/printable.h"
#include "node/error.h"

namespace avow::node::cli {

using core::printable;

/// Where a command speaks: results to `out`, faults to `err`, each as text for people or, with --json, as JSON.
class Console {
 public:
  Console(std::ostream& out, std::ostream& err, bool json) : out_(out), err_(err), json_(json) {}

  bool json() const { return json_; }
  /// A line for people; silent with --json.
  void line(std::string_view text) const;
  /// The result for programs; silent without --json.
  void result(const core::Json& value) const;
  /// A remark that belongs to neither: always to `err`.
  void warning(std::string_view text) const;
  /// "error: / why: / fix:", or an RFC 9457 object. Gives the exit code.
  int fault(const Error& error) const;
  /// Columns that line up; the first row is the heading.
  void table(const std::vector<std::vector<std::string>>& rows) const;

 private:
  std::ostream& out_;
  std::ostream& err_;
  bool json_;
};

}  // namespace avow::node::cli
