#include "node/trust/registry_trust_policy.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "node/trust/authority.h"
#include "registry/stopped_agents.h"
#include "vc/trust_code.h"

namespace avow::node {
namespace {

using vc::TrustCode;

vc::Check failed(TrustCode code, std::string_view detail, std::string_view remedy,
                 core::Json evidence = core::Json::object()) {
  return vc::Check::failed("issuer", code_name(code), detail, remedy, std::move(evidence));
}

vc::Check denied(const Denial& denial) {
  return vc::Check::failed("local_policy", code_name(TrustCode::denied_locally),
                           "a rule of this node's own stands against it, whatever the network says",
                           "ask who runs this node (`avow trust overlay`, `avow trust allow`)",
                           core::Json::object({{"localRule", to_json(denial)}}));
}

/// A member goes by two names: its did:webvh, and the did:web parallel to it. A rule about one is about both.
std::vector<std::string> names_of(const registry::View* view, const std::string& did) {
  const registry::Member* member = view != nullptr ? view->member_for(did) : nullptr;
  if (member == nullptr) return {did};
  std::string parallel = "did:web:" + member->location;
  if (did != member->did && did != parallel) return {did};
  return {member->did, std::move(parallel)};
}

/// The rule against this DID, under any of its names, as such or for that type; null if there is none.
const Denial* denial_of(const registry::View* view, const LocalRules& rules, const std::string& did,
                        const std::string& type) {
  if (rules.denials.empty()) return nullptr;
  for (const std::string& name : names_of(view, did)) {
    if (const Denial* denial = rules.find(name, type)) return denial;
  }
  return nullptr;
}

/// Whom this node does not believe gives nobody else authority either. Of a chain without such there is none.
std::optional<vc::Check> accredited_by_denied(const registry::View& view, const LocalRules& rules,
                                              const std::string& type,
                                              const registry::AuthorityAnswer& answer) {
  for (const registry::AuthorityLink& link : answer.chain) {
    if (view.member(link.by) == nullptr) continue;  // the charter
    const Denial* denial = denial_of(&view, rules, link.by, type);
    if (denial == nullptr) continue;
    return failed(
        TrustCode::denied_locally,
        "its authority comes from " + link.by + ", against whom a rule of this node's own stands",
        "ask who runs this node (`avow trust overlay`, `avow trust allow`)",
        core::Json::object({{"localRule", to_json(*denial)},
                            {"member", link.by},
                            {"chain", to_json(answer.chain)}}));
  }
  return std::nullopt;
}

vc::Check unauthorised(const registry::View& view, const std::string& issuer,
                       const std::string& type, const registry::AuthorityAnswer& answer) {
  core::Json evidence = core::Json::object({{"issuer", issuer}, {"type", type}});
  switch (answer.standing) {
    case registry::Standing::issuer_forked:
      add_fork(answer, evidence);
      return failed(
          TrustCode::issuer_forked,
          "the feed that would decide is forked: somebody signed two statements for one position",
          "the organisation must settle the fork before it is believed again", std::move(evidence));
    case registry::Standing::issuer_not_authorised:
      return failed(TrustCode::issuer_not_authorised,
                    "the issuer is a member but may not issue " + type,
                    "governors can grant it (`avow trust grant`), or a member that may accredit it "
                    "can (`avow trust accredit`)",
                    std::move(evidence));
    case registry::Standing::issuer_suspended:
      add_stop(view, answer, evidence);
      return failed(TrustCode::issuer_suspended, "the network has suspended a member that decides",
                    "the network's governors can reinstate it", std::move(evidence));
    case registry::Standing::issuer_evicted:
      add_stop(view, answer, evidence);
      return failed(TrustCode::issuer_evicted, "the network has evicted a member that decides",
                    "that is final; an organisation comes back with a DID of its own anew",
                    std::move(evidence));
    case registry::Standing::issuer_unknown:
    case registry::Standing::authorised:
      break;
  }
  return failed(TrustCode::issuer_unknown, "the issuer is not a member of this consortium",
                "the issuer must be admitted by the charter", std::move(evidence));
}

std::string stale_detail(std::string_view whom, const registry::FeedAge& age,
                         core::Milliseconds limit) {
  const std::string who(whom);
  if (age.behind) return who + " has said more than has arrived here";
  if (age.ahead_of_clock)
    return "what was last heard of " + who +
           " lies ahead of this node's clock, which must be wrong";
  if (!age.age) return "nothing has been heard of " + who + " yet";
  return who + " was last heard of " + std::to_string(age.age->count() / 1000) +
         " s ago; a revocation since then would not be known (limit " +
         std::to_string(limit.count() / 1000) + " s)";
}

vc::Check stale(const char* name, std::string_view whom, const registry::FeedAge& age,
                core::Milliseconds limit, core::Json evidence) {
  return vc::Check::undetermined(
      name, code_name(TrustCode::registry_stale), stale_detail(whom, age, limit),
      "wait until its node or a peer that hears it is reachable, then ask again",
      std::move(evidence));
}

/// Nothing of a network whose rules are not known here is passed, and nothing refused.
std::optional<vc::Check> unknown_rules(const registry::View& view, const char* name) {
  const registry::Charter& charter = view.charter();
  const auto why = charter.unknown_rules();
  if (!why) return std::nullopt;
  return vc::Check::undetermined(
      name, code_name(TrustCode::rules_unknown), *why, kUpdate,
      core::Json::object({{"slot", charter.slot()}, {"rules", charter.rules}}));
}

/// The charter's tier, or the stricter rule of this node.
core::Milliseconds limit_of(const registry::View& view, const LocalRules& own,
                            revocation::Tier tier) {
  const core::Milliseconds limit = view.charter().freshness.limit(tier);
  return own.max_age ? std::min(limit, *own.max_age) : limit;
}

vc::Check disowned(core::Instant from, core::Json evidence) {
  evidence.set("from", core::format_milliseconds(from));
  return vc::Check::failed("subject", code_name(TrustCode::subject_disowned),
                           "its organisation no longer answers for it",
                           "ask the organisation: this is final", std::move(evidence));
}

vc::Check suspended(core::Json evidence) {
  return vc::Check::failed(
      "subject", code_name(TrustCode::subject_suspended), "its organisation has stopped it",
      "the organisation can resume it (`avow agent resume`)", std::move(evidence));
}

/// What this node's own organisation holds against a subject, said or not.
std::optional<vc::Check> stopped_here(const OwnStop& stop, const std::string& subject,
                                      core::Instant now) {
  core::Json evidence = core::Json::object({{"source", "own"}, {"subject", subject}});
  if (stop.disowned_from && *stop.disowned_from <= now)
    return disowned(*stop.disowned_from, std::move(evidence));
  if (stop.suspended) return suspended(std::move(evidence));
  return std::nullopt;
}

core::Json with_position(core::Json evidence, const registry::SaidAt& said) {
  evidence.set("epoch", said.epoch);
  evidence.set("sequence", said.sequence);
  return evidence;
}

/// What one member's feed says against a subject.
std::optional<vc::Check> stopped_by(const registry::View& view, const registry::Member& home,
                                    const std::string& subject, core::Instant now) {
  core::Json evidence = core::Json::object({{"feed", home.scid}, {"subject", subject}});
  if (view.frozen(home.scid)) {
    return vc::Check::failed("subject", code_name(TrustCode::issuer_forked),
                             "the feed that would tell whether it is stopped is forked",
                             "the organisation must settle the fork", std::move(evidence));
  }
  const auto* feed = view.feed(home.scid);
  if (feed == nullptr) return std::nullopt;
  const auto& agents = feed->stopped_agents();
  const auto* stop = agents.find(registry::agent_hash(subject));
  if (stop == nullptr) {
    if (!agents.lacks_some()) return std::nullopt;
    return vc::Check::undetermined("subject", code_name(TrustCode::registry_stale),
                                   "the feed has stopped more agents than are kept here",
                                   "ask the organisation", std::move(evidence));
  }
  if (stop->disowned_from && *stop->disowned_from <= now)
    return disowned(*stop->disowned_from, with_position(std::move(evidence), stop->disowned_by));
  if (stop->suspended_since)
    return suspended(with_position(std::move(evidence), stop->suspended_by));
  return std::nullopt;
}

/// Why no key of a member counts, whatever its feed says or said: where a fork or an eviction cuts the feed short, what
/// gave the key up may have been cut off with it.
std::optional<vc::Check> no_key_counts(const registry::View& view, const registry::Member& member,
                                       const std::string& key) {
  core::Json evidence = core::Json::object({{"feed", member.scid}, {"key", key}});
  if (const auto& cut = view.charter().standing_of(member.scid).evicted) {
    evidence.set("slot", cut->slot);
    return vc::Check::failed("compromise", code_name(TrustCode::issuer_evicted),
                             "the network has evicted the member whose key it is",
                             "that is final; an organisation comes back with a DID of its own anew",
                             std::move(evidence));
  }
  if (const auto frozen = view.frozen(member.scid)) {
    evidence.set("frozenAt", to_json(*frozen));
    return vc::Check::failed("compromise", code_name(TrustCode::issuer_forked),
                             "the feed that would tell whether the key was stolen is forked",
                             "the organisation must settle the fork before it is believed again",
                             std::move(evidence));
  }
  return std::nullopt;
}

}  // namespace

core::Json age_evidence(const std::string& scid, const registry::FeedAge& age,
                        core::Milliseconds limit) {
  core::Json evidence = core::Json::object({{"by", age.by_head ? "head" : "statement"},
                                            {"epoch", age.epoch},
                                            {"feed", scid},
                                            {"limitMs", std::int64_t{limit.count()}},
                                            {"sequence", age.sequence}});
  if (age.age) evidence.set("ageMs", std::int64_t{age.age->count()});
  return evidence;
}

vc::Check RegistryTrustPolicy::check_issuer(const std::string& issuer,
                                            const std::vector<std::string>& types,
                                            core::Instant now) const {
  const auto view = replica_.view();
  if (view == nullptr) {
    return failed(TrustCode::issuer_unknown,
                  "this node belongs to no consortium, so it knows no issuer",
                  "start the node with --charter, or ask for the w3c profile");
  }
  if (auto check = unknown_rules(*view, "issuer")) return std::move(*check);
  const registry::Member* member = view->member(issuer);
  if (member == nullptr) return unauthorised(*view, issuer, "", {});
  const auto own = own_.rules();
  if (types.empty()) {
    // Authority is given for types: for a credential that is nothing but a credential nobody has any.
    registry::AuthorityAnswer answer;
    answer.standing = registry::Standing::issuer_not_authorised;
    return unauthorised(*view, issuer, "a credential of no specific type", answer);
  }
  core::Json chain = core::Json::array();
  for (const std::string& type : types) {
    const core::Milliseconds limit = limit_of(*view, *own, tier_);
    const auto is_believed = [&](const registry::Member& by) {
      return denial_of(view.get(), *own, by.did, type) == nullptr;
    };
    const auto [answer, accreditor] =
        may_issue_freshly(*view, issuer, type, now, now, limit, is_believed);
    if (answer.standing != registry::Standing::authorised)
      return unauthorised(*view, issuer, type, answer);
    if (auto check = accredited_by_denied(*view, *own, type, answer)) return std::move(*check);
    if (accreditor != nullptr) {
      const registry::FeedAge age = view->freshness(accreditor->scid, now);
      core::Json evidence = age_evidence(accreditor->scid, age, limit);
      evidence.set("chain", to_json(answer.chain));
      return stale("issuer", "the accreditor " + accreditor->did, age, limit, std::move(evidence));
    }
    chain.push_back(to_json(answer.chain));
  }
  return vc::Check::passed("issuer", "a member that may issue this",
                           core::Json::object({{"chain", std::move(chain)}, {"issuer", issuer}}));
}

void RegistryTrustPolicy::explain(vc::Check& issuer, core::Instant now) const {
  if (issuer.code != code_name(TrustCode::issuer_not_authorised)) return;
  const auto view = replica_.view();
  const std::string* did = issuer.evidence.find_string("issuer");
  const std::string* type = issuer.evidence.find_string("type");
  if (view == nullptr || did == nullptr || type == nullptr) return;
  core::Json missing = missing_for(*view, *did, *type, now);
  issuer.evidence.set("missing", std::move(missing));
}

vc::Check RegistryTrustPolicy::check_freshness(const std::string& issuer, core::Instant now) const {
  const auto view = replica_.view();
  if (view != nullptr) {
    if (auto check = unknown_rules(*view, "freshness")) return std::move(*check);
  }
  const registry::Member* member = view != nullptr ? view->member(issuer) : nullptr;
  if (member == nullptr) {
    return vc::Check::failed("freshness", code_name(TrustCode::issuer_unknown),
                             "nothing is replicated of an issuer that is no member",
                             "the issuer must be admitted by the charter");
  }
  const auto own = own_.rules();
  const core::Milliseconds limit = limit_of(*view, *own, tier_);
  const registry::FeedAge age = view->freshness(member->scid, now);
  core::Json evidence = age_evidence(member->scid, age, limit);
  if (own->max_age && limit == *own->max_age) evidence.set("limitBy", "local");
  if (const auto frozen = view->frozen(member->scid)) {
    evidence.set("frozenAt", to_json(*frozen));
    return vc::Check::failed(
        "freshness", code_name(TrustCode::issuer_forked),
        "the issuer's feed is forked: it signed two statements for one position",
        "the organisation must settle the fork before it is believed again", std::move(evidence));
  }
  if (age.within(limit)) {
    return vc::Check::passed(
        "freshness", "last heard of the issuer " + std::to_string(age.age->count()) + " ms ago",
        std::move(evidence));
  }
  return stale("freshness", "the issuer", age, limit, std::move(evidence));
}

namespace {

/// The DID that a subject names: what follows it in a DID URL makes nobody else of it.
std::string did_of(const std::string& subject) {
  if (!subject.starts_with("did:")) return subject;
  const auto is_of_did = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_' ||
           c == ':' || c == '%';
  };
  return {subject.begin(), std::find_if_not(subject.begin(), subject.end(), is_of_did)};
}

}  // namespace

