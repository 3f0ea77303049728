#include "node/log.h"

#include "core/canonical_json.h"
#include "core/printable.h"
#include "core/timestamp.h"

namespace avow::node {

void Log::write(std::string_view level, std::string_view event, core::Json fields) {
  fields.set("time", core::format_milliseconds(clock_.now()));
  fields.set("level", level);
  fields.set("event", event);
  const std::string line = core::printable(core::to_canonical(fields)) + '\n';
  const std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

}  // namespace avow::node
