#include "did/dereference.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "did/internal/ascii.h"
#include "did/internal/uri_reference.h"

namespace avow::did {
namespace {

using internal::UriReference;

constexpr std::array<std::string_view, 5> kRelationships = {"authentication", "assertionMethod",
                                                            "keyAgreement", "capabilityInvocation",
                                                            "capabilityDelegation"};
/// Known to the specifications, and not served here.
constexpr std::array<std::string_view, 4> kUnsupported = {
    "hl", "expandRelativeUrls", "transformKeys", "verificationRelationship"};

constexpr std::chrono::minutes kClockTolerance{5};

Error not_found(const DidUrl& url) {
  return {ErrorCode::not_found, "the document of " + url.did.text() + " has nothing for this URL"};
}

const core::Json::Array& items(const core::Json& document, std::string_view name) {
  static const core::Json::Array none;
  const core::Json* list = document.find(name);
  const core::Json::Array* array = list != nullptr ? list->as_array() : nullptr;
  return array != nullptr ? *array : none;
}

/// The verification method or service with that absolute id; null if there is none.
const core::Json* find_by_id(const core::Json& document, const std::string& id, const Did& did) {
  const auto find_in = [&](std::string_view name) -> const core::Json* {
    for (const core::Json& item : items(document, name)) {
      const std::string* own = item.find_string("id");
      if (own != nullptr && DidUrl::absolute(*own, did) == id) return &item;
    }
    return nullptr;
  };
  if (const core::Json* found = find_in("verificationMethod")) return found;
  for (const std::string_view name : kRelationships) {
    if (const core::Json* found = find_in(name)) return found;
  }
  return find_in("service");
}

/// "files", "#files" and "did:…#files" name the same service.
std::string service_id(const std::string& parameter, const Did& did) {
  if (parameter.starts_with("did:")) return parameter;
  return DidUrl::absolute(parameter.starts_with('#') ? parameter : '#' + parameter, did);
}

bool has_type(const core::Json& service, const std::string& type) {
  const std::string* own = service.find_string("type");
  if (own != nullptr) return *own == type;
  const auto& types = items(service, "type");
  return std::find(types.begin(), types.end(), core::Json(type)) != types.end();
}

core::Json::Array selected_services(const core::Json& document, const Did& did,
                                    const DidParameters& parameters) {
  core::Json::Array selected;
  for (const core::Json& service : items(document, "service")) {
    const std::string* id = service.find_string("id");
    if (parameters.service &&
        (id == nullptr || DidUrl::absolute(*id, did) != service_id(*parameters.service, did))) {
      continue;
    }
    if (parameters.service_type && !has_type(service, *parameters.service_type)) continue;
    selected.push_back(service);
  }
  return selected;
}

/// The endpoint with relativeRef and fragment applied; nothing if it is no absolute URI.
Result<std::optional<std::string>, Error> endpoint_url(const std::string& endpoint,
                                                       const DidUrl& url,
                                                       const DidParameters& parameters) {
  const auto base = UriReference::parse(endpoint);
  if (!base || !base->scheme) return std::optional<std::string>();
  UriReference out = *base;
  if (parameters.relative_ref) {
    const auto reference = UriReference::parse(*parameters.relative_ref);
    if (!reference) return fail(invalid_did_url("relativeRef is not a URI reference"));
    // Else anybody could make this node send its clients anywhere.
    if (reference->scheme || reference->authority) {
      return fail(invalid_did_url("relativeRef leaves the service: it has a scheme or a host"));
    }
    out = internal::resolved(*base, *reference);
  }
  if (url.fragment) {
    if (out.fragment)
      return fail(invalid_did_url("the service endpoint has a fragment of its own"));
    out.fragment = url.fragment;
  }
  return std::optional<std::string>(out.text());
}

Result<Dereferenced, Error> dereference_services(const DidUrl& url, const DidParameters& parameters,
                                                 const core::Json& document) {
  core::Json::Array selected = selected_services(document, url.did, parameters);
  if (selected.empty()) return fail(not_found(url));
  Dereferenced out{Dereferenced::Kind::endpoint, document};
  for (const core::Json& service : selected) {
    const core::Json* value = service.find("serviceEndpoint");
    std::vector<std::string> texts;
    if (value != nullptr && value->as_string() != nullptr) texts.push_back(*value->as_string());
    for (const core::Json& item : items(service, "serviceEndpoint")) {
      if (item.as_string() != nullptr) texts.push_back(*item.as_string());
    }
    for (const std::string& text : texts) {
      auto endpoint = endpoint_url(text, url, parameters);
      if (!endpoint) return fail(std::move(endpoint.error()));
      if (*endpoint) out.endpoints.push_back(std::move(**endpoint));
    }
  }
  out.content.set("service", core::Json::array(std::move(selected)));
  return out;
}

/// Puts a parameter into its place; false if its name is unknown.
Result<bool, Error> take(DidParameters& out, const std::string& name, const std::string& value) {
  if (name == "service") {
    out.service = value;
  } else if (name == "serviceType") {
    out.service_type = value;
  } else if (name == "relativeRef") {
    out.relative_ref = value;
  } else if (name == "versionId") {
    out.version.version_id = value;
  } else if (name == "versionTime") {
    const auto time = core::parse_rfc3339(value);
    if (!time) return fail(invalid_did_url("versionTime is not a datetime: 2026-11-21T08:00:00Z"));
    out.version.version_time = *time;
  } else if (name == "versionNumber") {
    std::int64_t number = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || std::to_string(number) != value) {
      return fail(invalid_did_url("versionNumber is not a number: 1, 2, …"));
    }
    out.version.version_number = number;
  } else {
    return false;
  }
  return true;
}

}  // namespace

