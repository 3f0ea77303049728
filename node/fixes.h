#pragma once

#include <string>
#include <string_view>

#include "node/error.h"
#include "registry/error.h"
#include "revocation/error.h"
#include "vc/error.h"

namespace avow::node {

/// How a fault with that code is mended as a rule: a short text for people, never empty. Who knows more of the case says
/// something better in Error::fix.
std::string_view usual_fix(core::ErrorCode code);
std::string_view usual_fix(did::ErrorCode code);
std::string_view usual_fix(vc::ErrorCode code);
std::string_view usual_fix(revocation::ErrorCode code);
std::string_view usual_fix(registry::ErrorCode code);
std::string_view usual_fix(ErrorCode code);

/// How this error is mended: as it says itself, else as usual. Never empty.
std::string fix_of(const Error& error);

}  // namespace avow::node
