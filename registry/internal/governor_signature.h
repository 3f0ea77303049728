#pragma once

#include <cstdint>
#include <string>

#include "core/ed25519.h"
#include "core/json.h"
#include "registry/charter.h"
#include "registry/error.h"
#include "registry/member_log.h"
#include "registry/vote.h"

namespace avow::registry {

/// A signed object, and whose key it names.
struct SignedBy {
  const core::Json& object;
  const std::string& signer;  // SCID
  std::int64_t epoch;
  const std::string& key;
};
inline SignedBy signed_by(const Vote& vote) {
  return {vote.json, vote.governor, vote.epoch, vote.key};
}
/// Above a fork of a log there may be entries that are not here yet: a key that none of those here lists may be good.
inline bool may_lack_entries(const MemberLog& log, std::int64_t version) {
  return log.fork() && version > *log.fork();
}

/// Is it signed with that key of its log's version `epoch`?
/// gives the key
/// fails epoch_unknown (also: nobody's log), key_not_authorised, bad_signature
Result<core::Ed25519PublicKey, Error> check_member_signature(const SignedBy& by,
                                                             const LogOf& log_of);

/// The same of a commit that others may have counted: a key that none of the entries here lists may be one of another entry
/// of that version, unless that is settled, or the first.
/// fails epoch_unknown, key_not_authorised, bad_signature
Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of);

/// Does its signer govern by `charter` in that version of its log, which is not before the one that the charter names?
/// fails not_a_governor
Result<void, Error> check_governs(const SignedBy& by, const Charter& charter);

}  // namespace avow::registry