QueryParameters query_parameters(std::string_view query) {
  QueryParameters out;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    out.emplace_back(internal::percent_decoded(pair.substr(0, equals)),
                     internal::percent_decoded(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return out;
}

Result<DidParameters, Error> did_parameters(const QueryParameters& query, core::Instant now) {
  DidParameters out;
  for (auto at = query.begin(); at != query.end(); ++at) {
    const auto& [name, value] = *at;
    if (std::find(kUnsupported.begin(), kUnsupported.end(), name) != kUnsupported.end()) {
      return fail(Error{ErrorCode::feature_not_supported, name + " is not served here"});
    }
    const auto same_name = [&name = name](const auto& other) { return other.first == name; };
    if (value.empty() || std::any_of(query.begin(), at, same_name)) {
      return fail(invalid_did_url("a parameter is empty or given twice"));
    }
    const auto taken = take(out, name, value);
    if (!taken) return fail(taken.error());
    if (!*taken) return fail(invalid_did_url("an unknown parameter"));
  }
  if (out.relative_ref && !out.selects_services()) {
    return fail(invalid_did_url("relativeRef needs a service that it is relative to"));
  }
  if (out.version.version_time && *out.version.version_time > now + kClockTolerance) {
    return fail(invalid_did_url("versionTime lies in the future"));
  }
  if (auto checked = check(out.version); !checked) return fail(std::move(checked.error()));
  return out;
}

Result<Dereferenced, Error> dereference(const DidUrl& url, const DidParameters& parameters,
                                        const Resolution& resolution) {
  const core::Json& document = resolution.document->json();
  if (!url.path.empty()) return fail(not_found(url));
  if (parameters.selects_services()) return dereference_services(url, parameters, document);
  if (!url.fragment) return Dereferenced{Dereferenced::Kind::document, document};
  const core::Json* found = find_by_id(document, url.did.text() + '#' + *url.fragment, url.did);
  if (found == nullptr) return fail(not_found(url));
  Dereferenced out{Dereferenced::Kind::secondary, *found};
  if (const core::Json* context = document.find("@context")) out.content.set("@context", *context);
  return out;
}

}  // namespace avow::did