std::optional<vc::Check> RegistryTrustPolicy::check_key(const vc::GoodSignature& signature) const {
  const auto view = replica_.view();
  if (view == nullptr) return std::nullopt;
  const std::string& method = signature.verification_method;
  const registry::Member* member = view->member_for(method.substr(0, method.find('#')));
  if (member == nullptr) return std::nullopt;
  if (auto check = unknown_rules(*view, "compromise")) return check;
  if (auto check = no_key_counts(*view, *member, method)) return check;
  const auto* feed = view->feed(member->scid);
  if (feed == nullptr || feed->compromised_keys().empty()) return std::nullopt;
  const auto& keys = feed->compromised_keys();
  const auto* key = keys.find(registry::own_key_name(method, *member));
  core::Json evidence = core::Json::object({{"feed", member->scid}, {"key", method}});
  if (key == nullptr) {
    if (!keys.lacks_some()) return std::nullopt;
    return vc::Check::undetermined("compromise", code_name(TrustCode::registry_stale),
                                   "the feed has given up more keys than are kept here",
                                   "ask the organisation", std::move(evidence));
  }
  evidence = with_position(std::move(evidence), key->said);
  evidence.set("upTo", with_position(core::Json::object(), key->up_to));
  const auto leaf = registry::leaf_hash(core::as_bytes(signature.as_issued()));
  std::vector<registry::IssuedProof> shown;
  for (const core::Json& json : signature.stapled) {
    if (auto proof = registry::parse_issued_proof(json)) shown.push_back(std::move(*proof));
  }
  if (auto own = own_issued_.find(leaf)) shown.push_back(std::move(*own));
  for (const auto& proof : shown) {
    if (!feed->was_issued(leaf, proof, *key)) continue;
    evidence.set("issued", with_position(core::Json::object(), proof.batch));
    return vc::Check::passed("compromise",
                             "the key was stolen, but this was published as issued before",
                             std::move(evidence));
  }
  return vc::Check::failed(
      "compromise", code_name(TrustCode::key_compromised),
      "the key was stolen, and nothing shows that this was issued before",
      "give along where its issuer has published it (`avow vc published`), or ask for a new one",
      std::move(evidence));
}

