#include "registry/internal/governor_signature.h"

#include "core/data_integrity.h"

namespace avow::registry {

Result<void, Error> check_member_signature(const SignedBy& by, const LogOf& log_of) {
  const auto* log = log_of(by.signer);
  if (log == nullptr || log->of_version(by.epoch).empty()) {
    return fail(Error{ErrorCode::epoch_unknown, "version " + std::to_string(by.epoch) +
                                                    " of the log of " + by.signer +
                                                    " is not known here"});
  }
  auto good = log->check_key(by.epoch, by.key, [&](const core::Ed25519PublicKey& listed) {
    return core::verify_proof(by.object, *by.object.find("proof"), listed).has_value();
  });
  // Above a fork there may be entries that are not here yet.
  if (!good && log->fork() && by.epoch > *log->fork()) {
    return fail(Error{ErrorCode::epoch_unknown, good.error().detail});
  }
  return good;
}

Result<void, Error> check_governor_signature(const core::Json& object, const std::string& governor,
                                             std::int64_t epoch, const std::string& key,
                                             const Charter& charter, const LogOf& log_of) {
  const auto* named = charter.governor(governor);
  if (named == nullptr || epoch < named->version) {
    return fail(Error{ErrorCode::not_a_governor, governor + " does not govern in that epoch"});
  }
  return check_member_signature({object, governor, epoch, key}, log_of);
}

}  // namespace avow::registry
