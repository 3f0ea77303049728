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
  return held.resolution && now - held.fetched.at < kMaxAge;
}

Result<std::variant<Resolution, WebDocumentCache::Asked>, Error> WebDocumentCache::get(
    const Did& did, bool refresh, core::Instant now) {
  const std::lock_guard lock(mutex_);
  auto known = held_.get(did.text());
  if (!known) return Asked{now, ++turns_};
  Held held = std::move(*known);
  if (now < held.fetched.at) {
    // A clock that was set back says nothing about an age, and must not once it has come this far again.
    held.resolution.reset();
    held_.put(did.text(), held);
  }
  if (!may_be_used(held, now)) return Asked{now, ++turns_};
  if (refresh && now - held.tried.at >= kRefreshInterval) {
    held.tried = Asked{now, ++turns_};
    held.failure = Error{ErrorCode::unavailable, "its host is being asked at this moment"};
    held_.put(did.text(), held);
    return held.tried;
  }
  if (refresh && held.failure) return fail(std::move(*held.failure));
  return *held.resolution;
}

void WebDocumentCache::put(const Did& did, std::optional<Resolution> said, Asked asked) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.get(did.text());
  if (held && held->fetched.turn > asked.turn) return;
  auto resolution = said ? std::make_shared<const Resolution>(std::move(*said)) : nullptr;
  held_.put(did.text(), Held{std::move(resolution), asked, asked});
}

Error WebDocumentCache::not_confirmed(const Did& did, Error why, Asked asked, core::Instant now) {
  const std::lock_guard lock(mutex_);
  auto held = held_.get(did.text());
  if (!held || !held->resolution || asked.turn < held->tried.turn) return why;
  const bool is_silent = why.code == ErrorCode::unavailable || why.code == ErrorCode::timed_out;
  if (is_silent && !may_be_used(*held, asked.at)) {
    return {ErrorCode::resolution_stale,
            "the document known of this DID is too old to be used, and " + why.detail};
  }
  const bool had_little_time =
      why.code == ErrorCode::timed_out && now - asked.at < core::HttpRequest().deadline;
  if (why.code == ErrorCode::too_many_fetches || had_little_time) {
    // Nobody was asked, or hardly. That is one request's own doing, so the next may refresh.
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
  auto held = cache_.get(did, options.refresh, clock_.now());
  if (!held) return fail(std::move(held.error()));
  if (auto* resolution = std::get_if<Resolution>(&*held)) return std::move(*resolution);
  const auto asked = std::get<WebDocumentCache::Asked>(*held);
  const auto response = fetch(did);
  auto answer = response ? read_document(*response, did) : fail(response.error());
  if (!answer && !is_hosts_word(answer.error().code)) {
    return fail(cache_.not_confirmed(did, std::move(answer.error()), asked, clock_.now()));
  }
  const bool can_be_held = answer && response->body.size() <= kMaxHeldBytes;
  cache_.put(did, can_be_held ? std::optional(*answer) : std::nullopt, asked);
  return answer;
}

}  // namespace avow::did
