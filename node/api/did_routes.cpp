#include "node/api/did_routes.h"

#include <algorithm>
#include <array>

#include "core/canonical_json.h"
#include "core/sha256.h"
#include "did/dereference.h"
#include "did/did_web.h"
#include "node/api/did_representation.h"
#include "node/api/request_body.h"
#include "node/http/url.h"

namespace avow::node::api {
namespace {

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
    ErrorRow{did::ErrorCode::feature_not_supported, 501, "FEATURE_NOT_SUPPORTED",
             "featureNotSupported"},
    ErrorRow{did::ErrorCode::representation_not_supported, 406, "REPRESENTATION_NOT_SUPPORTED",
             "representationNotSupported"},
    ErrorRow{did::ErrorCode::invalid_did_document, 500, "INVALID_DID_DOCUMENT",
             "invalidDidDocument"},
    ErrorRow{did::ErrorCode::document_too_large, 500, "INVALID_DID_DOCUMENT", "invalidDidDocument"},
    ErrorRow{did::ErrorCode::invalid_log, 400, "INVALID_DID", "invalidDid"},
    ErrorRow{did::ErrorCode::not_yet_valid, 400, "INVALID_DID", "invalidDid"},
    ErrorRow{did::ErrorCode::rollback_detected, 502, "INTERNAL_ERROR", "rollback_detected"},
    ErrorRow{did::ErrorCode::deactivated, 410, "NOT_FOUND", "deactivated"},
    ErrorRow{did::ErrorCode::blocked_address, 403, "INTERNAL_ERROR", "blocked_address"},
    ErrorRow{did::ErrorCode::tls_failure, 502, "INTERNAL_ERROR", "tls_failure"},
    ErrorRow{did::ErrorCode::timed_out, 504, "INTERNAL_ERROR", "timed_out"},
    ErrorRow{did::ErrorCode::resolution_stale, 502, "INTERNAL_ERROR", "resolution_stale"},
    ErrorRow{did::ErrorCode::too_many_fetches, 429, "INTERNAL_ERROR", "too_many_fetches"},
};
constexpr ErrorRow kInternal{did::ErrorCode::unavailable, 500, "INTERNAL_ERROR", "internalError"};
/// The DID's host gives no answer, or one that does not count: a redirect, say.
constexpr ErrorRow kBadHost{did::ErrorCode::unavailable, 502, "INTERNAL_ERROR", "internalError"};

enum class AskedHost { no, yes };

const ErrorRow& row_of(did::ErrorCode code, AskedHost asked) {
  if (code == kBadHost.code && asked == AskedHost::yes) return kBadHost;
  const auto* found = std::find_if(kErrors.begin(), kErrors.end(),
                                   [code](const ErrorRow& row) { return row.code == code; });
  return found != kErrors.end() ? *found : kInternal;
}

std::string media_type_of(Form form) {
  switch (form) {
    case Form::legacy_resolution:
      return std::string(kLegacyResolution);
    case Form::legacy_dereferencing:
      return std::string(kLegacyDereferencing);
    case Form::dereferencing:
    case Form::uri_list:
      return std::string(kDereferencing);
    case Form::any:
    case Form::document:
    case Form::resolution:
      return std::string(kResolution);
  }
  return std::string(kResolution);
}

/// An error in the words of the form that was asked for; a bare document has none, so it gets a resolution's.
http::Response error_answer(const did::Error& error, Form form, AskedHost asked = AskedHost::no) {
  const ErrorRow& row = row_of(error.code, asked);
  const bool is_legacy = form == Form::legacy_resolution || form == Form::legacy_dereferencing;
  const core::Json problem =
      is_legacy
          ? core::Json(row.legacy)
          : core::Json::object({{"type", "https://www.w3.org/ns/did#" + std::string(row.type)},
                                {"title", row.legacy},
                                {"detail", error.detail}});
  const core::Json metadata = core::Json::object({{"error", problem}});
  const bool is_dereferencing = is_dereferencing_result(form) || form == Form::uri_list;
  const core::Json body = is_dereferencing
                              ? core::Json::object({{"content", nullptr},
                                                    {"contentMetadata", core::Json::object()},
                                                    {"dereferencingMetadata", metadata}})
                              : core::Json::object({{"didDocument", nullptr},
                                                    {"didDocumentMetadata", core::Json::object()},
                                                    {"didResolutionMetadata", metadata}});
  return {row.status, media_type_of(form), {}, core::to_canonical(body)};
}

/// source W3C DID Resolution "DID Document Metadata"
core::Json document_metadata(const did::Resolution& found) {
  core::Json metadata = core::Json::object({{"versionId", found.version}});
  if (found.created) metadata.set("created", core::format_seconds(*found.created));
  if (found.updated) metadata.set("updated", core::format_seconds(*found.updated));
  if (found.deactivated) metadata.set("deactivated", true);
  if (found.next_version) metadata.set("nextVersionId", *found.next_version);
  if (found.next_update) metadata.set("nextUpdate", core::format_seconds(*found.next_update));
  if (found.method_metadata) {
    for (const auto& [name, value] : *found.method_metadata->as_object()) metadata.set(name, value);
  }
  return metadata;
}

/// What was found, in the first acceptable representation that can hold it.
http::Response found_answer(const did::Resolution& found, const did::Dereferenced& meant,
                            const std::vector<Representation>& acceptable) {
  const int status = found.deactivated ? 410 : 200;
  // Where it led may be somebody else's by now.
  if (found.deactivated && meant.kind == did::Dereferenced::Kind::endpoint)
    return error_answer(
        {did::ErrorCode::deactivated, "the DID is deactivated, and its services with it"},
        acceptable.front().form);
  const core::Json metadata =
      core::Json::object({{"contentType", std::string(kDocumentTypes.front())}});
  for (const auto& [form, type] : acceptable) {
    const bool redirects =
        form == Form::any || form == Form::uri_list || is_dereferencing_result(form);
    if (meant.kind == did::Dereferenced::Kind::endpoint && redirects) {
      if (meant.endpoints.empty()) continue;
      return {303, "", {{"Location", meant.endpoints.front()}}, ""};
    }
    if (form == Form::any || form == Form::document)
      return {status, type, {}, core::to_canonical(meant.content)};
    if (is_dereferencing_result(form)) {
      return {status,
              type,
              {},
              core::to_canonical(core::Json::object({{"content", meant.content},
                                                     {"contentMetadata", document_metadata(found)},
                                                     {"dereferencingMetadata", metadata}}))};
    }
    const bool is_document = meant.kind != did::Dereferenced::Kind::secondary;
    if (is_document && (form == Form::resolution || form == Form::legacy_resolution)) {
      return {
          status,
          type,
          {},
          core::to_canonical(core::Json::object({{"didDocument", meant.content},
                                                 {"didDocumentMetadata", document_metadata(found)},
                                                 {"didResolutionMetadata", metadata}}))};
    }
  }
  return error_answer({did::ErrorCode::representation_not_supported,
                       "what this DID URL means has none of the representations in Accept"},
                      acceptable.front().form);
}

/// The DID URL as the client meant it. Sent percent-encoded (its first colon as %3A, or a %25 in it) it is decoded
/// once. Sent raw ("did:web:host%3A8443") the DID is taken as it stands, and what follows from an encoded '?' or
/// '#' on is decoded once: no DID of any method holds these.
std::optional<std::string> did_url_text(const std::string& raw) {
  if (raw.rfind("did:", 0) != 0 || raw.find("%25") != std::string::npos)
    return http::percent_decode(raw);
  const std::size_t end = std::min({raw.size(), raw.find("%23"), raw.find("%3F"), raw.find("%3f")});
  const auto rest = http::percent_decode(std::string_view(raw).substr(end));
  if (!rest) return std::nullopt;
  return raw.substr(0, end) + *rest;
}

struct Asked {
  did::DidUrl url;
  did::DidParameters parameters;
};

/// Parameters stand in the DID URL, or, as options, in the query of the request.
did::Result<Asked, did::Error> asked(const http::Request& request, core::Instant now) {
  const std::string* raw = request.raw_parameter("did");
  const auto text = raw != nullptr ? did_url_text(*raw) : std::nullopt;
  if (!text) {
    return did::fail(
        did::Error{did::ErrorCode::invalid_did, "the path is not a percent-encoded DID"});
  }
  if (text->find_first_of("?#/") == std::string::npos) {
    if (const auto did = did::Did::parse(*text); !did) return did::fail(did.error());
  }
  auto url = did::DidUrl::parse(*text);
  if (!url) return did::fail(std::move(url.error()));
  auto query = did::query_parameters(url->query.value_or(""));
  query.insert(query.end(), request.query.begin(), request.query.end());
  auto parameters = did::did_parameters(query, now);
  if (!parameters) return did::fail(std::move(parameters.error()));
  return Asked{std::move(*url), std::move(*parameters)};
}

http::Response identifiers(const http::Request& request, const DidServices& services) {
  const auto acceptable = acceptable_representations(request.header("accept"));
  if (acceptable.empty()) {
    return error_answer({did::ErrorCode::representation_not_supported,
                         "none of the representations in Accept is served"},
                        Form::resolution);
  }
  const Form form = acceptable.front().form;
  const auto wanted = asked(request, services.clock.now());
  if (!wanted) return error_answer(wanted.error(), form);
  const did::Did& did = wanted->url.did;
  const did::ResolutionOptions& version = wanted->parameters.version;
  std::optional<StrangerResolver> strangers;
  if (services.strangers != nullptr)
    strangers.emplace(*services.strangers, Strangers::Purpose::resolution);
  auto found =
      strangers ? strangers->resolve(did, version) : services.resolver.resolve(did, version);
  if (!found) {
    const bool asked_host = strangers && strangers->has_asked();
    return error_answer(found.error(), form, asked_host ? AskedHost::yes : AskedHost::no);
  }
  // Members' logs are read for their keys; who resolves is told of the services that no entry holds, too.
  if (did.method() == "webvh" && found->document != nullptr) {
    // One that has no room for them is answered as it is.
    if (auto whole = did::with_implicit_services(*found->document))
      found->document = std::make_shared<const did::Document>(std::move(*whole));
  }
  const auto meant = did::dereference(wanted->url, wanted->parameters, *found);
  if (!meant) return error_answer(meant.error(), form);
  return found_answer(*found, *meant, acceptable);
}

http::Response with_etag(const http::Request& request, std::string type, std::string body) {
  const std::string etag = "\"" + core::to_multibase(core::sha256(body)) + "\"";
  const std::string* known = request.header("if-none-match");
  if (known != nullptr && *known == etag) return {304, "", {{"ETag", etag}}, ""};
  return {200, std::move(type), {{"ETag", etag}}, std::move(body)};
}

http::Response did_json(const http::Request& request, const DidServices& services,
                        const std::vector<std::string>& segments) {
  const auto did = did::did_web(services.domain, segments);
  const auto found = did ? services.own_documents.resolve(*did)
                         : core::Result<did::Resolution, did::Error>(core::fail(did.error()));
  if (!found) {
    const bool absent = found.error().code != did::ErrorCode::unavailable;
    return absent ? http::problem(404, "not_found", "no document is served here")
                  : http::problem(503, "unavailable", found.error().detail);
  }
  // did:web "Deactivate (Revoke)": the document is no longer publicly available.
  if (found->deactivated) return http::problem(410, "deactivated", "this DID is deactivated");
  return with_etag(request, "application/did+json", core::to_canonical(found->document->json()));
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

void add_did_file_routes(http::RouteTable& routes, const DidServices& services) {
  routes.add({"GET", "/.well-known/did.json", [services](const http::Request& request) {
                return did_json(request, services, {});
              }});
  routes.add({"GET", "/.well-known/did.jsonl", [services](const http::Request& request) {
                return with_etag(request, "text/jsonl", services.log);
              }});
  routes.add({"GET", "/.well-known/did-witness.json", [services](const http::Request& request) {
                if (services.witness_file.empty())
                  return http::problem(404, "not_found", "this log has no witnesses' proofs");
                return with_etag(request, "application/json", services.witness_file);
              }});
  routes.add({"GET", "/{path...}/did.json", [services](const http::Request& request) {
                return did_json(request, services, split_path(path_parameter(request, "path")));
              }});
}

}  // namespace avow::node::api
