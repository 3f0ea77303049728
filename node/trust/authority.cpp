#include "node/trust/authority.h"

#include <algorithm>

#include "registry/feed.h"

namespace avow::node {
namespace {

constexpr std::string_view kNobodySaysSo = "no statement that counts here says so";

AuthorityRuling refused(AuthorityStatus status, std::string_view message) {
  return {status, std::string(message)};
}

/// "by the charter", "by 2 links from the charter"
std::string way_of(const std::vector<registry::AuthorityLink>& chain) {
  if (chain.size() < 2) return "by a grant of the charter";
  return "by " + std::to_string(chain.size()) + " links from the charter";
}

AuthorityRuling of_standing(registry::AuthorityAnswer answer) {
  AuthorityRuling ruling;
  switch (answer.standing) {
    case registry::Standing::authorised:
      ruling = {AuthorityStatus::active, way_of(answer.chain)};
      break;
    case registry::Standing::issuer_unknown:
    case registry::Standing::issuer_not_authorised:
      ruling = refused(AuthorityStatus::none, kNobodySaysSo);
      break;
    case registry::Standing::issuer_forked:
      ruling = refused(AuthorityStatus::forked, "a feed that decides says two things at once");
      break;
  }
  ruling.by = std::move(answer);
  return ruling;
}

/// May it issue the type, and is what says so fresh? `links_left`: how far it must be able to pass that on.
AuthorityRuling over_type(const registry::View& view, const AuthorityQuestion& question,
                          core::Milliseconds limit, std::int64_t links_left) {
  const registry::Member* member = view.member(question.entity);
  if (member == nullptr) return refused(AuthorityStatus::none, kNobodySaysSo);
  AuthorityRuling ruling = of_standing(view.may_issue(member->did, question.resource, question.at));
  if (!ruling.holds()) return ruling;
  if (ruling.by.chain.back().depth < links_left) {
    ruling.status = AuthorityStatus::none;
    ruling.message = kNobodySaysSo;
    return ruling;
  }
  if (const auto* stale = stale_accreditor(view, ruling.by, question.at, question.now, limit)) {
    ruling.status = AuthorityStatus::undetermined;
    ruling.message = "what is known here of an accreditor is too old to say so";
    ruling.stale_feed = stale->scid;
  }
  return ruling;
}

constexpr std::string_view kOnlyNow = "that is known here of the present only";

/// Who sends the time along that its own clock shows asks about now.
bool is_of_now(const AuthorityQuestion& question) {
  return question.at >= question.now - registry::kMaxAhead;
}

AuthorityRuling over_network(const registry::View& view, const AuthorityQuestion& question) {
  if (!is_of_now(question)) return refused(AuthorityStatus::undetermined, kOnlyNow);
  const registry::Member* member = view.member(question.entity);
  const auto& governors = view.charter().governors;
  const bool governs = member != nullptr && question.resource == authority_id(view.charter()) &&
                       std::any_of(governors.begin(), governors.end(), [&](const auto& governor) {
                         return governor.scid == member->scid;
                       });
  if (!governs) return refused(AuthorityStatus::none, kNobodySaysSo);
  return {AuthorityStatus::active, "a governor of the charter"};
}

AuthorityRuling over_node(const registry::View& view, const AuthorityQuestion& question,
                          core::Milliseconds limit) {
  if (!is_of_now(question)) return refused(AuthorityStatus::undetermined, kOnlyNow);
  const registry::Member* member = view.member(question.entity);
  const registry::FeedFold* feed = member != nullptr ? view.feed(member->scid) : nullptr;
  if (feed == nullptr || !feed->nodes()) return refused(AuthorityStatus::none, kNobodySaysSo);
  if (view.frozen(member->scid))
    return refused(AuthorityStatus::forked, "the member's own feed says two things at once");
  const auto& urls = feed->nodes()->urls;
  if (std::find(urls.begin(), urls.end(), question.resource) == urls.end())
    return refused(AuthorityStatus::none, kNobodySaysSo);
  if (!view.freshness(member->scid, question.now).within(limit)) {
    auto ruling = refused(AuthorityStatus::undetermined,
                          "what is known here of the member is too old to say so");
    ruling.stale_feed = member->scid;
    return ruling;
  }
  return {AuthorityStatus::active, "a node that this member has named as its own"};
}

}  // namespace

std::string_view name_of(AuthorityStatus status) {
  switch (status) {
    case AuthorityStatus::active:
      return "active";
    case AuthorityStatus::none:
      return "none";
    case AuthorityStatus::suspended:
      return "suspended";
    case AuthorityStatus::evicted:
      return "evicted";
    case AuthorityStatus::forked:
      return "forked";
    case AuthorityStatus::undetermined:
      return "undetermined";
  }
  return "";
}

std::string authority_id(const registry::Charter& charter) {
  return "ni:///sha-256;" + charter.network.substr(1);  // without the `u` of multibase
}

const registry::Member* stale_accreditor(const registry::View& view,
                                         const registry::AuthorityAnswer& answer, core::Instant at,
                                         core::Instant now, core::Milliseconds limit) {
  // Of a past time, what was heard since tells more than was known then.
  const core::Milliseconds allowed = limit + std::max(core::Milliseconds(0), now - at);
  for (const registry::AuthorityLink& link : answer.chain) {
    const registry::Member* by = view.member(link.by);
    if (by != nullptr && !view.freshness(by->scid, now).within(allowed)) return by;
  }
  return nullptr;
}

AuthorityRuling authorization(const registry::View& view, const AuthorityQuestion& question,
                              core::Milliseconds limit) {
  if (question.action == "issue") return over_type(view, question, limit, 0);
  if (question.action == "delegate") return over_type(view, question, limit, 1);
  if (question.action == "govern") return over_network(view, question);
  if (question.action == "operate-node") return over_node(view, question, limit);
  if (question.action == "revoke") {
    return refused(AuthorityStatus::none,
                   "a credential is revoked by who issued it; no authority is given for that");
  }
  if (question.action == "verify")
    return refused(AuthorityStatus::none, "anybody may verify; no authority is given for that");
  if (question.action == "recognize") {
    return refused(AuthorityStatus::none,
                   "this network recognizes no other; who may accredit others is asked with "
                   "`delegate`, or as a recognition");
  }
  return refused(AuthorityStatus::none, "this network gives no authority for such an action");
}

AuthorityRuling recognition(const registry::View& view, const AuthorityQuestion& question,
                            core::Milliseconds limit) {
  if (question.action == "issue") return over_type(view, question, limit, 1);
  return refused(AuthorityStatus::none,
                 "this network recognizes authorities for the action `issue` alone");
}

}  // namespace avow::node
