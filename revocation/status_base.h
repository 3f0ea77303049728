#pragma once

#include <string>

#include "core/json.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

/// Body of a `status.base` statement: the bits of one list as a whole.
struct StatusBase {
  std::string list;
  StatusBits bits;

  friend bool operator==(const StatusBase&, const StatusBase&) = default;
};

/// Reads {"list","bits","encoding":"rice"}; closed; `bits` as rice_code.h has it.
/// fails malformed_body
Result<StatusBase, Error> parse_status_base(const core::Json& body);
core::Json to_json(const StatusBase& base);

/// Is each bit that is set in `before` set in `after` too?
bool keeps_all(const StatusBits& before, const StatusBits& after);

}  // namespace avow::revocation
