// What a link does where two views stay different.

#include <algorithm>
#include <span>
#include <utility>

#include "core/canonical_json.h"
#include "node/gossip/link.h"
#include "node/transaction.h"

namespace avow::node::gossip {

Result<void, Error> Link::repair(const std::string& their_root) {
  const auto view = parts_.replica.view();
  if (!repair_.is_due(their_root != view->root())) return {};
  const auto differing = compare(*view);
  if (!differing) return fail(differing.error());
  for (const auto& name : repair_.stuck(*differing)) {
    parts_.log.info("view_repaired", core::Json::object({{"peer", state_.url}, {"part", name}}));
    if (auto done = exchange_part(name); !done) return done;
  }
  return {};
}

Result<DifferentParts, Error> Link::compare(const registry::View& view) {
  const auto parts = view.parts();
  std::map<std::string, std::string> own;
  for (const auto& part : parts) own.emplace(part.name, part.digest);
  const registry::ViewTree tree(parts);
  DifferentParts differing;
  std::vector<registry::TreeRange> asked{tree.root()};
  for (int round = 0; round < kMaxRounds && !asked.empty(); ++round) {
    asked.resize(std::min(asked.size(), registry::kMaxTreeRanges));
    const auto body =
        exchange("POST", "/gossip/v1/tree",
                 core::to_canonical(to_json(std::span<const registry::TreeRange>(asked))));
    if (!body) return fail(body.error());
    const auto answer = parse_tree_answer(*body);
    if (!answer)
      return fail(Error{ErrorCode::unreachable, "the peer's answer has another form",
                        answer.error().detail, ""});
    auto difference = tree.compare(asked, *answer);
    for (auto& [name, theirs] : difference.parts) {
      // Of whom no slot here admits, the slots differ too.
      const auto here = own.find(name);
      if (here != own.end()) differing.insert({name, {here->second, std::move(theirs)}});
    }
    asked = std::move(difference.ranges);
  }
  return differing;
}

Result<void, Error> Link::exchange_part(const std::string& name) {
  std::set<std::string> theirs;
  std::int64_t cursor = 0;
  bool has_more = true;
  for (int round = 0; round < kMaxRounds && has_more; ++round) {
    const auto page = take_page(cursor, name);
    if (!page) return fail(page.error());
    for (const auto& id : page->changes.ids) theirs.insert(id.hash);
    cursor = page->changes.cursor;
    has_more = page->changes.more;
  }
  if (has_more) return {};  // what it lists further is not known
  return transact(parts_.database, "cannot queue what the peer lacks",
                  [&](core::Transaction& transaction) -> Result<void, Error> {
                    registry::FeedWriter store(transaction);
                    for (const auto& id : store.ingested_after(0, kMaxPulled * kMaxRounds, name)) {
                      if (!theirs.contains(id.hash)) store.queue(state_.url, id.n);
                    }
                    return {};
                  });
}

}  // namespace avow::node::gossip
