#pragma once

#include <optional>

#include "core/json.h"
#include "vc/credential.h"
#include "vc/internal/check_list.h"
#include "vc/internal/proof_check.h"
#include "vc/verify.h"

namespace avow::vc::internal {

/// Adds the check "context"; true if it passed.
bool check_allowed_context(const core::Json& document, const VerifyOptions& options,
                           CheckList& checks);

/// Makes every check of one credential (vc/verify.h lists them); `form` is what Credential::from_json gave for it.
/// gives something if its form, context and proof passed (the other checks may still refuse it)
std::optional<ProvenDocument> check_credential(const core::Json& json,
                                               const Result<Credential, Error>& form,
                                               const VerifyContext& context,
                                               const VerifyOptions& options, CheckList& checks);

}  // namespace avow::vc::internal
