#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "revocation/error.h"
#include "revocation/status_bits.h"
#include "revocation/status_list_codec.h"

namespace avow::revocation {

/// What a BitstringStatusListCredential says beside its bits.
struct StatusListDescription {
  std::string issuer;
  std::string url;  // its id, and where it is served
  StatusPurpose purpose = StatusPurpose::revocation;
  core::Instant valid_from;
  core::Instant valid_until;
};

/// The credential, unsigned. Times are written in whole seconds.
core::Json make_status_list_credential(const StatusListDescription& description,
                                       core::ByteView bits);

/// A list credential, read and expanded.
struct StatusList {
  std::string issuer;
  std::vector<StatusPurpose> purposes;  // those that we know; other ones are left out
  core::Bytes bits;
  std::optional<core::Instant> valid_until;
  std::optional<core::Milliseconds> ttl = {};  // how long its issuer lets it be held
};

/// Reads a list credential whose proof the caller has verified and found to be by its `issuer`.
///
/// url   where it was fetched, which must be its id
/// fails malformed_value_error (not such a credential), status_list_id, status_list_expired (also: not valid yet),
///       status_verification_error (statusSize other than 1; a list that has a status of its own:
///       nothing is followed), and what decode_status_list fails with
/// source Bitstring Status List v1.0 "Validate Algorithm"
Result<StatusList, Error> read_status_list_credential(
    const core::Json& credential, std::string_view url, core::Instant now,
    std::size_t max_bytes = kMaxExpandedListBytes);

}  // namespace avow::revocation
