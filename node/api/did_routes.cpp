#include "node/api/did_routes.h"

#include <algorithm>
#include <array>

#include "core/canonical_json.h"
#include "core/sha256.h"
#include "did/did_web.h"
#include "node/api/request_body.h"
#include "node/http/url.h"

namespace avow::node::api {
namespace {

constexpr std::string_view kResolution = "application/did-resolution";
constexpr std::string_view kLegacyResolution =
    "application/ld+json;profile=\"https://w3id.org/did-resolution\"";
constexpr std::array<std::string_view, 5> kDocumentTypes{"application/did", "application/did+json",
                                                         "application/did+ld+json",
                                                         "application/json", "application/ld+json"};

struct ErrorRow {
  did::ErrorCode code;
  int status;
  std::string_view type;    // after https://www.w3.org/ns/did#
  std::string_view legacy;  // what older clients read
};

constexpr std::array kErrors{
    ErrorRow{did::ErrorCode::invalid_did, 400, "INVALID_DID", "invalidDid"},
    ErrorRow{did::ErrorCode::invalid_did_url, 400, "INVALID_DID_URL", "invalidDidUrl"},
    ErrorRow{did::ErrorCode::invalid_options, 400, "INVALID_OPTIONS", "invalidOptions"},
    ErrorRow{did::ErrorCode::not_found, 404, "NOT_FOUND", "notFound"},
    ErrorRow{did::ErrorCode::version_not_found, 404, "NOT_FOUND", "notFound"},
    ErrorRow{did::ErrorCode::method_not_supported, 501, "METHOD_NOT_SUPPORTED",
             "methodNotSupported"},
    ErrorRow{did::ErrorCode::representation_not_supported, 406, "REPRESENTATION_NOT_SUPPORTED",
             "representationNotSupported"},
    ErrorRow{did::ErrorCode::invalid_did_document, 500, "INVALID_DID_DOCUMENT",
             "invalidDidDocument"},
    ErrorRow{did::ErrorCode::document_too_large, 500, "INVALID_DID_DOCUMENT", "invalidDidDocument"},
    ErrorRow{did::ErrorCode::deactivated, 410, "NOT_FOUND", "deactivated"},
    ErrorRow{did::ErrorCode::blocked_address, 403, "INTERNAL_ERROR", "blocked_address"},
    ErrorRow{did::ErrorCode::tls_failure, 502, "INTERNAL_ERROR", "tls_failure"},
    ErrorRow{did::ErrorCode::too_many_fetches, 429, "INTERNAL_ERROR", "too_many_fetches"},
};
constexpr ErrorRow kInternal{did::ErrorCode::unavailable, 500, "INTERNAL_ERROR", "internalError"};

const ErrorRow& row_of(did::ErrorCode code) {
  const auto* found = std::find_if(kErrors.begin(), kErrors.end(),
                                   [code](const ErrorRow& row) { return row.code == code; });
  return found != kErrors.end() ? *found : kInternal;
}

enum class Form { resolution, legacy_resolution, document, unsupported };

/// Does `Accept` (without spaces) name this media type, whatever parameters follow it?
bool names(std::string_view accept, std::string_view type) {
  for (std::size_t at = accept.find(type); at != std::string_view::npos;
       at = accept.find(type, at + 1)) {
    const std::size_t end = at + type.size();
    const bool starts = at == 0 || accept[at - 1] == ',';
    const bool ends = end == accept.size() || accept[end] == ',' || accept[end] == ';';
    if (starts && ends) return true;
  }
  return false;
}

/// The first of our representations that `Accept` names; without one, the document.
std::pair<Form, std::string> wanted(const http::Request& request) {
  const std::string* accept = request.header("accept");
  if (accept == nullptr || accept->find("*/*") != std::string::npos)
    return {Form::document, "application/did"};
  std::string text = *accept;
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  if (names(text, kLegacyResolution))
    return {Form::legacy_resolution, std::string(kLegacyResolution)};
  if (names(text, kResolution)) return {Form::resolution, std::string(kResolution)};
  for (const std::string_view type : kDocumentTypes) {
    if (names(text, type)) return {Form::document, std::string(type)};
  }
  return {Form::unsupported, std::string(kResolution)};
}

http::Response resolution_error(const did::Error& error, Form form) {
  const ErrorRow& row = row_of(error.code);
  const core::Json problem =
      form == Form::legacy_resolution
          ? core::Json(row.legacy)
          : core::Json::object({{"type", "https://www.w3.org/ns/did#" + std::string(row.type)},
                                {"title", row.legacy},
                                {"detail", error.detail}});
  const core::Json body =
      core::Json::object({{"didDocument", nullptr},
                          {"didDocumentMetadata", core::Json::object()},
                          {"didResolutionMetadata", core::Json::object({{"error", problem}})}});
  return {row.status,
          std::string(form == Form::legacy_resolution ? kLegacyResolution : kResolution),
          {},
          core::to_canonical(body)};
}

http::Response resolution(const did::Resolution& found, Form form,
                          const std::string& content_type) {
  if (form == Form::document)
    return {found.deactivated ? 410 : 200,
            content_type,
            {},
            core::to_canonical(found.document->json())};
  core::Json metadata = core::Json::object({{"versionId", found.version}});
  if (found.created) metadata.set("created", core::format_seconds(*found.created));
  if (found.updated) metadata.set("updated", core::format_seconds(*found.updated));
  if (found.deactivated) metadata.set("deactivated", true);
  const core::Json body = core::Json::object(
      {{"didDocument", found.document->json()},
       {"didDocumentMetadata", std::move(metadata)},
       {"didResolutionMetadata", core::Json::object({{"contentType", "application/did"}})}});
  return {found.deactivated ? 410 : 200, content_type, {}, core::to_canonical(body)};
}

/// The DID as the client meant it: sent raw ("did:web:host%3A8443") it is taken as it stands; sent percent-encoded
/// (its first colon as %3A, or a %25 in it) it is decoded once.
std::optional<std::string> did_text(const std::string& raw) {
  const bool encoded = raw.rfind("did:", 0) != 0 || raw.find("%25") != std::string::npos;
  return encoded ? http::percent_decode(raw) : std::optional<std::string>(raw);
}

http::Response identifiers(const http::Request& request, const DidServices& services) {
  const auto [form, content_type] = wanted(request);
  if (form == Form::unsupported) {
    return resolution_error({did::ErrorCode::representation_not_supported,
                             "none of the representations in Accept is served"},
                            Form::resolution);
  }
  const std::string* raw = request.raw_parameter("did");
  const auto text = raw != nullptr ? did_text(*raw) : std::nullopt;
  if (!text)
    return resolution_error({did::ErrorCode::invalid_did, "the path is not a percent-encoded DID"},
                            form);
  if (!request.query.empty() || text->find_first_of("?#/") != std::string::npos) {
    if (const auto url = did::DidUrl::parse(*text); !url)
      return resolution_error(url.error(), form);
    return resolution_error({did::ErrorCode::invalid_options,
                             "this node resolves whole DIDs in their current version only"},
                            form);
  }
  const auto did = did::Did::parse(*text);
  if (!did) return resolution_error(did.error(), form);
  const auto found = services.strangers != nullptr
                         ? StrangerResolver(*services.strangers).resolve(*did)
                         : services.resolver.resolve(*did);
  if (!found) return resolution_error(found.error(), form);
  return resolution(*found, form, content_type);
}

http::Response did_json(const http::Request& request, const DidServices& services,
                        const std::vector<std::string>& segments) {
  const auto did = did::did_web(services.domain, segments);
  const auto found = did ? services.documents.current(*did)
                         : core::Result<did::Resolution, did::Error>(core::fail(did.error()));
  if (!found) {
    const bool absent = found.error().code != did::ErrorCode::unavailable;
    return absent ? http::problem(404, "not_found", "no document is served here")
                  : http::problem(503, "storage", "the document cannot be read");
  }
  const std::string body = core::to_canonical(found->document->json());
  const std::string etag = "\"" + core::to_multibase(core::sha256(body)) + "\"";
  const std::string* known = request.header("if-none-match");
  if (known != nullptr && *known == etag) return {304, "", {{"ETag", etag}}, ""};
  return {200, "application/did+json", {{"ETag", etag}}, body};
}

std::vector<std::string> split_path(const std::string& decoded) {
  std::vector<std::string> segments;
  for (std::size_t from = 0; from <= decoded.size();) {
    const std::size_t to = std::min(decoded.find('/', from), decoded.size());
    segments.push_back(decoded.substr(from, to - from));
    from = to + 1;
  }
  return segments;
}

}  // namespace

void add_resolution_routes(http::RouteTable& routes, const DidServices& services) {
  routes.add({"GET", "/1.0/identifiers/{did...}",
              [services](const http::Request& request) { return identifiers(request, services); }});
}

void add_document_routes(http::RouteTable& routes, const DidServices& services) {
  routes.add({"GET", "/.well-known/did.json", [services](const http::Request& request) {
                return did_json(request, services, {});
              }});
  routes.add({"GET", "/.well-known/did.jsonl", [services](const http::Request&) {
                return http::Response{200, "text/jsonl", {}, services.log};
              }});
  routes.add({"GET", "/{path...}/did.json", [services](const http::Request& request) {
                return did_json(request, services, split_path(path_parameter(request, "path")));
              }});
}

}  // namespace avow::node::api
