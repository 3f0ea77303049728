#include "registry/internal/governor_signature.h"

#include <optional>

#include "core/data_integrity.h"

namespace avow::registry {

Result<core::Ed25519PublicKey, Error> check_member_signature(const SignedBy& by,
                                                             const LogOf& log_of) {
  const auto* log = log_of(by.signer);
  if (log == nullptr || log->of_version(by.epoch).empty()) {
    return fail(Error{ErrorCode::epoch_unknown, "version " + std::to_string(by.epoch) +
                                                    " of the log of " + by.signer +
                                                    " is not known here"});
  }
  std::optional<core::Ed25519PublicKey> found;
  const auto good = log->check_key(by.epoch, by.key, [&](const core::Ed25519PublicKey& listed) {
    if (!core::verify_proof(by.object, *by.object.find("proof"), listed)) return false;
    found = listed;
    return true;
  });
  if (!good && may_lack_entries(*log, by.epoch)) {
    return fail(Error{ErrorCode::epoch_unknown, good.error().detail});
  }
  if (!good) return fail(good.error());
  return *found;
}

Result<core::Ed25519PublicKey, Error> check_commit_signature(const SignedBy& by,
                                                             const LogOf& log_of) {
  auto good = check_member_signature(by, log_of);
  if (good || good.error().code == ErrorCode::epoch_unknown) return good;
  if (by.epoch == 1 || log_of(by.signer)->is_settled(by.epoch)) return good;
  return fail(Error{ErrorCode::epoch_unknown, good.error().detail});
}

Result<void, Error> check_governs(const SignedBy& by, const Charter& charter) {
  const auto* named = charter.governor(by.signer);
  if (named == nullptr || by.epoch < named->version) {
    return fail(Error{ErrorCode::not_a_governor, by.signer + " does not govern in that epoch"});
  }
  return {};
}

}  // namespace avow::registry
