#include "revocation/status_list_credential.h"

#include <algorithm>
#include <utility>

namespace avow::revocation {

namespace {

constexpr std::string_view kCredentialType = "BitstringStatusListCredential";
constexpr std::string_view kSubjectType = "BitstringStatusList";

tl::unexpected<Error> malformed(std::string detail) {
  return fail(Error{ErrorCode::malformed_value_error, std::move(detail)});
}

/// A member that holds one text or an array of them. Empty if it is anything else.
std::vector<std::string> texts(const core::Json* value) {
  if (value == nullptr) return {};
  if (const auto* text = value->as_string()) return {*text};
  std::vector<std::string> found;
  if (const auto* array = value->as_array()) {
    for (const auto& item : *array) {
      const auto* text = item.as_string();
      if (text == nullptr) return {};
      found.push_back(*text);
    }
  }
  return found;
}

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

/// The issuer's id: a text, or the `id` of an object. Null if there is none.
const std::string* issuer_of(const core::Json& credential) {
  const auto* issuer = credential.find("issuer");
  if (issuer == nullptr) return nullptr;
  return issuer->is_object() ? issuer->find_string("id") : issuer->as_string();
}

/// The instant of a member that may be missing.
Result<std::optional<core::Instant>, Error> instant_of(const core::Json& credential,
                                                       std::string_view name) {
  const auto* value = credential.find(name);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->as_string();
  if (text == nullptr) return malformed(std::string(name) + " is not a text");
  const auto instant = core::parse_rfc3339(*text);
  if (!instant) return malformed(std::string(name) + " is not a date and time with an offset");
  return *instant;
}

/// Checks the validity period; gives its end.
Result<std::optional<core::Instant>, Error> check_period(const core::Json& credential,
                                                         core::Instant now) {
  const auto from = instant_of(credential, "validFrom");
  if (!from) return fail(from.error());
  const auto until = instant_of(credential, "validUntil");
  if (!until) return fail(until.error());
  if (*from && now < **from) {
    return fail(Error{ErrorCode::status_list_expired, "the list is not valid yet"});
  }
  if (*until && now > **until) {
    return fail(Error{ErrorCode::status_list_expired, "the list is past its validUntil"});
  }
  return *until;
}

Result<StatusList, Error> read_subject(const core::Json& subject, std::size_t max_bytes) {
  if (!contains(texts(subject.find("type")), kSubjectType)) {
    return malformed("credentialSubject is not a BitstringStatusList");
  }
  const auto* size = subject.find("statusSize");
  if (size != nullptr && (size->as_integer() == nullptr || *size->as_integer() != 1)) {
    return fail(Error{ErrorCode::status_verification_error,
                      "only lists with one bit for each entry are read"});
  }
  const auto purposes = texts(subject.find("statusPurpose"));
  if (purposes.empty()) return malformed("statusPurpose is missing");
  const auto* encoded = subject.find_string("encodedList");
  if (encoded == nullptr) return malformed("encodedList is missing");
  auto bits = decode_status_list(*encoded, max_bytes);
  if (!bits) return fail(bits.error());

  StatusList list;
  list.bits = std::move(*bits);
  if (const auto* ttl = subject.find("ttl")) {
    if (ttl->as_integer() == nullptr || *ttl->as_integer() < 0) {
      return malformed("ttl is not a number of milliseconds");
    }
    list.ttl = core::Milliseconds(*ttl->as_integer());
  }
  for (const auto& name : purposes) {
    if (const auto purpose = parse_purpose(name)) list.purposes.push_back(*purpose);
  }
  return list;
}

}  // namespace

core::Json make_status_list_credential(const StatusListDescription& description,
                                       core::ByteView bits) {
  return core::Json::object(
      {{"@context", core::Json::array({"https://www.w3.org/ns/credentials/v2"})},
       {"id", description.url},
       {"type", core::Json::array({"VerifiableCredential", kCredentialType})},
       {"issuer", description.issuer},
       {"validFrom", core::format_seconds(description.valid_from)},
       {"validUntil", core::format_seconds(description.valid_until)},
       {"credentialSubject", core::Json::object({{"id", description.url + "#list"},
                                                 {"type", kSubjectType},
                                                 {"statusPurpose", name_of(description.purpose)},
                                                 {"encodedList", encode_status_list(bits)}})}});
}

Result<StatusList, Error> read_status_list_credential(const core::Json& credential,
                                                      std::string_view url, core::Instant now,
                                                      std::size_t max_bytes) {
  const auto types = texts(credential.find("type"));
  if (!contains(types, kCredentialType) || !contains(types, "VerifiableCredential")) {
    return malformed("not a BitstringStatusListCredential");
  }
  const auto* id = credential.find_string("id");
  if (id == nullptr || *id != url) {
    return fail(Error{ErrorCode::status_list_id, "the list's id is not the URL it is served at"});
  }
  const auto* issuer = issuer_of(credential);
  if (issuer == nullptr) return malformed("the list has no issuer");
  if (credential.find("credentialStatus") != nullptr) {
    return fail(Error{ErrorCode::status_verification_error,
                      "the list has a status of its own, which is not followed"});
  }
  const auto valid_until = check_period(credential, now);
  if (!valid_until) return fail(valid_until.error());
  const auto* subject = credential.find("credentialSubject");
  if (subject == nullptr) return malformed("credentialSubject is missing");
  auto list = read_subject(*subject, max_bytes);
  if (!list) return list;
  list->issuer = *issuer;
  list->valid_until = *valid_until;
  return list;
}

}  // namespace avow::revocation
