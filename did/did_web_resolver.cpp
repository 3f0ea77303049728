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
    case core::ErrorCode::timed_out:
      return {ErrorCode::timed_out, error.detail};
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

/// Did the host itself say so? Anything else may be the work of whoever stands between.
bool is_hosts_word(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::document_too_large ||
         code == ErrorCode::representation_not_supported || code == ErrorCode::invalid_did_document;
}

}  // namespace

bool WebDocumentCache::may_be_used(const Held& held, core::Instant now) {
  // A clock that was set back says nothing about an age.
  return held.resolution && now >= held.fetched && now - held.fetched < kMaxAge;
}

Result<std::optional<Resolution>, Error> WebDocumentCache::get(const Did& did, bool refresh,
                                                               core::Instant now) {
  const std::lock_guard lock(mutex_);
  auto held = held_.get(did.text());
  if (!held || !may_be_used(*held, now)) return std::nullopt;
  if (refresh && now - held->tried >= kRefreshInterval) {
    held->tried = now;
    held->failure = Error{ErrorCode::unavailable, "its host is being asked at this moment"};
    held_.put(did.text(), *held);
    return std::nullopt;
  }
  if (refresh && held->failure) return fail(std::move(*held->failure));
  return std::move(held->resolution);
}

void WebDocumentCache::put(const Did& did, std::optional<Resolution> said, core::Instant asked) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.get(did.text());
  // That there is nothing is worth remembering only against a slower answer that there is.
  if (held ? held->fetched > asked : !said) return;
  held_.put(did.text(), Held{std::move(said), asked, asked});
}

Error WebDocumentCache::not_confirmed(const Did& did, Error why, core::Instant asked) {
  const std::lock_guard lock(mutex_);
  auto held = held_.get(did.text());
  if (!held || !held->resolution || asked < held->tried) return why;
  const bool is_silent = why.code == ErrorCode::unavailable || why.code == ErrorCode::timed_out;
  if (is_silent && !may_be_used(*held, asked)) {
    return {ErrorCode::resolution_stale,
            "the document known of this DID is too old to be used, and " + why.detail};
  }
  if (why.code == ErrorCode::too_many_fetches) {
    // Nobody was asked. That is one request's own doing, so the next may refresh.
    held->tried = held->fetched;
    held->failure.reset();
  } else {
    held->failure = why;
  }
  held_.put(did.text(), std::move(*held));
  return why;
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
  auto held = cache_.get(did, options.refresh, now);
  if (!held) return fail(std::move(held.error()));
  if (*held) return std::move(**held);
  const auto response = fetch(did);
  auto answer = response ? read_document(*response, did) : fail(response.error());
  if (!answer && !is_hosts_word(answer.error().code)) {
    return fail(cache_.not_confirmed(did, std::move(answer.error()), now));
  }
  const bool can_be_held = answer && response->body.size() <= kMaxHeldBytes;
  cache_.put(did, can_be_held ? std::optional(*answer) : std::nullopt, now);
  return answer;
}

}  // namespace avow::did
