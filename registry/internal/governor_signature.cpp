#include "registry/internal/governor_signature.h"

#include "core/data_integrity.h"

namespace avow::registry {

Result<void, Error> check_governor_signature(const core::Json& object, const std::string& governor,
                                             std::int64_t epoch, const std::string& key,
                                             const Charter& charter, const LogOf& log_of) {
  const auto* named = charter.governor(governor);
  if (named == nullptr || epoch < named->version) {
    return fail(Error{ErrorCode::not_a_governor, governor + " does not govern in that epoch"});
  }
  const auto* log = log_of(governor);
  if (log == nullptr || log->of_version(epoch).empty()) {
    return fail(Error{
        ErrorCode::epoch_unknown,
        "version " + std::to_string(epoch) + " of the log of " + governor + " is not known here"});
  }
  return log->check_key(epoch, key, [&](const core::Ed25519PublicKey& listed) {
    return core::verify_proof(object, *object.find("proof"), listed).has_value();
  });
}

}  // namespace avow::registry
