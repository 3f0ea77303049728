#include "vc/presentation.h"

#include "vc/contexts.h"
#include "vc/internal/form.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

using internal::names_type;

Result<void, Error> check_entry(const core::Json& entry, const std::string& pointer) {
  if (!entry.is_object())
    return fail(Error{ErrorCode::credential_malformed, "a credential is an object", pointer});
  if (names_type(entry, kVerifiablePresentation) ||
      names_type(entry, "EnvelopedVerifiablePresentation") ||
      entry.find("verifiableCredential") != nullptr) {
    return fail(Error{ErrorCode::nested_presentation,
                      "a presentation holds credentials, not presentations", pointer});
  }
  if (names_type(entry, "EnvelopedVerifiableCredential")) {
    return fail(
        Error{ErrorCode::media_type, "enveloped credentials are not read in this build", pointer});
  }
  return {};
}

Result<std::vector<const core::Json*>, Error> read_credentials(const core::Json& json) {
  std::vector<const core::Json*> credentials;
  const core::Json* member = json.find("verifiableCredential");
  if (member == nullptr) return credentials;
  const std::string pointer = "/verifiableCredential";
  const core::Json::Array* items = member->as_array();
  if (items == nullptr) {
    if (auto checked = check_entry(*member, pointer); !checked) return fail(checked.error());
    credentials.push_back(member);
    return credentials;
  }
  if (items->size() > kMaxCredentials) {
    return fail(Error{ErrorCode::too_many_credentials,
                      "a presentation holds at most 16 credentials", pointer});
  }
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (auto checked = check_entry((*items)[i], pointer + "/" + std::to_string(i)); !checked) {
      return fail(checked.error());
    }
    credentials.push_back(&(*items)[i]);
  }
  return credentials;
}

}  // namespace

Result<Presentation, Error> Presentation::from_json(const core::Json& json) {
  if (!json.is_object())
    return fail(Error{ErrorCode::not_an_object, "a presentation is a JSON object"});
  if (names_type(json, "EnvelopedVerifiablePresentation")) {
    return fail(Error{ErrorCode::media_type, "enveloped presentations are not read in this build",
                      "/type"});
  }
  Presentation presentation;
  auto contexts = read_context(json);
  if (!contexts) return fail(contexts.error());
  presentation.contexts = std::move(*contexts);
  auto types = internal::read_types(json, kVerifiablePresentation);
  if (!types) return fail(types.error());
  presentation.types = std::move(*types);
  auto id = internal::read_id(json);
  if (!id) return fail(id.error());
  presentation.id = std::move(*id);
  if (const core::Json* holder = json.find("holder")) {
    auto holder_id = internal::read_party(*holder, ErrorCode::holder_malformed, "/holder");
    if (!holder_id) return fail(holder_id.error());
    presentation.holder = std::move(*holder_id);
  }
  auto credentials = read_credentials(json);
  if (!credentials) return fail(credentials.error());
  presentation.credentials = std::move(*credentials);
  return presentation;
}

}  // namespace avow::vc
