#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "vc/error.h"
#include "vc/verdict.h"

namespace avow::vc {

/// The context URLs that this binary knows. Nothing is ever fetched; a URL outside the list is refused.
bool is_known_context(std::string_view url);

struct ContextRules {
  Profile profile = Profile::consortium;
  /// `credentials/examples/v2` has `@vocab`; never allowed in the consortium profile.
  bool allow_examples = true;
};

/// Checks a document's `@context`: an array of 1..16 entries, the first exactly the VCDM 2.0
/// context, each other a known URL that `rules` allow. Inline context objects are refused.
/// VCDM 1.1's context is refused next to 2.0's, because it redefines protected terms.
///
/// gives  the URLs
/// fails  context_missing, context_order, context_malformed, unsupported_data_model, too_many_items: also without
///        rules; context_not_allowed: only with rules
/// source VCDM 2.0 "Contexts"
Result<std::vector<std::string>, Error> check_context(const core::Json& document,
                                                      const ContextRules& rules);
/// The form alone: which URLs are allowed is left open, and inline contexts are left out of the result.
Result<std::vector<std::string>, Error> read_context(const core::Json& document);

}  // namespace avow::vc
