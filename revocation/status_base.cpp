#include "revocation/status_base.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/json_reader.h"
#include "revocation/rice_code.h"
#include "revocation/status_delta.h"

namespace avow::revocation {

Result<StatusBase, Error> parse_status_base(const core::Json& body) {
  core::JsonReader in(body);
  StatusBase base;
  base.list = in.string("list");
  const auto code = in.string("bits", kMaxRiceText);
  const auto encoding = in.string("encoding");
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return malformed_body(fault->detail + " at " + fault->pointer);
  }
  if (!is_list_name(base.list)) return malformed_body("not the name of a list");
  if (encoding != kRiceEncoding) return malformed_body("an encoding other than rice");
  const auto bits = from_rice_text(code);
  if (!bits) return fail(bits.error());
  base.bits = *bits;
  return base;
}

core::Json to_json(const StatusBase& base) {
  return core::Json::object(
      {{"list", base.list}, {"bits", to_rice_text(base.bits)}, {"encoding", kRiceEncoding}});
}

bool keeps_all(const StatusBits& before, const StatusBits& after) {
  return std::ranges::equal(before.bytes(), after.bytes(),
                            [](unsigned old, unsigned now) { return (old & ~now) == 0; });
}

}  // namespace avow::revocation
