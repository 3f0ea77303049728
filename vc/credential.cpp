#include "vc/credential.h"

#include <algorithm>
#include <array>
#include <set>

#include "vc/contexts.h"
#include "vc/internal/form.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

using internal::for_each_object;
using Checked = Result<void, Error>;

/// Enveloped documents carry nothing but a data: URL, so they are told apart before anything is missed in them.
Checked refuse_enveloped(const core::Json& json) {
  if (internal::names_type(json, "EnvelopedVerifiableCredential")) {
    return fail(
        Error{ErrorCode::media_type, "enveloped documents are not read in this build", "/type"});
  }
  return {};
}

Result<std::optional<core::Instant>, Error> read_date(const core::Json& json, const char* name) {
  const core::Json* value = json.find(name);
  if (value == nullptr) return std::optional<core::Instant>{};
  const std::string pointer = std::string("/") + name;
  if (value->as_string() == nullptr)
    return fail(Error{ErrorCode::bad_datetime, "a date is not a text", pointer});
  const auto instant = core::parse_rfc3339(*value->as_string());
  if (!instant) return fail(Error{ErrorCode::bad_datetime, instant.error().detail, pointer});
  return std::optional<core::Instant>{*instant};
}

Checked read_validity(const core::Json& json, Credential& credential) {
  const auto from = read_date(json, "validFrom");
  if (!from) return fail(from.error());
  const auto until = read_date(json, "validUntil");
  if (!until) return fail(until.error());
  if (*from && *until && **from > **until) {
    return fail(
        Error{ErrorCode::validity_reversed, "validUntil is before validFrom", "/validUntil"});
  }
  credential.valid_from = *from;
  credential.valid_until = *until;
  return {};
}

Checked read_issuer(const core::Json& json, Credential& credential) {
  const core::Json* issuer = json.find("issuer");
  if (issuer == nullptr) return fail(Error{ErrorCode::issuer_missing, "there is no issuer"});
  auto id = internal::read_party(*issuer, ErrorCode::issuer_malformed, "/issuer");
  if (!id) return fail(id.error());
  credential.issuer = std::move(*id);
  return internal::check_names(*issuer, "/issuer");
}

Checked read_subjects(const core::Json& json, Credential& credential) {
  const core::Json* subjects = json.find("credentialSubject");
  if (subjects == nullptr)
    return fail(Error{ErrorCode::subject_missing, "there is no credentialSubject"});
  return for_each_object(
      *subjects, ErrorCode::subject_malformed, "/credentialSubject",
      [&credential](const core::Json& subject, const std::string& pointer) -> Checked {
        if (subject.as_object()->empty()) {
          return fail(Error{ErrorCode::subject_malformed, "a subject says nothing", pointer});
        }
        auto id = internal::read_id(subject);
        if (!id) return fail(Error{ErrorCode::id_malformed, id.error().detail, pointer + "/id"});
        credential.subject_ids.push_back(std::move(*id));
        return {};
      });
}

bool has_a_type(const core::Json& object) {
  const core::Json* type = object.find("type");
  if (type == nullptr) return false;
  const auto is_name = [](const core::Json& name) {
    return name.as_string() != nullptr && !name.as_string()->empty();
  };
  const core::Json::Array* types = type->as_array();
  return is_name(*type) ||
         (types != nullptr && !types->empty() && std::ranges::all_of(*types, is_name));
}

/// The members whose objects must name a type, because what they mean hangs on it.
struct TypedMember {
  const char* name;
  ErrorCode code;
  bool needs_id;
};
constexpr std::array kTypedMembers{
    TypedMember{"credentialStatus", ErrorCode::status_malformed, false},
    TypedMember{"credentialSchema", ErrorCode::schema_malformed, true},
    TypedMember{"termsOfUse", ErrorCode::terms_of_use_malformed, false},
    TypedMember{"evidence", ErrorCode::evidence_malformed, false},
    TypedMember{"refreshService", ErrorCode::refresh_service_malformed, false},
};

Checked check_typed_members(const core::Json& json, Credential& credential) {
  for (const TypedMember& member : kTypedMembers) {
    const core::Json* value = json.find(member.name);
    if (value == nullptr) continue;
    const auto check = [&credential, &member](const core::Json& object,
                                              const std::string& pointer) -> Checked {
      if (!has_a_type(object)) return fail(Error{member.code, "there is no type", pointer});
      if (member.needs_id && object.find("id") == nullptr)
        return fail(Error{member.code, "there is no id", pointer});
      if (member.code == ErrorCode::status_malformed) credential.status.push_back(object);
      return {};
    };
    const std::string pointer = std::string("/") + member.name;
    if (auto checked = for_each_object(*value, member.code, pointer, check); !checked)
      return checked;
  }
  return {};
}

Checked check_related_resources(const core::Json& json) {
  const core::Json* resources = json.find("relatedResource");
  if (resources == nullptr) return {};
  constexpr ErrorCode kCode = ErrorCode::related_resource_malformed;
  std::set<std::string> seen;
  const auto check = [&seen](const core::Json& resource, const std::string& pointer) -> Checked {
    const std::string* id = resource.find_string("id");
    if (id == nullptr) return fail(Error{kCode, "there is no id", pointer});
    if (!seen.insert(*id).second)
      return fail(Error{kCode, "two resources have the same id", pointer + "/id"});
    if (resource.find_string("digestSRI") == nullptr &&
        resource.find_string("digestMultibase") == nullptr) {
      return fail(Error{kCode, "there is no digest", pointer});
    }
    return {};
  };
  return for_each_object(*resources, kCode, "/relatedResource", check);
}

Checked read_head(const core::Json& json, Credential& credential) {
  if (auto checked = refuse_enveloped(json); !checked) return checked;
  if (json.find("verifiableCredential") != nullptr) {
    return fail(Error{ErrorCode::nested_presentation, "a credential holds no other credentials",
                      "/verifiableCredential"});
  }
  auto contexts = read_context(json);
  if (!contexts) return fail(contexts.error());
  credential.contexts = std::move(*contexts);
  auto types = internal::read_types(json, kVerifiableCredential);
  if (!types) return fail(types.error());
  credential.types = std::move(*types);
  auto id = internal::read_id(json);
  if (!id) return fail(id.error());
  credential.id = std::move(*id);
  return {};
}

}  // namespace

bool Credential::has_type(std::string_view type) const {
  return std::ranges::find(types, type) != types.end();
}

std::vector<std::string> Credential::specific_types() const {
  std::vector<std::string> specific = types;
  std::erase(specific, kVerifiableCredential);
  return specific;
}

Result<Credential, Error> Credential::from_json(const core::Json& json) {
  if (!json.is_object())
    return fail(Error{ErrorCode::not_an_object, "a credential is a JSON object"});
  Credential credential;
  for (const auto step :
       {read_head, read_issuer, read_subjects, read_validity, check_typed_members}) {
    if (auto checked = step(json, credential); !checked) return fail(checked.error());
  }
  if (auto checked = check_related_resources(json); !checked) return fail(checked.error());
  if (auto checked = internal::check_names(json, ""); !checked) return fail(checked.error());
  if (auto checked = internal::check_nested_ids(json); !checked) return fail(checked.error());
  return credential;
}

}  // namespace avow::vc
