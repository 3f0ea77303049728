#include "registry/testing/peer.h"

#include <optional>
#include <stdexcept>

#include "registry/view_tree.h"

namespace avow::registry::testing {
namespace {

std::optional<std::string> query_value(const std::string& path, const std::string& name) {
  const auto at = path.find(name + "=");
  if (at == std::string::npos) return std::nullopt;
  const auto from = at + name.size() + 1;
  return path.substr(from, path.find('&', from) - from);
}

core::Json body_of(const gossip::Call& call) {
  return core::parse_json(call.body, {2 * gossip::kMaxBodyBytes, 16, 100'000}).value();
}

}  // namespace

bool is_push(const gossip::Call& call) {
  return call.path == "/gossip/v1/push";
}

Objects pushed_with(const gossip::Call& call) {
  return gossip::parse_push(body_of(call)).value().objects;
}

core::Json answer_of(const Replica& replica, core::Connection& connection, const gossip::Call& call,
                     const std::string& node) {
  const auto asks_for = [&](const char* path) { return call.path.starts_with(path); };
  if (asks_for("/gossip/v1/since")) {
    const auto feed = query_value(call.path, "feed");
    const auto changes =
        replica.since(connection, std::stoll(query_value(call.path, "cursor").value()),
                      std::stoul(query_value(call.path, "max").value()),
                      feed ? std::optional<std::string_view>(*feed) : std::nullopt);
    return gossip::to_json(changes, replica.view()->root(), node);
  }
  if (asks_for("/gossip/v1/fetch")) {
    const auto wanted = gossip::parse_fetch(body_of(call)).value();
    return gossip::to_json(
        replica.fetch(connection, wanted.want, wanted.hashes, gossip::kMaxTextBytes));
  }
  if (!asks_for("/gossip/v1/tree")) throw std::runtime_error("no peer answers to " + call.path);
  const auto ranges = gossip::parse_tree(body_of(call)).value();
  return gossip::to_json(ViewTree(replica.view()->parts()).answer(ranges));
}

}  // namespace avow::registry::testing
