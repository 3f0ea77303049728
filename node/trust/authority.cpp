#include "node/trust/authority.h"

#include <algorithm>

#include "core/printable.h"
#include "registry/feed.h"
#include "vc/trust_code.h"

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

void begin_not_before(core::Instant from, Interval& valid) {
  if (!valid.from || *valid.from < from) valid.from = from;
}
void end_not_after(core::Instant until, Interval& valid) {
  if (!valid.until || until < *valid.until) valid.until = until;
}

/// Cuts off what lies beyond the suspensions of a member who is not suspended at `at`.
void cut_by_suspensions(const registry::View& view, const std::string& scid, core::Instant at,
                        Interval& valid) {
  const auto cut = [&](core::Instant from, const std::optional<core::Instant>& until) {
    if (at < from) {
      end_not_after(from, valid);
    } else if (until) {
      begin_not_before(*until, valid);
    }
  };
  for (const auto& one : view.charter().standing_of(scid).suspensions) cut(one.from, one.until);
  for (const auto& one : view.emergencies()) {
    if (one.scid == scid) cut(one.from, one.until);
  }
}

/// Of a yes at `at`: what the links have in common, between the suspensions of all whom they name.
Interval interval_of(const registry::View& view, const std::vector<registry::AuthorityLink>& chain,
                     core::Instant at) {
  Interval valid;
  for (const registry::AuthorityLink& link : chain) {
    if (link.from) begin_not_before(*link.from, valid);
    if (link.until) end_not_after(*link.until, valid);
    if (const auto* subject = view.member(link.subject))
      cut_by_suspensions(view, subject->scid, at, valid);
  }
  return valid;
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
    case registry::Standing::issuer_suspended:
      ruling =
          refused(AuthorityStatus::suspended, "the network has suspended a member that decides");
      break;
    case registry::Standing::issuer_evicted:
      ruling = refused(AuthorityStatus::evicted, "the network has evicted a member that decides");
      break;
    case registry::Standing::issuer_forked:
      ruling = refused(AuthorityStatus::forked, "a feed that decides says two things at once");
      break;
  }
  if (answer.suspension) ruling.valid = {answer.suspension->from, answer.suspension->until};
  ruling.by = std::move(answer);
  return ruling;
}

/// May it issue the type, and is what says so fresh? `links_left`: how far it must be able to pass that on.
AuthorityRuling over_type(const registry::View& view, const AuthorityQuestion& question,
                          core::Milliseconds limit, std::int64_t links_left) {
  const registry::Member* member = view.member(question.entity);
  if (member == nullptr) return refused(AuthorityStatus::none, kNobodySaysSo);
  // A grant of the charter has no date of its own.
  if (question.at < member->entry.version_time)
    return refused(AuthorityStatus::none, "the network did not know it at that time");
  FreshAuthority found = may_issue_freshly(view, member->did, question.resource, question.at,
                                           question.now, limit, {}, links_left);
  AuthorityRuling ruling = of_standing(std::move(found.answer));
  if (!ruling.holds()) return ruling;
  if (ruling.by.chain.back().depth < links_left) {
    ruling.status = AuthorityStatus::none;
    ruling.message = kNobodySaysSo;
    return ruling;
  }
  if (found.stale_accreditor != nullptr) {
    ruling.status = AuthorityStatus::undetermined;
    ruling.message = "what is known here of an accreditor is too old to say so";
    ruling.stale_feed = found.stale_accreditor->scid;
    return ruling;
  }
  ruling.valid = interval_of(view, ruling.by.chain, question.at);
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
  if (view.charter().is_evicted(member->scid))
    return refused(AuthorityStatus::evicted, "the member was evicted");
  if (view.frozen(member->scid))
    return refused(AuthorityStatus::forked, "the member's own feed says two things at once");
  if (const auto suspension = view.suspension(member->scid, question.at)) {
    auto ruling = refused(AuthorityStatus::suspended, "the network has suspended the member");
    ruling.by.without_standing = member->scid;
    ruling.by.suspension = suspension;
    ruling.valid = {suspension->from, suspension->until};
    return ruling;
  }
  const auto& urls = feed->nodes()->urls;
  if (std::find(urls.begin(), urls.end(), question.resource) == urls.end())
    return refused(AuthorityStatus::none, kNobodySaysSo);
  if (!view.freshness(member->scid, question.now).within(limit)) {
    auto ruling = refused(AuthorityStatus::undetermined,
                          "what is known here of the member is too old to say so");
    ruling.stale_feed = member->scid;
    return ruling;
  }
  AuthorityRuling ruling{AuthorityStatus::active, "a node that this member has named as its own"};
  cut_by_suspensions(view, member->scid, question.at, ruling.valid);
  return ruling;
}

void set_said(core::Json& json, const std::optional<registry::SaidAt>& said) {
  if (!said) return;
  json.set("epoch", said->epoch);
  json.set("sequence", said->sequence);
}

