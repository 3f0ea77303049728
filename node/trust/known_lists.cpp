#include "node/trust/known_lists.h"

#include "node/trust/registry_trust_policy.h"

namespace avow::node {

revocation::Result<revocation::KnownList, revocation::Error> KnownLists::find(
    const std::string& issuer, const std::string& list_url, core::Instant now) const {
  using revocation::ErrorCode;
  if (auto own = own_.find(issuer, list_url, now);
      own || own.error().code != ErrorCode::status_retrieval_error) {
    // They may be those of a restored backup, which has forgotten what was revoked since.
    if (const auto may = membership_.check_may_sign(); own && !may)
      return core::fail(revocation::Error{ErrorCode::registry_stale,
                                          "our own lists may be old: " + may.error().why});
    return own;
  }
  const auto unknown =
      revocation::Error{ErrorCode::status_retrieval_error, "no member has published this list"};
  const auto view = replica_.view();
  if (view == nullptr) return core::fail(unknown);
  const auto list = view->list_at(issuer, list_url);
  const registry::Member* publisher = list ? list->member : view->member_for(issuer);
  if (publisher != nullptr && view->frozen(publisher->scid)) {
    return core::fail(revocation::Error{ErrorCode::registry_stale,
                                        "the feed that publishes this list is forked"});
  }
  if (!list) return core::fail(unknown);
  const registry::Member& member = *list->member;
  const registry::FeedAge age = view->freshness(member.scid, now);
  const core::Milliseconds limit = view->charter().freshness.limit(tier_);
  if (list->incomplete_since)
    return core::fail(revocation::Error{
        ErrorCode::status_verification_error,
        "statement " + std::to_string(*list->incomplete_since) +
            " of the feed that publishes this list could not be read: bits may be missing"});
  if (!age.within(limit)) {
    return core::fail(revocation::Error{
        ErrorCode::registry_stale,
        "what is known of this list is older than " + std::to_string(limit.count() / 1000) + " s"});
  }
  return revocation::KnownList{member.did,
                               {list->purpose},
                               list->bits->bytes(),
                               list->bits,
                               age_evidence(member.scid, age, limit)};
}

}  // namespace avow::node
