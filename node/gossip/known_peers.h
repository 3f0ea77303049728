#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ed25519.h"
#include "node/error.h"
#include "node/http/message.h"
#include "registry/replica.h"

namespace avow::node::gossip {

/// A peer as a person names it: "http://ADDR:PORT", or "https://HOST:PORT#z6Mk…" with the key that its node has, where
/// the network's view does not tell it yet.
struct PeerAddress {
  std::string url;  // without a trailing slash
  std::string key;  // Multikey, or ""
};
/// fails usage (no URL, http with a key, a key that is none), address_refused (http to a public address)
Result<PeerAddress, Error> parse_peer(std::string_view text);

/// Whose node is whose, by keys: `node.set` of the members says it, and whoever started this node, whose word no member can
/// take the place of: only he knows a node whose newest node.set has not come. Both are asked anew each time, and a key that
/// a member names no more is nobody's from that statement on, also where he named it. Thread-safe.
class KnownPeers {
 public:
  /// The key that the node at this origin has proven last; "" if none.
  using Proven = std::function<std::string(const std::string& origin)>;
  KnownPeers(const registry::Replica& replica, std::vector<PeerAddress> named, Proven proven);

  /// The keys (Multikeys) that the node at this origin ("https://10.0.0.6:8444") may have. Members that name one URL are
  /// all taken at their word.
  std::vector<std::string> keys_at(const std::string& origin) const;
  /// The DID of the member whose node has that key; "" if no member names it.
  std::string member_of(const std::string& key) const;
  /// Is it one with which a member signs statements now, by the newest entry of its log?
  bool signs_for_member(const core::Ed25519PublicKey& key) const;
  /// May who asks this read what members publish? On loopback and private addresses anybody may; from elsewhere nodes
  /// that are known by their key.
  bool may_read(const http::Request& request) const;
  /// The URL of the peer of ours whose node asks this, by the key that it shows there and here; "" if that is not known.
  std::string peer_behind(const http::Request& request) const;
  /// The key that the node at this URL of a peer has proven last, or "".
  std::string proven_at(const std::string& url) const;

 private:
  const registry::Replica& replica_;
  const std::vector<PeerAddress> named_;
  const Proven proven_;
};

}  // namespace avow::node::gossip