/// What stands about who governs, or operates a node, or does not: the slots so far, or what the member has named last.
std::optional<core::Json> decided_by(const registry::View& view,
                                     const AuthorityQuestion& question) {
  if (!is_of_now(question)) return std::nullopt;
  if (question.action == "govern") return core::Json::object({{"slot", view.charter().slot()}});
  if (question.action != "operate-node") return std::nullopt;
  const registry::Member* member = view.member(question.entity);
  const registry::FeedFold* feed = member != nullptr ? view.feed(member->scid) : nullptr;
  if (feed == nullptr || !feed->nodes()) return std::nullopt;
  core::Json json = core::Json::object({{"by", member->did}, {"kind", "node.set"}});
  set_said(json, feed->nodes_said());
  return json;
}

core::Json gap_json(const registry::AuthorityGap& gap) {
  core::Json json =
      gap.link.by.empty()
          ? core::Json::object({{"subject", gap.link.subject}, {"type", gap.link.type}})
          : to_json(gap.link);
  json.set("reason", registry::name_of(gap.reason));
  if (gap.ended) {
    core::Json ended = core::Json::object();
    set_said(ended, gap.ended);
    json.set("endedBy", std::move(ended));
  }
  return json;
}

std::string_view verdict_code(AuthorityStatus status, bool is_member, bool are_rules_known) {
  using vc::TrustCode;
  switch (status) {
    case AuthorityStatus::active:
      return "";
    case AuthorityStatus::none:
      return code_name(is_member ? TrustCode::issuer_not_authorised : TrustCode::issuer_unknown);
    case AuthorityStatus::suspended:
      return code_name(TrustCode::issuer_suspended);
    case AuthorityStatus::evicted:
      return code_name(TrustCode::issuer_evicted);
    case AuthorityStatus::forked:
      return code_name(TrustCode::issuer_forked);
    case AuthorityStatus::undetermined:
      return code_name(are_rules_known ? TrustCode::registry_stale : TrustCode::rules_unknown);
  }
  return "";
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

core::Json to_json(const registry::AuthorityLink& link) {
  core::Json json = core::Json::object(
      {{"by", link.by}, {"depth", link.depth}, {"subject", link.subject}, {"type", link.type}});
  if (link.from) json.set("from", core::format_milliseconds(*link.from));
  if (link.until) json.set("until", core::format_milliseconds(*link.until));
  set_said(json, link.said);
  if (link.slot) json.set("slot", *link.slot);
  return json;
}

core::Json to_json(const std::vector<registry::AuthorityLink>& chain) {
  core::Json links = core::Json::array();
  for (const registry::AuthorityLink& link : chain) links.push_back(to_json(link));
  return links;
}

core::Json missing_for(const registry::View& view, const std::string& did, const std::string& type,
                       core::Instant at) {
  core::Json missing = core::Json::array();
  for (const auto& gap : view.gaps(did, type, at)) missing.push_back(gap_json(gap));
  return missing;
}

core::Json to_json(const registry::Frozen& frozen) {
  return core::Json::object({{"epoch", frozen.epoch}, {"sequence", frozen.sequence}});
}

void add_fork(const registry::AuthorityAnswer& answer, core::Json& json) {
  if (!answer.frozen) return;
  json.set("feed", answer.frozen_feed);
  json.set("frozenAt", to_json(*answer.frozen));
}

void add_stop(const registry::View& view, const registry::AuthorityAnswer& answer,
              core::Json& json) {
  const registry::Member* member = view.member(answer.without_standing);
  if (member == nullptr) return;
  json.set("member", member->did);
  if (answer.evicted) json.set("slot", answer.evicted->slot);
  if (!answer.suspension) return;
  const registry::Suspension& suspension = *answer.suspension;
  json.set("from", core::format_milliseconds(suspension.from));
  if (suspension.until) json.set("until", core::format_milliseconds(*suspension.until));
  if (suspension.slot != 0) {
    json.set("slot", suspension.slot);
    return;
  }
  json.set("emergency", true);
  for (const registry::EmergencyInterval& one : view.emergencies()) {
    if (one.scid != member->scid || one.from != suspension.from) continue;
    core::Json by = core::Json::array();
    for (const std::string& scid : one.by) {
      const registry::Member* governor = view.member(scid);
      by.push_back(governor != nullptr ? governor->did : scid);
    }
    json.set("by", std::move(by));
  }
}

FreshAuthority may_issue_freshly(const registry::View& view, const std::string& did,
                                 const std::string& type, core::Instant at, core::Instant now,
                                 core::Milliseconds limit,
                                 const registry::View::Preference& is_believed,
                                 std::int64_t links_left) {
  // Of a past time, what was heard since tells more than was known then.
  const core::Milliseconds allowed = limit + std::max(core::Milliseconds(0), now - at);
  const auto is_fresh = [&](const registry::Member& by) {
    return view.freshness(by.scid, now).within(allowed);
  };
  const auto is_preferred = [&](const registry::Member& by) {
    return is_fresh(by) && (!is_believed || is_believed(by));
  };
  FreshAuthority found{view.may_issue(did, type, at, is_preferred, links_left)};
  for (const registry::AuthorityLink& link : found.answer.chain) {
    const registry::Member* by = view.member(link.by);
    if (found.stale_accreditor == nullptr && by != nullptr && !is_fresh(*by))
      found.stale_accreditor = by;
  }
  return found;
}

AuthorityRuling authorization(const registry::View& view, const AuthorityQuestion& question,
                              core::Milliseconds limit) {
  if (const auto why = view.charter().unknown_rules())
    return refused(AuthorityStatus::undetermined, *why);
  if (question.at > question.now + registry::kMaxAhead)
    return refused(AuthorityStatus::undetermined, "nobody knows yet what will hold then");
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
  if (const auto why = view.charter().unknown_rules())
    return refused(AuthorityStatus::undetermined, *why);
  if (question.action == "issue") return over_type(view, question, limit, 1);
  return refused(AuthorityStatus::none,
                 "this network recognizes authorities for the action `issue` alone");
}

std::optional<std::string> warning_of_issuing(const registry::View& view, const std::string& did,
                                              const std::string& type, core::Instant now) {
  const auto ruling = authorization(view, {did, "issue", type, now, now},
                                    view.charter().freshness.limit(revocation::Tier::normal));
  if (ruling.holds()) return std::nullopt;
  const std::string more = " (avow trust explain --entity " + did + " --resource " + type + ")";
  if (ruling.status == AuthorityStatus::none)
    return "no member believes this yet: nobody has granted " + type + " to this organisation" +
           more;
  if (ruling.status == AuthorityStatus::undetermined)
    return "whether members believe this cannot be told: " + ruling.message + more;
  return "no member believes this now: " + ruling.message + more;
}

std::optional<std::string> warning_of_accrediting(const registry::View& view,
                                                  const std::string& did,
                                                  const std::vector<std::string>& types,
                                                  core::Instant now) {
  const auto limit = view.charter().freshness.limit(revocation::Tier::normal);
  std::string without;
  std::string unknown;
  std::string why;
  std::string first;
  for (const auto& type : types) {
    const auto ruling = authorization(view, {did, "delegate", type, now, now}, limit);
    if (ruling.holds()) continue;
    const bool is_unknown = ruling.status == AuthorityStatus::undetermined;
    std::string& listed = is_unknown ? unknown : without;
    listed += (listed.empty() ? "" : ", ") + type;
    if (is_unknown) why = ruling.message;
    if (first.empty()) first = type;
  }
  if (first.empty()) return std::nullopt;
  const std::string more =
      " (avow trust explain --entity " + did + " --resource " + first + " --action delegate)";
  const std::string of_unknown = unknown.empty()
                                     ? ""
                                     : "whether this organisation may accredit " + unknown +
                                           " itself now cannot be told: " + why;
  if (without.empty()) return of_unknown + more;
  return "this organisation may not accredit " + without +
         " itself now, so this has no effect until it may" +
         (unknown.empty() ? "" : "; " + of_unknown) + more;
}

core::Json explain(const registry::View& view, const AuthorityQuestion& asked,
                   core::Milliseconds limit) {
  AuthorityQuestion question = asked;
  // As `avow govern show` and `avow status` name it.
  if (question.action == "govern" && question.resource == view.charter().network)
    question.resource = authority_id(view.charter());
  AuthorityRuling ruling = authorization(view, question, limit);
  const bool is_member = view.member(question.entity) != nullptr;
  // Who is a member is no secret before the node's own people.
  if (!is_member && ruling.message == kNobodySaysSo) {
    ruling.message = core::in_quotes(question.entity) +
                     " is not the DID of a member of this network; see: avow member list";
  }
  const bool are_rules_known = !view.charter().unknown_rules();
  const bool has_gaps = is_member && (question.action == "issue" || question.action == "delegate");
  core::Json json = core::Json::object(
      {{"authority", authority_id(view.charter())},
       {"entity", question.entity},
       {"action", question.action},
       {"resource", question.resource},
       {"authorized", ruling.holds()},
       {"status", name_of(ruling.status)},
       {"code", verdict_code(ruling.status, is_member, are_rules_known)},
       {"message", ruling.message},
       {"chain", to_json(ruling.by.chain)},
       {"missing", has_gaps ? missing_for(view, question.entity, question.resource, question.at)
                            : core::Json::array()},
       {"timeEvaluated", core::format_milliseconds(question.at)}});
  if (auto by = are_rules_known ? decided_by(view, question) : std::nullopt)
    json.set("decidedBy", std::move(*by));
  if (!ruling.stale_feed.empty()) json.set("staleFeed", ruling.stale_feed);
  if (ruling.by.frozen) {
    core::Json fork = core::Json::object();
    add_fork(ruling.by, fork);
    json.set("forkedAt", std::move(fork));
  }
  if (!ruling.by.without_standing.empty()) {
    core::Json stop = core::Json::object();
    add_stop(view, ruling.by, stop);
    json.set("stoppedBy", std::move(stop));
  }
  return json;
}

}  // namespace avow::node
