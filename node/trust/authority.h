#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "registry/view.h"

namespace avow::node {

/// May `entity` do `action` with `resource`, at that time, by the authority of the whole network?
struct AuthorityQuestion {
  std::string entity;  // DID
  std::string action;  // below
  std::string
      resource;  // a credential type; of `govern` the network's id as URI; of `operate-node` a URL
  core::Instant at;
  core::Instant now;
};

/// active       yes
/// none         no; nobody says so. Of whom nothing is known and of whom too little is the same answer.
/// suspended, evicted   no; the network has stopped this member, for a time or for ever
/// forked       not while a feed that decides says two things
/// undetermined too little is known here to say yes: what decides is stale, or is not kept for that time, or the network's
///              rules are not known to this software
enum class AuthorityStatus { active, none, suspended, evicted, forked, undetermined };
std::string_view name_of(AuthorityStatus status);

/// from ≤ t < until, where either is known.
struct Interval {
  std::optional<core::Instant> from = {};
  std::optional<core::Instant> until = {};
};

struct AuthorityRuling {
  AuthorityStatus status = AuthorityStatus::none;
  std::string message;  // for people
  registry::AuthorityAnswer by = {};
  std::string stale_feed = {};  // SCID, if that is why it is undetermined
  /// Of active and suspended: since when it is so and until when, by what is decided. Of active: what all links of the chain
  /// have in common, between the suspensions of all whom they name; another chain may hold for longer.
  Interval valid = {};
  bool holds() const { return status == AuthorityStatus::active; }
};

/// The network's id as an absolute URI: ni:///sha-256;<hash of the charter>.
/// source RFC 6920 "ni URI Format"; node/README.md "Decisions"
std::string authority_id(const registry::Charter& charter);

/// What helps where Charter::unknown_rules says why nothing is answered.
inline constexpr std::string_view kUpdate =
    "update avow on this node: the network's governors have agreed on newer rules";

/// {"by","subject","type","depth","from"?,"until"?,"epoch"?,"sequence"?,"slot"?}: epoch and sequence name the statement in
/// the feed of `by`, slot the one in which the network granted it.
core::Json to_json(const registry::AuthorityLink& link);
core::Json to_json(const std::vector<registry::AuthorityLink>& chain);

/// What is missing for a yes to whether `did` may issue the type then: [{…a link, or "subject" and "type", "reason",
/// "endedBy"?: {"epoch","sequence"}}]; endedBy is the statement, in the feed of the link's `by`, that ended it.
core::Json missing_for(const registry::View& view, const std::string& did, const std::string& type,
                       core::Instant at);

/// {"epoch","sequence"}: where a feed is frozen. What it says from there on counts no more.
core::Json to_json(const registry::Frozen& frozen);

/// Adds where the feed that would decide is forked, if that is why: {"feed": SCID,"frozenAt"}.
void add_fork(const registry::AuthorityAnswer& answer, core::Json& json);

/// Adds who keeps the answer from being yes, if the network has stopped a member: {"member": DID,"from","until"?,
/// "slot" or "emergency": true and "by": [DID of a governor who signed…]} of a suspension, {"member","slot"} of an eviction.
void add_stop(const registry::View& view, const registry::AuthorityAnswer& answer,
              core::Json& json);

/// What is issued under each link of a chain is only as good as what is known of the feeds that made it.
struct FreshAuthority {
  registry::AuthorityAnswer answer;
  /// The first, from the charter down, of whom nothing young enough for `at` is known. Null: all are fresh.
  const registry::Member* stale_accreditor = nullptr;
};

/// View::may_issue by a chain of which all is fresh, by accreditors that are believed (all, if it is not said who); only if
/// there is none, by another. One that leaves fewer than `links_left` comes last.
FreshAuthority may_issue_freshly(const registry::View& view, const std::string& did,
                                 const std::string& type, core::Instant at, core::Instant now,
                                 core::Milliseconds limit,
                                 const registry::View::Preference& is_believed = {},
                                 std::int64_t links_left = 0);

/// issue         may issue credentials of that type
/// delegate      may accredit others for that type: at least one link is left
/// govern        votes on the network's charter, now
/// operate-node  has named that URL as a node of its own, and is not suspended, now
/// Any other action is nobody's here: status none, and the message says so.
AuthorityRuling authorization(const registry::View& view, const AuthorityQuestion& question,
                              core::Milliseconds limit);

/// Does the network take `entity` for an authority itself: may others issue that type by its word? Of action `issue`
/// only.
AuthorityRuling recognition(const registry::View& view, const AuthorityQuestion& question,
                            core::Milliseconds limit);

/// Why an authorization was not given, or by what, for the node's own people:
/// {"authority","entity","action","resource","authorized","status","code","message","timeEvaluated","chain":[link…],
///  "missing":[{"reason","subject","type","by"?,"depth"?,"from"?,"until"?,"epoch"?,"sequence"?,"endedBy":{"epoch","sequence"}?}…],
///  "decidedBy"?: {"slot"} for `govern`, {"by","kind","epoch","sequence"} for `operate-node`, "staleFeed"?,"forkedAt"?: what add_fork adds,"stoppedBy"?: what add_stop adds}
/// `code` is what a verdict would say, empty if authorized; a reason is a name of registry::AuthorityGap::Reason. That
/// `entity` is no member's DID is said in the message alone. Of `govern` the network's own id ("u…") is taken as well.
core::Json explain(const registry::View& view, const AuthorityQuestion& question,
                   core::Milliseconds limit);

/// What the own people should know who let `did` issue a credential of that type now: why members do not believe it, by what is
/// known here, and the command that tells more. Nothing if they do.
std::optional<std::string> warning_of_issuing(const registry::View& view, const std::string& did,
                                              const std::string& type, core::Instant now);
/// The same of an accreditation by `did` for these types.
std::optional<std::string> warning_of_accrediting(const registry::View& view,
                                                  const std::string& did,
                                                  const std::vector<std::string>& types,
                                                  core::Instant now);

}  // namespace avow::node
