#include "registry/gossip/internal/repairing.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/canonical_json.h"

namespace avow::registry::gossip {
namespace {

/// What is listed here of a part, or the first of it.
std::vector<std::string> listed(const Here& here, const std::string& part) {
  std::vector<std::string> hashes;
  Changes page;
  page.more = true;
  for (int round = 0; round < Link::kMaxRounds && page.more; ++round) {
    page = here.parts.replica.since(here.connection, page.cursor, Link::kMaxPulled, part);
    for (auto& id : page.ids) hashes.push_back(std::move(id.hash));
  }
  return hashes;
}

Next went_well(Here& here) {
  here.memory.repair_fault.clear();
  return over();
}

}  // namespace

Comparing::Comparing(const View& view)
    : parts_(view.parts()), tree_(parts_), asked_{tree_.root()} {}

Next Comparing::next(Here& /*here*/, const Outcome& outcome) {
  if (!std::holds_alternative<Begun>(outcome)) {
    const auto answer = parse_tree_answer(json_in(outcome));
    if (!answer) return core::fail(other_form(answer.error()));
    auto difference = tree_.compare(asked_, *answer);
    for (const auto& part : parts_) {
      // Of whom no slot here admits, the slots differ too.
      const auto there = difference.parts.find(part.name);
      if (there != difference.parts.end())
        differing_.insert({part.name, {part.digest, std::move(there->second)}});
    }
    asked_ = std::move(difference.ranges);
  }
  asked_.resize(std::min(asked_.size(), kMaxTreeRanges));
  if (asked_.empty() || rounds_++ == Link::kMaxRounds) return over();
  return Ask(Call{"POST", "/gossip/v1/tree",
                  core::to_canonical(to_json(std::span<const TreeRange>(asked_)))});
}

Next Repairing::next(Here& here, const Outcome& outcome) {
  if (std::holds_alternative<Begun>(outcome)) {
    const auto view = here.parts.replica.view();
    if (!here.memory.repair.is_due(here.memory.pull.last->root != view->root())) return over();
    return comparing_.emplace(*view).next(here, outcome);
  }
  Conversation& under_way = giving_ ? static_cast<Conversation&>(*giving_)
                            : page_ ? static_cast<Conversation&>(*page_)
                                    : *comparing_;
  auto next = under_way.next(here, outcome);
  if (!next || *next) return next;
  if (giving_) return went_well(here);
  return page_ ? page_read(here) : compared(here);
}

Next Repairing::compared(Here& here) {
  const auto part = here.memory.repair.stuck(comparing_->differing());
  if (!part) return went_well(here);
  here.news.emplace_back(ViewRepaired{*part});
  part_ = *part;
  ours_ = listed(here, part_);
  lacking_ = {ours_.begin(), ours_.end()};
  return page(here, 0);
}

Next Repairing::page(Here& here, std::int64_t cursor) {
  if (rounds_++ == Link::kMaxRounds) return went_well(here);  // what it lists further is not known
  return page_.emplace(cursor, part_).next(here, Begun{});
}

Next Repairing::page_read(Here& here) {
  const Changes& changes = page_->answer().changes;
  for (const auto& id : changes.ids) lacking_.erase(id.hash);
  if (changes.more) return page(here, changes.cursor);
  std::erase_if(ours_, [&](const std::string& hash) { return !lacking_.contains(hash); });
  return giving_.emplace(Objects{}, std::move(ours_)).next(here, Begun{});
}

}  // namespace avow::registry::gossip
