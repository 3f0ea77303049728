#include "revocation/fetched_status_source.h"

#include <utility>

namespace avow::revocation {

namespace {

constexpr std::size_t kRemembered = 64;
constexpr std::size_t kMaxRememberedBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxResponseBytes = std::size_t{4} << 20;
constexpr int kHttpOk = 200;

KnownList known(const std::shared_ptr<const StatusList>& list, core::Milliseconds age) {
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(age).count();
  return KnownList{list->issuer, list->purposes, list->bits, list,
                   core::Json::object({{"source", "fetched"}, {"ageSeconds", seconds}})};
}

}  // namespace

FetchedStatusSource::FetchedStatusSource(core::HttpFetcher& fetcher, ProofVerifier verify_proof,
                                         FetchedStatusOptions options)
    : fetcher_(fetcher),
      verify_proof_(std::move(verify_proof)),
      options_(options),
      remembered_(kRemembered) {}

Result<std::shared_ptr<const StatusList>, Error> FetchedStatusSource::fetch(
    const std::string& list_url, core::Instant now) const {
  core::HttpRequest request;
  request.url = list_url;
  request.headers = {{"Accept", "application/vc, application/json"}};
  request.max_response_bytes = kMaxResponseBytes;
  const auto response = fetcher_.fetch(request);
  if (!response || response->status != kHttpOk) {
    const auto why =
        response ? "HTTP status " + std::to_string(response->status) : response.error().detail;
    return fail(
        Error{ErrorCode::status_retrieval_error, "the status list could not be fetched: " + why});
  }
  core::JsonLimits limits;
  limits.max_bytes = kMaxResponseBytes;
  const auto credential = core::parse_json(response->body, limits);
  if (!credential) {
    return fail(Error{ErrorCode::malformed_value_error,
                      "the status list is not JSON: " + credential.error().detail});
  }
  if (const auto verified = verify_proof_(*credential, now); !verified) {
    return fail(verified.error());
  }
  auto list = read_status_list_credential(*credential, list_url, now);
  if (!list) return fail(list.error());
  return std::make_shared<const StatusList>(std::move(*list));
}

Result<KnownList, Error> FetchedStatusSource::find(const std::string& /*issuer*/,
                                                   const std::string& list_url,
                                                   core::Instant now) const {
  const bool secure = list_url.starts_with("https://");
  if (!secure && !(options_.allow_http && list_url.starts_with("http://"))) {
    return fail(Error{ErrorCode::https_required, "a status list is only read over https"});
  }
  if (const auto held = remembered_.get(list_url)) {
    const bool young = now >= held->at && now - held->at < options_.max_age;
    const auto& until = held->list->valid_until;
    if (young && (!until || now <= *until)) return known(held->list, now - held->at);
  }
  auto list = fetch(list_url, now);
  if (!list) return fail(list.error());
  if (options_.max_age > core::Milliseconds(0) && (*list)->bits.size() <= kMaxRememberedBytes) {
    remembered_.put(list_url, Fetched{*list, now});
  }
  return known(*list, core::Milliseconds(0));
}

}  // namespace avow::revocation
