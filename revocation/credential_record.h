#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/timestamp.h"
#include "revocation/status_bits.h"

namespace avow::revocation {

enum class CredentialState { active, suspended, revoked };
std::string_view name_of(CredentialState state);

/// One bit of one of our lists.
struct StatusSlot {
  std::string list;
  StatusListIndex index{0};

  friend bool operator==(const StatusSlot&, const StatusSlot&) = default;
};

/// The two bits that a credential has, for ever its own.
struct StatusSlots {
  StatusSlot revocation;
  StatusSlot suspension;

  friend bool operator==(const StatusSlots&, const StatusSlots&) = default;
};

/// A credential that we issued.
struct CredentialRecord {
  std::string id;
  std::string subject;
  std::vector<std::string> types;
  std::optional<core::Instant> valid_from;
  std::optional<core::Instant> valid_until;
  core::Instant issued_at;
  StatusSlots slots;
  std::string text;                                 // the credential as signed
  CredentialState state = CredentialState::active;  // as stored; a new record is always active
  std::optional<core::Instant> changed_at = {};     // of the last change of state

  friend bool operator==(const CredentialRecord&, const CredentialRecord&) = default;
};

/// Which records to list, newest first; absent members match all.
struct CredentialQuery {
  std::optional<std::string> subject = {};
  std::optional<CredentialState> state = {};
  std::optional<std::int64_t> before = {};  // the `next` of the page before
  std::size_t limit = 50;                   // 1..1,000, cut to that
};

struct CredentialPage {
  std::vector<CredentialRecord> records;
  std::optional<std::int64_t> next = {};  // absent: no more
};

}  // namespace avow::revocation
