#include "node/strangers.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "did/did_web.h"

namespace avow::node {
namespace {

constexpr std::size_t kFetchesPerRequest = 8;
constexpr core::Milliseconds kTimePerRequest = std::chrono::seconds(15);

/// For verification half of those that run at once (api/verify_routes.cpp), so that slow hosts never hold all of them.
http::LimitedFetcher::Limits limits_for(Strangers::Purpose purpose) {
  const int cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  const int at_once = purpose == Strangers::Purpose::verification ? 2 * cores : cores;
  return {at_once, /*a_second=*/10, /*burst=*/40};
}

did::Localhost localhost_for(bool allow_loopback) {
  return allow_loopback ? did::Localhost::http_too : did::Localhost::https_only;
}

}  // namespace

Strangers::Strangers(Parts parts)
    : parts_(std::move(parts)),
      for_verification_(parts_.https_for_verification, parts_.clock,
                        limits_for(Purpose::verification)),
      for_resolution_(parts_.https_for_resolution, parts_.clock, limits_for(Purpose::resolution)) {}

StrangerResolver::StrangerResolver(Strangers& strangers, Strangers::Purpose purpose)
    : strangers_(strangers),
      budget_(purpose == Strangers::Purpose::verification ? strangers.for_verification_
                                                          : strangers.for_resolution_,
              kFetchesPerRequest, kTimePerRequest),
      web_(budget_, strangers.documents_, strangers.parts_.clock,
           localhost_for(strangers.parts_.allow_loopback)),
      webvh_(budget_, strangers.logs_, strangers.parts_.clock,
             localhost_for(strangers.parts_.allow_loopback)) {}

bool StrangerResolver::is_own(const did::Did& did) const {
  const auto location = did.method() == "webvh" ? did::webvh_location(did) : did::web_location(did);
  return location && location->host == strangers_.parts_.domain;
}

bool StrangerResolver::is_members(const std::string& did) const {
  const auto view = strangers_.parts_.view();
  return view != nullptr && view->member_for(did) != nullptr;
}

did::Result<did::Resolution, did::Error> StrangerResolver::resolve(
    const did::Did& did, const did::ResolutionOptions& options) const {
  auto known = strangers_.parts_.resolver.resolve(did, options);
  const bool is_unknown = !known && known.error().code == did::ErrorCode::not_found;
  const bool is_hosted = did.method() == "web" || did.method() == "webvh";
  if (!is_unknown || !is_hosted || is_own(did) || is_members(did.text())) return known;
  if (did.method() == "webvh") return webvh_.resolve(did, options);
  return web_.resolve(did, options);
}

StrangerLists::StrangerLists(const StrangerResolver& resolver, const vc::VerifyContext& context)
    : resolver_(resolver), fetched_(resolver.budget_, resolver.strangers_.lists_, context) {}

revocation::Result<revocation::KnownList, revocation::Error> StrangerLists::find(
    const std::string& issuer, const std::string& list_url, core::Instant now) const {
  const Strangers::Parts& parts = resolver_.strangers_.parts_;
  auto known = parts.own_lists.find(issuer, list_url, now);
  const bool is_unknown =
      !known && known.error().code == revocation::ErrorCode::status_retrieval_error;
  // A list is its credential's issuer's, so whose it would be is known before it is fetched.
  if (!is_unknown || list_url.starts_with(parts.public_url + "/") || resolver_.is_members(issuer))
    return known;
  return fetched_.find(issuer, list_url, now);
}

}  // namespace avow::node
