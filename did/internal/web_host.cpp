#include "did/internal/web_host.h"

#include "did/internal/web_rules.h"

namespace avow::did::internal {
namespace {

Error translated(const core::Error& error, std::string_view too_large) {
  switch (error.code) {
    case core::ErrorCode::response_too_large:
      return {ErrorCode::document_too_large, std::string(too_large)};
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

}  // namespace

Result<core::HttpResponse, Error> fetch_from_host(core::HttpFetcher& fetcher,
                                                  const WebLocation& location,
                                                  const HostedFile& file, Localhost localhost) {
  const std::string rest = "://" + location.host + std::string(file.path);
  core::HttpRequest request;
  request.url = "https" + rest;
  request.headers = {{"Accept", std::string(file.accept)}};
  request.max_response_bytes = file.max_size;
  auto response = fetcher.fetch(request);
  const bool may_be_http = localhost == Localhost::http_too && is_localhost(location) &&
                           !response &&
                           (response.error().code == core::ErrorCode::tls_failure ||
                            response.error().code == core::ErrorCode::unreachable);
  if (may_be_http) {
    request.url = "http" + rest;
    if (auto plain = fetcher.fetch(request)) response = std::move(plain);
  }
  if (!response) return fail(translated(response.error(), file.too_large));
  if (response->status == 404 || response->status == 410) {
    return fail(Error{ErrorCode::not_found, "the host of this DID has no document for it"});
  }
  if (response->status != 200) {
    return fail(Error{ErrorCode::unavailable, "the host of this DID answered with status " +
                                                  std::to_string(response->status)});
  }
  return std::move(*response);
}

bool is_hosts_word(ErrorCode code) {
  return code == ErrorCode::not_found || code == ErrorCode::document_too_large ||
         code == ErrorCode::representation_not_supported ||
         code == ErrorCode::invalid_did_document || code == ErrorCode::invalid_log ||
         code == ErrorCode::not_yet_valid;
}

}  // namespace avow::did::internal
