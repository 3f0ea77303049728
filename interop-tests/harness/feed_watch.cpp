#include "interop-tests/harness/feed_watch.h"

#include <algorithm>
#include <stdexcept>

#include "registry/gossip/messages.h"
#include "registry/statement.h"

namespace avow::interop {

namespace gossip = registry::gossip;

void FeedWatch::read(const Node& node) {
  const Client peer = node.at_peer();
  std::int64_t& cursor = cursors_[node.name()];
  while (true) {
    const Reply since = peer.get("/gossip/v1/since?cursor=" + std::to_string(cursor));
    const auto page = gossip::parse_since_answer(since.body);
    if (!since.ok() || !page) throw std::runtime_error(node.name() + ": " + since.text);
    gossip::Fetch fetch;
    for (const registry::ObjectId& id : page->changes.ids) {
      if (id.object_class == registry::ObjectClass::statement) fetch.hashes.push_back(id.hash);
    }
    // An answer is cut at a size; the rest is asked for again.
    while (!fetch.hashes.empty()) {
      const Reply reply = peer.post("/gossip/v1/fetch", gossip::to_json(fetch));
      const auto objects = gossip::parse_objects(reply.body);
      if (!reply.ok() || !objects || objects->statements.empty())
        throw std::runtime_error(node.name() + " does not give what it names: " + reply.text);
      for (const std::string& text : objects->statements) remember(text);
      fetch.hashes.erase(
          fetch.hashes.begin(),
          fetch.hashes.begin() + static_cast<std::ptrdiff_t>(
                                     std::min(objects->statements.size(), fetch.hashes.size())));
    }
    cursor = page->changes.cursor;
    if (!page->changes.more) return;
  }
}

void FeedWatch::remember(const std::string& text) {
  const auto statement = registry::parse_statement(text);
  if (!statement) throw std::runtime_error("no statement: " + statement.error().detail);
  const Position position{statement->feed, statement->epoch, statement->sequence};
  const auto [known, is_new] = hashes_.emplace(position, statement->hash);
  if (!is_new && known->second != statement->hash)
    signed_twice_ += statement->feed + " " + std::to_string(statement->sequence) + "\n";
}

}  // namespace avow::interop
