#pragma once

#include <mutex>
#include <ostream>
#include <string_view>

#include "core/clock.h"
#include "core/json.h"

namespace avow::node {

/// One JSON object a line: {"time","level","event",…}, printable, since names and answers of others stand in it. Callers pass
/// identifiers and figures, never a secret or a whole credential. Thread-safe.
class Log {
 public:
  Log(std::ostream& out, const core::Clock& clock) : out_(out), clock_(clock) {}

  void info(std::string_view event, core::Json fields = core::Json::object()) {
    write("info", event, std::move(fields));
  }
  void warning(std::string_view event, core::Json fields = core::Json::object()) {
    write("warning", event, std::move(fields));
  }
  void error(std::string_view event, core::Json fields = core::Json::object()) {
    write("error", event, std::move(fields));
  }

 private:
  void write(std::string_view level, std::string_view event, core::Json fields);
  std::mutex mutex_;
  std::ostream& out_;
  const core::Clock& clock_;
};

}  // namespace avow::node
