#pragma once

#include <functional>
#include <string_view>

#include "core/database.h"
#include "node/error.h"
#include "registry/error.h"
#include "revocation/error.h"
#include "vc/error.h"

namespace avow::node {

/// Runs `work` in one transaction of the database and returns when it is durable; an error of `work` undoes it all.
/// `what` names the undertaking if it is the storage that fails.
Result<void, Error> transact(core::Database& database, std::string_view what,
                             const std::function<Result<void, Error>(core::Transaction&)>& work);

/// Translate upwards, keeping the cause in `why`.
Error from_vc(const vc::Error& error, std::string what);
Error from_revocation(const revocation::Error& error, std::string what);
Error from_registry(const registry::Error& error, std::string what);

}  // namespace avow::node
