#include "registry/internal/governor_signature.h"

#include <algorithm>
#include <optional>
#include <span>

#include "core/data_integrity.h"

namespace avow::registry {
namespace {

Error unknown_version(const SignedBy& by) {
  return {ErrorCode::epoch_unknown, "version " + std::to_string(by.epoch) + " of the log of " +
                                        by.signer + " is not known here"};
}

/// `may_lack_some`: others of that version may be good that are not here yet.
Result<core::Ed25519PublicKey, Error> check_by(const SignedBy& by,
                                               std::span<const LogEntryPtr> entries,
                                               bool may_lack_some) {
  std::optional<core::Ed25519PublicKey> found;
  const auto good = check_key_of(entries, by.key, [&](const core::Ed25519PublicKey& listed) {
    if (!core::verify_proof(by.object, *by.object.find("proof"), listed)) return false;
    found = listed;
    return true;
  });
  if (good) return *found;
  return fail(may_lack_some ? Error{ErrorCode::epoch_unknown, good.error().detail} : good.error());
}

/// Has the charter ended its say?
bool is_left_behind(const LogEntry& entry, const MemberLog& log, const Governor& named,
                    const Settlements& settled) {
  return std::any_of(settled.begin(), settled.end(), [&](const auto& settlement) {
    const auto& [version, hash] = settlement;
    if (version >= named.version) return false;
    const auto* ancestor = log.ancestor(entry, version);
    return ancestor == nullptr || ancestor->webvh.entry_hash != hash;
  });
}

Result<core::Ed25519PublicKey, Error> check_vote(const SignedBy& by, const LogOf& log_of,
                                                 const Charter* charter) {
  const auto* log = log_of(by.signer);
  if (log == nullptr) return fail(unknown_version(by));
  const auto held = log->of_any_side(by.epoch);
  if (held.empty()) return fail(unknown_version(by));
  const auto disputed = log->first_disputed();
  return check_by(by,
                  charter == nullptr ? held : voting_entries(*log, by.signer, by.epoch, *charter),
                  disputed && by.epoch > *disputed);
}

Result<core::Ed25519PublicKey, Error> check_commit(const SignedBy& by, const LogOf& log_of,
                                                   const Charter* charter) {
  auto good = check_vote(by, log_of, charter);
  if (good || by.epoch == 1 || good.error().code == ErrorCode::epoch_unknown) return good;
  return fail(Error{ErrorCode::epoch_unknown, good.error().detail});
}

}  // namespace

Result<core::Ed25519PublicKey, Error> check_member_signature(const SignedBy& by,
                                                             const LogOf& log_of) {
  const auto* log = log_of(by.signer);
  if (log == nullptr || log->of_version(by.epoch).empty()) return fail(unknown_version(by));
  return check_by(by, log->of_version(by.epoch), may_lack_entries(*log, by.epoch));
}

Result<core::Ed25519PublicKey, Error> check_vote_signature(const SignedBy& by,
                                                           const LogOf& log_of) {
  return check_vote(by, log_of, nullptr);
}

Result<core::Ed25519PublicKey, Error> check_vote_signature(const SignedBy& by, const LogOf& log_of,
                                                           const Charter& charter) {
  return check_vote(by, log_of, &charter);
}

Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of) {
  return check_commit(by, log_of, nullptr);
}

Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of,
                                                             const Charter& charter) {
  return check_commit(by, log_of, &charter);
}

std::vector<LogEntryPtr> voting_entries(const MemberLog& log, const std::string& governor,
                                        std::int64_t version, const Charter& charter) {
  auto entries = log.of_any_side(version);
  const auto* named = charter.governor(governor);
  const auto settled = charter.settlements_of(governor);
  if (named == nullptr || settled.empty()) return entries;
  std::erase_if(entries, [&](const LogEntryPtr& entry) {
    return is_left_behind(*entry, log, *named, settled);
  });
  return entries;
}

bool has_say(const SignedBy& by, const core::Ed25519PublicKey& key, const LogOf& log_of,
             const Charter& charter) {
  const auto voting = voting_entries(*log_of(by.signer), by.signer, by.epoch, charter);
  return std::any_of(voting.begin(), voting.end(), [&](const LogEntryPtr& entry) {
    const auto listed = entry->keys.find(by.key);
    return listed != entry->keys.end() && listed->second == key;
  });
}

Result<void, Error> check_governs(const SignedBy& by, const Charter& charter) {
  const auto* named = charter.governor(by.signer);
  if (named == nullptr || by.epoch < named->version) {
    return fail(Error{ErrorCode::not_a_governor, by.signer + " does not govern in that epoch"});
  }
  return {};
}

}  // namespace avow::registry
