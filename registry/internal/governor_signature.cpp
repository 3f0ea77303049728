#include "registry/internal/governor_signature.h"

#include "core/data_integrity.h"

namespace avow::registry {

Result<void, Error> check_governor_signature(const core::Json& object, const std::string& governor,
                                             std::int64_t epoch, const std::string& key,
                                             const Charter& charter) {
  const auto* named = charter.governor(governor);
  if (named == nullptr || epoch < named->version) {
    return fail(Error{ErrorCode::not_a_governor, governor + " does not govern in that epoch"});
  }
  const auto* keys = charter.members.find(governor)->second.keys_in(epoch);
  const auto method = keys == nullptr ? KeysById::const_iterator{} : keys->find(key);
  if (keys == nullptr || method == keys->end()) {
    return fail(
        Error{ErrorCode::key_not_authorised, "its log entry of that epoch lists no such key"});
  }
  if (!core::verify_proof(object, *object.find("proof"), method->second)) {
    return fail(Error{ErrorCode::bad_signature, "the signature does not verify"});
  }
  return {};
}

}  // namespace avow::registry
