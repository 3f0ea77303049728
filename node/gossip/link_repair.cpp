// What a link does where two views stay different.

#include <algorithm>
#include <span>
#include <utility>

#include "core/canonical_json.h"
#include "node/gossip/link.h"

namespace avow::node::gossip {
namespace {

std::size_t count_of(const registry::Objects& objects) {
  return objects.log_entries.size() + objects.statements.size() + objects.proofs.size() +
         objects.heads.size() + objects.slots.size() + objects.votes.size() +
         objects.emergencies.size() + objects.witness_proofs.size();
}

}  // namespace

void Link::repair(const std::string& their_root) {
  const auto view = parts_.replica.view();
  if (!repair_.is_due(their_root != view->root())) return;
  const auto differing = compare(*view);
  const auto name = differing ? repair_.stuck(*differing) : std::nullopt;
  Result<void, Error> done;
  if (!differing) done = fail(differing.error());
  if (name) {
    parts_.log.info("view_repaired", core::Json::object({{"peer", state_.url}, {"part", *name}}));
    done = exchange_part(*name);
  }
  // The pull went well, and the next comparison tries again.
  const auto why = done ? std::string() : done.error().what;
  if (why != std::exchange(repair_fault_, why) && !why.empty())
    parts_.log.warning("view_not_repaired",
                       core::Json::object({{"peer", state_.url}, {"why", why}}));
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
  std::vector<std::string> ours;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    registry::Changes page;
    page.more = true;
    for (int round = 0; round < kMaxRounds && page.more; ++round) {
      page = parts_.replica.since(connection, page.cursor, kMaxPulled, name);
      for (auto& id : page.ids) ours.push_back(std::move(id.hash));
    }
  });
  if (!read) return fail(from_core(read.error(), "cannot read the replica"));
  std::set<std::string> lacking(ours.begin(), ours.end());
  std::int64_t cursor = 0;
  bool has_more = true;
  for (int round = 0; round < kMaxRounds && has_more; ++round) {
    const auto page = take_page(cursor, name);
    if (!page) return fail(page.error());
    for (const auto& id : page->changes.ids) lacking.erase(id.hash);
    cursor = page->changes.cursor;
    has_more = page->changes.more;
  }
  if (has_more) return {};  // what it lists further is not known
  std::erase_if(ours, [&](const std::string& hash) { return !lacking.contains(hash); });
  return give(ours);
}

Result<void, Error> Link::give(std::span<const std::string> hashes) {
  while (!hashes.empty()) {
    registry::Objects objects;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      objects = parts_.replica.fetch(connection, {}, hashes, kMaxTextBytes);
    });
    if (!read) return fail(from_core(read.error(), "cannot read the replica"));
    // As many of the first as there was room for; none where something newer has taken its place.
    hashes = hashes.subspan(std::clamp<std::size_t>(count_of(objects), 1, hashes.size()));
    if (objects.empty()) continue;
    const auto answer = send(objects);
    if (!answer) return fail(answer.error());
    if (auto served = send_what_is_needed(*answer); !served) return fail(served.error());
  }
  return {};
}

}  // namespace avow::node::gossip
