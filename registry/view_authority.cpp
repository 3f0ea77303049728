#include <algorithm>
#include <deque>

#include "registry/view.h"

namespace avow::registry {

/// What a member may still do at the end of the best chain to it.
struct View::Reached {
  std::int64_t depth = 0;
  const Edge* via = nullptr;     // null: a grant of the charter
  const Grant* grant = nullptr;  // that one
};

/// One accreditation in force: a member, and whom it accredited.
struct View::Edge {
  const Member* by;
  std::string subject;
  const AccreditationRow* row;
};

/// All accreditations in force that may lie on a chain to the issuer, found backwards. Each member
/// is looked at once, so loops end.
std::vector<View::Edge> View::edges_towards(const std::string& issuer_did, const std::string& type,
                                            core::Instant at) const {
  std::vector<Edge> edges;
  std::set<std::string> seen{issuer_did};
  std::deque<std::string> open{issuer_did};
  while (!open.empty()) {
    const auto subject = std::move(open.front());
    open.pop_front();
    for (const auto& [scid, by] : charter_->members) {
      const auto* row = state(scid)->fold->accreditation(subject, type, at);
      if (row == nullptr) continue;
      edges.push_back({&by, subject, row});
      if (seen.insert(by.did).second) open.push_back(by.did);
    }
  }
  return edges;
}

std::optional<Standing> View::obstacle(std::string_view scid, core::Instant at) const {
  if (charter_->is_evicted(scid)) return Standing::issuer_evicted;
  if (frozen(scid)) return Standing::issuer_forked;
  if (suspension(scid, at)) return Standing::issuer_suspended;
  return std::nullopt;
}

void View::tell_obstacle(Standing obstacle, const std::string& scid, core::Instant at,
                         AuthorityAnswer& answer) const {
  answer.standing = obstacle;
  if (obstacle == Standing::issuer_forked) {
    answer.frozen = frozen(scid);
    answer.frozen_feed = scid;
    return;
  }
  answer.without_standing = scid;
  if (obstacle == Standing::issuer_evicted) answer.evicted = charter_->standing_of(scid).evicted;
  if (obstacle == Standing::issuer_suspended) answer.suspension = suspension(scid, at);
}

/// Follows the edges from the charter's grants. A link leaves less depth than it was made with, so
/// this ends after kMaxAccreditationDepth rounds.
std::map<std::string, View::Reached> View::reach(const std::vector<Edge>& edges,
                                                 const std::string& type, core::Instant at,
                                                 const Preference& counts) const {
  std::map<std::string, Reached> reached;
  for (const auto& [scid, member] : charter_->members) {
    const auto granted = granted_->find({scid, type});
    if (granted == granted_->end()) continue;
    for (const auto* grant : granted->second) {
      if (!grant->in_force(at)) continue;
      const auto best = reached.find(member.did);
      if (best != reached.end() && best->second.depth >= grant->depth) continue;
      reached[member.did] = Reached{grant->depth, nullptr, grant};
    }
  }
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& edge : edges) {
      const auto by = reached.find(edge.by->did);
      if (by == reached.end() || by->second.depth < 1) continue;
      if (!counts(*edge.by)) continue;
      const auto depth = std::min(edge.row->depth, by->second.depth - 1);
      const auto there = reached.find(edge.subject);
      if (there != reached.end() && there->second.depth >= depth) continue;
      reached[edge.subject] = Reached{depth, &edge, nullptr};
      changed = true;
    }
  }
  return reached;
}

/// From the charter down to the issuer. Depth grows strictly towards the charter, so this ends.
void View::add_chain(const std::map<std::string, Reached>& reached, const std::string& issuer_did,
                     const std::string& type, core::Instant at, AuthorityAnswer& answer) const {
  auto subject = issuer_did;
  while (true) {
    const auto& there = reached.find(subject)->second;
    if (there.via == nullptr) {
      const auto& grant = *there.grant;
      answer.chain.push_back({"charter", subject, type, grant.from, grant.until, there.depth,
                              /*said=*/{}, grant.slot});
      break;
    }
    const auto& edge = *there.via;
    answer.chain.push_back({edge.by->did, subject, type, edge.row->from, edge.row->until,
                            there.depth, edge.row->said});
    if (const auto in_the_way = obstacle(edge.by->scid, at)) {
      tell_obstacle(*in_the_way, edge.by->scid, at, answer);
    }
    subject = edge.by->did;
  }
  std::reverse(answer.chain.begin(), answer.chain.end());
}

/// Of whom a chain must be found, for what, and when.
struct View::Subject {
  const std::string& did;
  const std::string& type;
  core::Instant at;
};

namespace {

/// The accreditation that was the last to begin by then, else the first to begin later. Null only if there are none.
const AccreditationRow* nearest(const std::vector<AccreditationRow>& rows, core::Instant at) {
  const AccreditationRow* best = nullptr;
  for (const auto& row : rows) {
    if (best == nullptr || row.from <= at) best = &row;
  }
  return best;
}

AuthorityGap::Reason reason_of(Standing obstacle) {
  if (obstacle == Standing::issuer_evicted) return AuthorityGap::Reason::evicted;
  if (obstacle == Standing::issuer_suspended) return AuthorityGap::Reason::suspended;
  return AuthorityGap::Reason::forked;
}

}  // namespace

