#include "revocation/fetched_status_source.h"

#include <algorithm>
#include <utility>

namespace avow::revocation {

namespace {

constexpr std::size_t kMaxResponseBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxEtagBytes = 256;

/// A status list says who is revoked; nobody says that of the list, or there would be no end of it.
class NoStatusOfItsOwn final : public vc::StatusChecker {
 public:
  vc::Check check_status(const std::string& /*issuer*/, const vc::StatusEntry& /*entry*/,
                         core::Instant /*now*/) const override {
    return vc::Check::failed("status", code_name(ErrorCode::status_verification_error),
                             "the list has a status of its own, which is not followed", "");
  }
};

KnownList known(const FetchedListCache::Held& held, core::Instant now) {
  const auto age = std::chrono::floor<std::chrono::seconds>(now - held.fetched);
  const std::int64_t seconds = age.count();
  return KnownList{held.list->issuer, held.list->purposes, held.list->bits, held.list,
                   core::Json::object({{"source", "fetched"}, {"ageSeconds", seconds}})};
}

Error not_fetched(const core::Error& error) {
  switch (error.code) {
    case core::ErrorCode::https_required:
      return {ErrorCode::https_required, "a status list is only read over https"};
    case core::ErrorCode::response_too_large:
      return {ErrorCode::status_list_too_large, "the status list is larger than 4 MiB as sent"};
    default:  // all others are no answer
      return {ErrorCode::status_retrieval_error,
              "the status list could not be fetched: " + std::string(core::code_name(error.code)) +
                  ": " + error.detail};
  }
}

/// What kept the list's credential from being accepted, in the words of status lists.
Error not_accepted(const vc::Verdict& verdict) {
  for (const vc::Check& check : verdict.checks) {
    if (check.outcome == vc::CheckOutcome::passed) continue;
    const std::string why = "the status list: " + check.code + ": " + check.detail;
    if (check.outcome == vc::CheckOutcome::undetermined)
      return {ErrorCode::status_retrieval_error, why};
    if (check.name == "form") return {ErrorCode::malformed_value_error, why};
    if (check.name == "validity") return {ErrorCode::status_list_expired, why};
    return {ErrorCode::status_verification_error, why};
  }
  return {ErrorCode::status_verification_error, "the status list is not accepted"};
}

const std::string* issuer_of(const core::Json& credential) {
  const core::Json* issuer = credential.find("issuer");
  if (issuer == nullptr) return nullptr;
  return issuer->is_object() ? issuer->find_string("id") : issuer->as_string();
}

}  // namespace

FetchedListCache::Looked FetchedListCache::get(const std::string& url) {
  const std::lock_guard lock(mutex_);
  auto last = held_.get(url);
  return {last ? std::move(last->held) : std::nullopt, ++turns_};
}

void FetchedListCache::put(const std::string& url, std::optional<Held> fetched,
                           std::uint64_t turn) {
  if (fetched && fetched->list->bits.size() > kMaxListBytes) fetched.reset();
  const std::lock_guard lock(mutex_);
  const auto last = held_.get(url);
  if (last && last->turn > turn) return;
  held_.put(url, Looked{std::move(fetched), turn});
}

FetchedStatusSource::FetchedStatusSource(core::HttpFetcher& fetcher, FetchedListCache& cache,
                                         const vc::VerifyContext& context,
                                         core::Milliseconds max_age)
    : fetcher_(fetcher), cache_(cache), context_(context), max_age_(max_age) {}

bool FetchedStatusSource::may_answer(const Held& held, core::Instant now) const {
  const core::Milliseconds most = std::min(max_age_, held.list->ttl.value_or(max_age_));
  const auto& until = held.list->valid_until;
  return now >= held.fetched && now - held.fetched < most && (!until || now <= *until);
}

Result<StatusList, Error> FetchedStatusSource::verify(const core::Json& credential,
                                                      const std::string& issuer,
                                                      const std::string& list_url,
                                                      core::Instant now) const {
  if (const auto* own = issuer_of(credential); own != nullptr && *own != issuer) {
    return fail(
        Error{ErrorCode::status_issuer, "the status list is not the credential issuer's own"});
  }
  const NoStatusOfItsOwn no_status;
  const vc::VerifyContext context{context_.resolver, context_.keys, context_.signatures, no_status,
                                  context_.trust};
  vc::VerifyOptions options;
  options.profile = vc::Profile::w3c;
  options.now = now;
  const vc::Verdict verdict = vc::verify_credential(credential, context, options);
  if (verdict.outcome() != vc::Outcome::accepted) return fail(not_accepted(verdict));
  return read_status_list_credential(verdict.verified_document, list_url, now);
}

Result<FetchedListCache::Held, Error> FetchedStatusSource::fetch(const std::string& issuer,
                                                                 const std::string& list_url,
                                                                 const std::optional<Held>& held,
                                                                 core::Instant now) const {
  core::HttpRequest request;
  request.url = list_url;
  request.headers = {{"Accept", "application/vc, application/json"}};
  request.max_response_bytes = kMaxResponseBytes;
  // Only what would be believed now, were it sent again, may be found unchanged; all else is asked for whole.
  std::optional<StatusList> unchanged;
  if (held && held->credential != nullptr) {
    if (auto again = verify(*held->credential, issuer, list_url, now)) {
      unchanged = std::move(*again);
      request.headers.emplace_back("If-None-Match", held->etag);
    }
  }
  const auto response = fetcher_.fetch(request);
  if (!response) return fail(not_fetched(response.error()));
  if (unchanged && response->status == 304) {
    return Held{std::make_shared<const StatusList>(std::move(*unchanged)), held->credential,
                held->etag, now};
  }
  if (response->status != 200) {
    return fail(Error{ErrorCode::status_retrieval_error,
                      "the status list could not be fetched: its host answered with status " +
                          std::to_string(response->status)});
  }
  core::JsonLimits limits;
  limits.max_bytes = kMaxResponseBytes;
  auto credential = core::parse_json(response->body, limits);
  if (!credential) {
    return fail(Error{ErrorCode::malformed_value_error,
                      "the status list is not JSON: " + credential.error().detail});
  }
  auto list = verify(*credential, issuer, list_url, now);
  if (!list) return fail(list.error());
  Held fetched{std::make_shared<const StatusList>(std::move(*list)), nullptr, "", now};
  const std::string* etag = response->header("etag");
  if (etag != nullptr && !etag->empty() && etag->size() <= kMaxEtagBytes &&
      response->body.size() <= FetchedListCache::kMaxListBytes) {
    fetched.credential = std::make_shared<const core::Json>(std::move(*credential));
    fetched.etag = *etag;
  }
  return fetched;
}

Result<KnownList, Error> FetchedStatusSource::find(const std::string& issuer,
                                                   const std::string& list_url,
                                                   core::Instant now) const {
  const auto looked = cache_.get(list_url);
  if (looked.held && may_answer(*looked.held, now)) return known(*looked.held, now);
  const auto fetched = fetch(issuer, list_url, looked.held, now);
  if (!fetched) return fail(fetched.error());
  const bool can_be_held = may_answer(*fetched, now);
  cache_.put(list_url, can_be_held ? std::optional(*fetched) : std::nullopt, looked.turn);
  return known(*fetched, now);
}

}  // namespace avow::revocation