vc::Check RegistryTrustPolicy::check_subjects(const std::string& issuer,
                                              const std::vector<std::string>& subjects,
                                              core::Instant now) const {
  const auto view = replica_.view();
  const auto own = own_stops_.stops();
  bool is_asked_at_home = true;
  bool is_asked_of_anybody = true;
  for (const std::string& named : subjects) {
    const std::string subject = did_of(named);
    if (const auto stop = own->find(registry::agent_hash(subject)); stop != own->end()) {
      if (auto check = stopped_here(stop->second, subject, now)) return std::move(*check);
    }
    if (view != nullptr) {
      if (auto check = unknown_rules(*view, "subject")) return std::move(*check);
    }
    const registry::Member* by = view != nullptr ? view->member(issuer) : nullptr;
    const registry::Member* home = view != nullptr ? view->member_for(subject) : nullptr;
    is_asked_at_home = is_asked_at_home && home != nullptr;
    is_asked_of_anybody = is_asked_of_anybody && (home != nullptr || by != nullptr);
    if (by != nullptr) {
      if (auto check = stopped_by(*view, *by, subject, now)) return std::move(*check);
    }
    if (home == nullptr || home == by) continue;
    if (auto check = stopped_by(*view, *home, subject, now)) return std::move(*check);
    if (!registry::is_in_namespace_of(subject, *home)) continue;  // the member itself
    // Of the issuer's own feed this is asked anyway.
    const core::Milliseconds limit = limit_of(*view, *own_.rules(), tier_);
    const registry::FeedAge age = view->freshness(home->scid, now);
    if (!age.within(limit))
      return stale("subject", "the organisation of " + subject, age, limit,
                   age_evidence(home->scid, age, limit));
  }
  if (!is_asked_of_anybody)
    return vc::Check::passed("subject", "nobody who could stop it for others is known here");
  return vc::Check::passed("subject", is_asked_at_home ? "its organisation has not stopped it"
                                                       : "its issuer has not stopped it");
}

vc::Check RegistryTrustPolicy::check_local_policy(const std::string& issuer,
                                                  const std::vector<std::string>& types,
                                                  const std::vector<std::string>& subjects) const {
  const auto own = own_.rules();
  const auto view = replica_.view();
  const auto rule = [&](const std::string& did, const std::string& type) {
    return denial_of(view.get(), *own, did, type);
  };
  if (const Denial* denial = rule(issuer, "")) return denied(*denial);
  for (const std::string& type : types) {
    if (const Denial* denial = rule(issuer, type)) return denied(*denial);
  }
  for (const std::string& subject : subjects) {
    if (const Denial* denial = rule(did_of(subject), "")) return denied(*denial);
  }
  return vc::Check::passed("local_policy",
                           "no rule of this node's own stands against issuer, type or subject");
}

}  // namespace avow::node
