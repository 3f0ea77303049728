#include "did/did_web_resolver.h"

#include <algorithm>

#include "core/canonical_json.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "did/did_web.h"
#include "did/internal/ascii.h"
#include "did/internal/web_rules.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxDocumentBytes = std::size_t{64} * 1024;
constexpr std::size_t kMaxHeldBytes = std::size_t{16} * 1024;

Error translated(const core::Error& error) {
  switch (error.code) {
    case core::ErrorCode::response_too_large:
      return {ErrorCode::document_too_large, "the document is larger than 64 KiB"};
    case core::ErrorCode::unsupported_content_encoding:
      return {ErrorCode::representation_not_supported, error.detail};
    case core::ErrorCode::blocked_address:
      return {ErrorCode::blocked_address, error.detail};
    case core::ErrorCode::tls_failure:
      return {ErrorCode::tls_failure, error.detail};
    case core::ErrorCode::too_many_fetches:
      return {ErrorCode::too_many_fetches, error.detail};
    default:  // all others are no answer
      return {ErrorCode::unavailable, error.detail};
  }
}

bool is_json_type(const std::string* content_type) {
  if (content_type == nullptr) return true;
  std::string type = content_type->substr(0, content_type->find_first_of("; \t"));
  std::ranges::transform(type, type.begin(), [](char c) {
    return internal::is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return type == "application/json" || type == "application/did" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

Result<Resolution, Error> read_document(const core::HttpResponse& response, const Did& did) {
  if (response.status == 404 || response.status == 410) {
    return fail(Error{ErrorCode::not_found, "the host of this DID has no document for it"});
  }
  if (response.status != 200) {
    return fail(Error{ErrorCode::unavailable, "the host of this DID answered with status " +
                                                  std::to_string(response.status)});
  }
  if (!is_json_type(response.header("content-type"))) {
    return fail(Error{ErrorCode::representation_not_supported,
                      "the host of this DID serves something else than JSON"});
  }
  core::JsonLimits limits;
  limits.max_bytes = kMaxDocumentBytes;
  auto json = core::parse_json(response.body, limits);
  if (!json) {
    return fail(Error{ErrorCode::representation_not_supported,
                      "the document is not JSON: " + json.error().detail});
  }
  auto document = Document::from_json(std::move(*json), did);
  if (!document) return fail(std::move(document.error()));
  Resolution resolution;
  resolution.version = core::to_multibase(core::sha256(core::to_canonical(document->json())));
  resolution.document = std::make_shared<const Document>(std::move(*document));
  return resolution;
}

}  // namespace

std::optional<Resolution> WebDocumentCache::get(const Did& did, bool refresh, core::Instant now) {
  const std::lock_guard lock(refreshing_);
  auto held = held_.get(did.text());
  // A clock that was set back says nothing about an age.
  if (!held || now < held->fetched || now - held->fetched >= kMaxAge) return std::nullopt;
  if (refresh && now - held->tried >= kRefreshInterval) {
    held->tried = now;
    held_.put(did.text(), *held);
    return std::nullopt;
  }
  return std::move(held->resolution);
}

void WebDocumentCache::put(const Did& did, const Resolution& resolution, core::Instant now) {
  const std::lock_guard lock(refreshing_);
  held_.put(did.text(), Held{resolution, now, now});
}

Result<core::HttpResponse, Error> DidWebResolver::fetch(const Did& did) const {
  const auto location = web_location(did);
  if (!location) return fail(location.error());
  const std::string rest = "://" + location->host + did_json_path(*location);
  core::HttpRequest request;
  request.url = "https" + rest;
  request.headers = {{"Accept", "application/did, application/did+json, application/json"}};
  request.max_response_bytes = kMaxDocumentBytes;
  auto response = fetcher_.fetch(request);
  const bool may_be_http = localhost_ == Localhost::http_too && internal::is_localhost(*location) &&
                           !response &&
                           (response.error().code == core::ErrorCode::tls_failure ||
                            response.error().code == core::ErrorCode::unreachable);
  if (may_be_http) {
    request.url = "http" + rest;
    if (auto plain = fetcher_.fetch(request)) response = std::move(plain);
  }
  if (!response) return fail(translated(response.error()));
  return std::move(*response);
}

Result<Resolution, Error> DidWebResolver::resolve(const Did& did,
                                                  const ResolutionOptions& options) const {
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  if (options.asks_for_version()) {
    return fail(Error{ErrorCode::unavailable,
                      "the host of a did:web says only what holds now: ask without versionId and "
                      "versionTime"});
  }
  const core::Instant now = clock_.now();
  if (auto held = cache_.get(did, options.refresh, now)) return std::move(*held);
  const auto response = fetch(did);
  if (!response) return fail(response.error());
  auto resolution = read_document(*response, did);
  if (resolution && response->body.size() <= kMaxHeldBytes) cache_.put(did, *resolution, now);
  return resolution;
}

}  // namespace avow::did
