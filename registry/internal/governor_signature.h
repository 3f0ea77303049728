#pragma once

#include <cstdint>
#include <string>

#include "core/json.h"
#include "registry/charter.h"
#include "registry/error.h"

namespace avow::registry {

/// Is `object` signed by that governor of `charter`, with this key of its log's version `epoch`, not before the one that
/// the charter names?
/// fails not_a_governor, epoch_unknown, key_not_authorised, bad_signature
Result<void, Error> check_governor_signature(const core::Json& object, const std::string& governor,
                                             std::int64_t epoch, const std::string& key,
                                             const Charter& charter, const LogOf& log_of);

}  // namespace avow::registry
