#include "did/composite_resolver.h"

#include "did/did_web.h"
#include "did/internal/webvh_did.h"

namespace avow::did {
namespace {

/// The rules of a method's own syntax, which hold whoever knows the document.
Result<void, Error> check_syntax(const Did& did) {
  if (did.method() == "web") {
    if (const auto location = web_location(did); !location) return fail(location.error());
  }
  if (did.method() == "webvh") {
    if (const auto parts = internal::parse_webvh_did(did); !parts) return fail(parts.error());
  }
  return {};
}

/// Documents that are built from the DID alone, the same for ever.
bool is_function_of_did(const Did& did) {
  return did.method() == "key" || did.method() == "jwk";
}

}  // namespace

Result<Resolution, Error> CompositeResolver::resolve(const Did& did,
                                                     const ResolutionOptions& options) const {
  if (!is_function_of_did(did) || options.asks_for_version()) return ask(did, options);
  if (auto cached = cache_.get(did.text())) return std::move(*cached);
  auto answer = ask(did, options);
  if (answer) cache_.put(did.text(), *answer);
  return answer;
}

Result<Resolution, Error> CompositeResolver::ask(const Did& did,
                                                 const ResolutionOptions& options) const {
  if (auto checked = check_syntax(did); !checked) return fail(std::move(checked.error()));
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  bool method_known = false;
  for (const Route& route : routes_) {
    if (route.method != did.method()) continue;
    method_known = true;
    auto answer = route.resolver->resolve(did, options);
    if (answer || answer.error().code != ErrorCode::not_found) return answer;
  }
  if (!method_known) {
    return fail(Error{ErrorCode::method_not_supported,
                      "the DID method " + std::string(did.method()) + " is not supported"});
  }
  return fail(Error{ErrorCode::not_found, "no source here knows this DID"});
}

}  // namespace avow::did
