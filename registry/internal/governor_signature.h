#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

/// The same of a vote, for which entries that are set aside have a say too, and what follows them. Of whom `charter` names
/// in a later version than one that is settled, only what follows the named entry has, whether that is held or not.
/// fails epoch_unknown, key_not_authorised, bad_signature
Result<core::Ed25519PublicKey, Error> check_vote_signature(const SignedBy& by, const LogOf& log_of);
Result<core::Ed25519PublicKey, Error> check_vote_signature(const SignedBy& by, const LogOf& log_of,
                                                           const Charter& charter);

/// The same of a commit that others may have counted: a key that none of the entries here lists may be one of another entry
/// of that version, unless it is the first.
Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of);
Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of,
                                                             const Charter& charter);

/// The entries with whose keys votes of that version are signed, as check_vote_signature has it.
std::vector<LogEntryPtr> voting_entries(const MemberLog& log, const std::string& governor,
                                        std::int64_t version, const Charter& charter);

/// Is `key`, with which one of the above verified it, one that has a say by `charter`?
bool has_say(const SignedBy& by, const core::Ed25519PublicKey& key, const LogOf& log_of,
             const Charter& charter);

/// Does its signer govern by `charter` in that version of its log, which is not before the one that the charter names?
/// fails not_a_governor
Result<void, Error> check_governs(const SignedBy& by, const Charter& charter);

}  // namespace avow::registry
