#include "vc/contexts.h"

#include <algorithm>
#include <array>

#include "core/printable.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

constexpr std::string_view kCredentialsV1Context = "https://www.w3.org/2018/credentials/v1";
constexpr std::string_view kExamplesContext = "https://www.w3.org/ns/credentials/examples/v2";
constexpr std::size_t kMaxContexts = 16;

constexpr std::array kKnownContexts{
    kCredentialsV2Context,
    kCredentialsV1Context,
    kExamplesContext,
    std::string_view{"https://w3id.org/security/data-integrity/v1"},
    std::string_view{"https://w3id.org/security/data-integrity/v2"},
    std::string_view{"https://w3id.org/security/multikey/v1"},
    std::string_view{"https://w3id.org/security/jwk/v1"},
    std::string_view{"https://www.w3.org/ns/did/v1"},
    std::string_view{"https://w3id.org/security/suites/ed25519-2020/v1"},
    kAvowContext,
};

std::string entry_pointer(std::size_t index) {
  return "/@context/" + std::to_string(index);
}

/// The entries of a well-formed `@context`, inline objects included.
Result<const core::Json::Array*, Error> context_entries(const core::Json& document) {
  const core::Json* context = document.find("@context");
  if (context == nullptr) return fail(Error{ErrorCode::context_missing, "there is no @context"});
  const core::Json::Array* entries = context->as_array();
  if (entries == nullptr)
    return fail(Error{ErrorCode::context_malformed, "@context is not an array", "/@context"});
  if (entries->empty())
    return fail(Error{ErrorCode::context_missing, "@context is empty", "/@context"});
  if (entries->size() > kMaxContexts) {
    return fail(Error{ErrorCode::too_many_items, "@context has more than 16 entries", "/@context"});
  }
  const std::string* first = entries->front().as_string();
  if (first != nullptr && *first == kCredentialsV1Context) {
    return fail(Error{ErrorCode::unsupported_data_model,
                      "this is VC Data Model 1.1; this build reads 2.0", entry_pointer(0)});
  }
  if (first == nullptr || *first != kCredentialsV2Context) {
    return fail(Error{ErrorCode::context_order,
                      "the first @context entry is not " + std::string(kCredentialsV2Context),
                      entry_pointer(0)});
  }
  for (std::size_t i = 1; i < entries->size(); ++i) {
    if ((*entries)[i].as_string() == nullptr && !(*entries)[i].is_object()) {
      return fail(Error{ErrorCode::context_malformed, "a context is neither a URL nor an object",
                        entry_pointer(i)});
    }
  }
  return entries;
}

/// Why a URL in second or later place is refused; empty if it is allowed.
std::string refusal_of(std::string_view url, const ContextRules& rules) {
  if (!is_known_context(url))
    return "this context is not known here, and none is fetched: " + core::in_quotes(url);
  if (url == kCredentialsV1Context)
    return "the VC Data Model 1.1 context redefines protected terms of 2.0";
  if (url == kExamplesContext && (rules.profile == Profile::consortium || !rules.allow_examples)) {
    return "credentials/examples/v2 defines every term (@vocab) and is not allowed here";
  }
  return {};
}

}  // namespace

bool is_known_context(std::string_view url) {
  return std::ranges::find(kKnownContexts, url) != kKnownContexts.end();
}

Result<std::vector<std::string>, Error> read_context(const core::Json& document) {
  const auto entries = context_entries(document);
  if (!entries) return fail(entries.error());
  std::vector<std::string> urls;
  for (const core::Json& entry : **entries) {
    if (const std::string* url = entry.as_string()) urls.push_back(*url);
  }
  return urls;
}

Result<std::vector<std::string>, Error> check_context(const core::Json& document,
                                                      const ContextRules& rules) {
  const auto entries = context_entries(document);
  if (!entries) return fail(entries.error());
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < (*entries)->size(); ++i) {
    const std::string* url = (**entries)[i].as_string();
    const std::string refusal = url == nullptr ? "an inline context can redefine what a term means"
                                               : refusal_of(*url, rules);
    if (!refusal.empty())
      return fail(Error{ErrorCode::context_not_allowed, refusal, entry_pointer(i)});
    urls.push_back(*url);
  }
  return urls;
}

}  // namespace avow::vc