std::string_view name_of(AuthorityGap::Reason reason) {
  switch (reason) {
    case AuthorityGap::Reason::never_given:
      return "never_given";
    case AuthorityGap::Reason::not_begun:
      return "not_begun";
    case AuthorityGap::Reason::ended:
      return "ended";
    case AuthorityGap::Reason::no_links_left:
      return "no_links_left";
    case AuthorityGap::Reason::forked:
      return "forked";
    case AuthorityGap::Reason::suspended:
      return "suspended";
    case AuthorityGap::Reason::evicted:
      return "evicted";
    case AuthorityGap::Reason::no_authority:
      return "no_authority";
    case AuthorityGap::Reason::each_other:
      return "each_other";
  }
  return "";
}

/// The gaps right above one subject; who accredited it without authority of its own is looked at next (`open`).
void View::add_gaps(const Subject& subject, const std::map<std::string, Reached>& reached,
                    std::vector<AuthorityGap>& gaps, std::vector<std::string>& open) const {
  using Reason = AuthorityGap::Reason;
  bool is_named = false;
  for (const auto& [scid, by] : charter_->members) {
    const auto& all = state(scid)->fold->accreditations();
    const auto rows = all.find({subject.did, subject.type});
    const auto* row = rows == all.end() ? nullptr : nearest(rows->second, subject.at);
    if (row == nullptr || gaps.size() >= kMaxGaps) continue;
    is_named = true;
    const AuthorityLink link{by.did,     subject.did, subject.type, row->from,
                             row->until, row->depth,  row->said};
    if (subject.at < row->from) {
      gaps.push_back({Reason::not_begun, link});
    } else if (row->until && *row->until <= subject.at) {
      gaps.push_back({Reason::ended, link, row->ended});
    } else if (const auto in_the_way = obstacle(scid, subject.at)) {
      gaps.push_back({reason_of(*in_the_way), link});
    } else if (const auto above = reached.find(by.did);
               above != reached.end() && above->second.depth < 1) {
      gaps.push_back({Reason::no_links_left, link});
    } else if (above == reached.end()) {
      gaps.push_back({Reason::no_authority, link});
      open.push_back(by.did);
    }
  }
  if (!is_named && gaps.size() < kMaxGaps)
    gaps.push_back({Reason::never_given, {"", subject.did, subject.type, {}, {}}});
}

std::vector<AuthorityGap> View::gaps(const std::string& issuer_did, const std::string& type,
                                     core::Instant at) const {
  const auto edges = edges_towards(issuer_did, type, at);
  const auto reached =
      reach(edges, type, at, [&](const Member& by) { return !obstacle(by.scid, at); });
  std::vector<AuthorityGap> gaps;
  const auto* issuer = member(issuer_did);
  const auto own = issuer == nullptr ? std::nullopt : obstacle(issuer->scid, at);
  if (own) {
    gaps.push_back({reason_of(*own), {issuer_did, issuer_did, type, {}, {}}});
    return gaps;
  }
  if (reached.contains(issuer_did)) return gaps;
  std::set<std::string> seen;
  std::vector<std::string> open{issuer_did};
  for (std::size_t i = 0; i < open.size() && gaps.size() < kMaxGaps; ++i) {
    const auto subject = open[i];
    if (seen.insert(subject).second) add_gaps({subject, type, at}, reached, gaps, open);
  }
  const bool is_loop = std::all_of(gaps.begin(), gaps.end(), [](const AuthorityGap& gap) {
    return gap.reason == AuthorityGap::Reason::no_authority;
  });
  // Full of those that are told of, nothing was found out about the rest.
  if (is_loop && gaps.size() < kMaxGaps)
    gaps = {{AuthorityGap::Reason::each_other, {"", issuer_did, type, {}, {}}}};
  return gaps;
}

AuthorityAnswer View::may_issue(const std::string& issuer_did, const std::string& type,
                                core::Instant at, const Preference& is_preferred,
                                std::int64_t links_left) const {
  AuthorityAnswer answer;
  const auto* issuer = member(issuer_did);
  if (issuer != nullptr) {
    if (const auto own = obstacle(issuer->scid, at)) {
      tell_obstacle(*own, issuer->scid, at, answer);
      return answer;
    }
  }
  const auto edges = edges_towards(issuer_did, type, at);
  const auto is_sound = [&](const Member& by) { return !obstacle(by.scid, at); };
  std::vector<Preference> attempts;
  if (is_preferred) {
    attempts.emplace_back([&](const Member& by) { return is_sound(by) && is_preferred(by); });
  }
  attempts.emplace_back(is_sound);
  // Last, what is in the way.
  attempts.emplace_back([](const Member&) { return true; });
  const auto find_chain = [&](std::int64_t least) {
    for (const auto& counts : attempts) {
      const auto reached = reach(edges, type, at, counts);
      const auto there = reached.find(issuer_did);
      if (there == reached.end() || there->second.depth < least) continue;
      answer.standing = Standing::authorised;
      add_chain(reached, issuer_did, type, at, answer);
      return true;
    }
    return false;
  };
  if (find_chain(links_left) || (links_left > 0 && find_chain(0))) return answer;
  const bool known =
      issuer != nullptr || std::any_of(feeds_.begin(), feeds_.end(), [&](const auto& feed) {
        return feed.second.fold->has_accredited(issuer_did);
      });
  answer.standing = known ? Standing::issuer_not_authorised : Standing::issuer_unknown;
  return answer;
}

}  // namespace avow::registry
