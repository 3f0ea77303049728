#include "node/node_keys.h"

#include <utility>

namespace avow::node {
namespace {

constexpr std::string_view kNow = "node";
constexpr std::string_view kNext = "node-next";

Result<core::Ed25519SigningKey, Error> made(Keystore& store, std::string_view name,
                                            core::Random& random) {
  auto key = core::Ed25519SigningKey::generate(random);
  if (!key) return fail(from_core(key.error(), "cannot make a key of the node"));
  if (auto added = store.add(name, *key); !added) return fail(added.error());
  return std::move(*key);
}

}  // namespace

Result<NodeKeys, Error> open_node_keys(Keystore& store, core::Random& random) {
  if (!store.contains(kNow) && store.contains(kNext)) {
    // A rotation: written under its new name first, and removed under the old one once that is durable.
    const auto next = store.load(kNext);
    if (!next) return fail(next.error());
    if (auto added = store.add(kNow, *next); !added) return fail(added.error());
  }
  auto now = store.contains(kNow) ? store.load(kNow) : made(store, kNow, random);
  if (!now) return fail(now.error());
  if (store.contains(kNext)) {
    const auto next = store.load(kNext);
    if (!next) return fail(next.error());
    if (next->public_key() != now->public_key())
      return NodeKeys{std::move(*now), next->public_key()};
    if (auto removed = store.remove(kNext); !removed) return fail(removed.error());
  }
  const auto next = made(store, kNext, random);
  if (!next) return fail(next.error());
  return NodeKeys{std::move(*now), next->public_key()};
}

Result<NodeKeys, Error> rotate_node_key(Keystore& store, core::Random& random) {
  // A directory from before there were any gets them first.
  if (auto opened = open_node_keys(store, random); !opened) return opened;
  if (auto removed = store.remove(kNow); !removed) return fail(removed.error());
  return open_node_keys(store, random);
}

}  // namespace avow::node
