#include <algorithm>
#include <deque>

#include "registry/view.h"

namespace avow::registry {

/// What a member may still do at the end of the best chain to it.
struct View::Reached {
  std::int64_t depth = 0;
  const Edge* via = nullptr;  // null: a grant of the charter
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

/// Follows the edges from the charter's grants. A link leaves less depth than it was made with, so
/// this ends after kMaxAccreditationDepth rounds.
std::map<std::string, View::Reached> View::reach(const std::vector<Edge>& edges,
                                                 const std::string& type,
                                                 bool through_frozen) const {
  std::map<std::string, Reached> reached;
  for (const auto& [scid, member] : charter_->members) {
    const auto grant = granted_->find({scid, type});
    if (grant != granted_->end()) reached[member.did] = Reached{grant->second, nullptr};
  }
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& edge : edges) {
      const auto by = reached.find(edge.by->did);
      if (by == reached.end() || by->second.depth < 1) continue;
      if (!through_frozen && frozen(edge.by->scid)) continue;
      const auto depth = std::min(edge.row->depth, by->second.depth - 1);
      const auto there = reached.find(edge.subject);
      if (there != reached.end() && there->second.depth >= depth) continue;
      reached[edge.subject] = Reached{depth, &edge};
      changed = true;
    }
  }
  return reached;
}

/// From the charter down to the issuer. Depth grows strictly towards the charter, so this ends.
void View::add_chain(const std::map<std::string, Reached>& reached, const std::string& issuer_did,
                     const std::string& type, AuthorityAnswer& answer) const {
  auto subject = issuer_did;
  while (true) {
    const auto& there = reached.find(subject)->second;
    if (there.via == nullptr) {
      answer.chain.push_back({"charter", subject, type, {}, {}, there.depth});
      break;
    }
    const auto& edge = *there.via;
    answer.chain.push_back({edge.by->did, subject, type, edge.row->from, edge.row->until,
                            there.depth, edge.row->sequence});
    if (const auto at = frozen(edge.by->scid)) {
      answer.frozen = at;
      answer.frozen_feed = edge.by->scid;
    }
    subject = edge.by->did;
  }
  std::reverse(answer.chain.begin(), answer.chain.end());
}

AuthorityAnswer View::may_issue(const std::string& issuer_did, const std::string& type,
                                core::Instant at) const {
  AuthorityAnswer answer;
  const auto* issuer = member(issuer_did);
  if (issuer != nullptr) {
    answer.frozen = frozen(issuer->scid);
    if (answer.frozen) {
      answer.standing = Standing::issuer_forked;
      answer.frozen_feed = issuer->scid;
      return answer;
    }
  }
  const auto edges = edges_towards(issuer_did, type, at);
  for (const bool through_frozen : {false, true}) {
    const auto reached = reach(edges, type, through_frozen);
    if (!reached.contains(issuer_did)) continue;
    add_chain(reached, issuer_did, type, answer);
    answer.standing = through_frozen ? Standing::issuer_forked : Standing::authorised;
    return answer;
  }
  const bool known =
      issuer != nullptr || std::any_of(feeds_.begin(), feeds_.end(), [&](const auto& feed) {
        return feed.second.fold->has_accredited(issuer_did);
      });
  answer.standing = known ? Standing::issuer_not_authorised : Standing::issuer_unknown;
  return answer;
}

}  // namespace avow::registry
