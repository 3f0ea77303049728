#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

/// Indexes in one delta, `set` and `clear` together.
inline constexpr std::size_t kMaxDeltaIndexes = 4096;

/// A list is named by 1 to 32 characters a-z, 0-9 and '-' ("r1", "s12"): it stands in URLs and in
/// what view roots hash.
bool is_list_name(std::string_view name);

/// Body of a `status.list` statement: this list exists, and its credential is served at that URL.
struct StatusListDeclaration {
  std::string list;
  StatusPurpose purpose = StatusPurpose::revocation;
  std::string url;  // absolute, http or https, no fragment, at most 2,048 bytes

  friend bool operator==(const StatusListDeclaration&, const StatusListDeclaration&) = default;
};

/// Body of a `status.delta` statement: bits set and cleared in one list.
struct StatusDelta {
  std::string list;
  std::vector<StatusListIndex> set;
  std::vector<StatusListIndex> clear;

  friend bool operator==(const StatusDelta&, const StatusDelta&) = default;
};

/// Reads {"list","purpose","url"}; closed.
/// fails malformed_body
Result<StatusListDeclaration, Error> parse_status_list(const core::Json& body);
core::Json to_json(const StatusListDeclaration& declaration);

/// Reads {"list","set":[…],"clear":[…],"encoding":"plain"}, or with "rice" the two as rice_code.h has them; closed. A body
/// that fails is void: it has no effect at all.
/// fails malformed_body (a member unknown or missing, another encoding, an index out of range or given twice, in one
///       array or across both, more than kMaxDeltaIndexes of them)
/// source revocation/README.md "What it promises"
Result<StatusDelta, Error> parse_status_delta(const core::Json& body);
/// Plain where it has 16 indexes at most.
core::Json to_json(const StatusDelta& delta);

/// Applies a delta to the bits of its list, wholly or not at all.
/// fails malformed_body if a revocation list would have bits cleared: `bits` is untouched then
Result<void, Error> apply(const StatusDelta& delta, StatusPurpose purpose, StatusBits& bits);

/// A change of any size as deltas that each keep to kMaxDeltaIndexes, indexes ascending. Empty if
/// nothing changes. `set` and `clear` must be disjoint.
std::vector<StatusDelta> make_deltas(std::string_view list, std::vector<StatusListIndex> set,
                                     std::vector<StatusListIndex> clear);

}  // namespace avow::revocation
