#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.h"
#include "vc/error.h"
#include "vc/status_checker.h"

namespace avow::vc {

/// Reads one `credentialStatus` of type BitstringStatusListEntry; purposes "revocation" and "suspension".
///
/// fails  unsupported_status (another type or purpose: fail closed); type (a member of the wrong type,
///        statusListIndex not a string of decimal digits, statusSize not an integer in 1..8); RANGE_ERROR (an
///        index over 2^63−1, or that times statusSize is); status_malformed (an `id` that is the URL of the list)
/// source Bitstring Status List v1.0 "BitstringStatusListEntry"
Result<StatusEntry, Error> read_status_entry(const core::Json& entry,
                                             const std::string& pointer = "");

/// The `credentialStatus` object for one bit: {"id":"<list>#<index>","type":"BitstringStatusListEntry",…}.
core::Json make_status_entry(std::string_view purpose, std::string_view list_url,
                             std::uint64_t index);

}  // namespace avow::vc
