#include "node/gossip/known_peers.h"

#include <algorithm>
#include <utility>

#include "core/ed25519.h"
#include "node/http/address.h"
#include "node/http/url.h"

namespace avow::node::gossip {
namespace {

std::string origin_of(const std::string& url) {
  const auto parsed = http::parse_url(url);
  return parsed ? parsed->origin() : "";
}

/// Calls `see` with each member and each entry of its node.set; who was evicted is a member no more.
template <class See>
void each_node(const registry::Replica& replica, const See& see) {
  const auto view = replica.view();
  if (view == nullptr) return;
  for (const auto& [scid, member] : view->charter().members) {
    const registry::FeedFold* feed = view->feed(scid);
    if (feed == nullptr || !feed->nodes() || view->charter().is_evicted(scid)) continue;
    for (const registry::NodePeer& node : feed->nodes()->peers) see(member, node);
  }
}

/// Has a member named that key once and names it no more, or did one that was evicted name it?
bool is_given_up(const registry::Replica& replica, const std::string& multikey) {
  const auto key = core::Ed25519PublicKey::from_multikey(multikey);
  const auto view = replica.view();
  if (!key || view == nullptr) return false;
  const auto& members = view->charter().members;
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    const registry::FeedFold* feed = view->feed(member.first);
    if (feed == nullptr) return false;
    const auto& retired = feed->retired_node_keys();
    if (std::find(retired.begin(), retired.end(), *key) != retired.end()) return true;
    if (!view->charter().is_evicted(member.first) || !feed->nodes()) return false;
    const auto& nodes = feed->nodes()->peers;
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const registry::NodePeer& node) { return node.key == *key; });
  });
}

}  // namespace

Result<PeerAddress, Error> parse_peer(std::string_view text) {
  const auto hash = text.find('#');
  PeerAddress peer{std::string(text.substr(0, hash)),
                   hash == std::string_view::npos ? "" : std::string(text.substr(hash + 1))};
  const auto url = http::parse_url(peer.url);
  const std::string what = "the peer " + std::string(text) + " is not one";
  const std::string fix =
      "write --peer https://ADDR:PORT#KEY, as its avow status shows it, or "
      "http://ADDR:PORT on a private network";
  if (!url) return fail(Error{ErrorCode::usage, what, url.error().why, fix});
  while (peer.url.ends_with('/')) peer.url.pop_back();
  if (hash != std::string_view::npos &&
      (url->scheme == "http" || !core::Ed25519PublicKey::from_multikey(peer.key))) {
    return fail(Error{ErrorCode::usage, what,
                      url->scheme == "http" ? "plain http shows no key"
                                            : "after # stands the Multikey of an Ed25519 key",
                      fix});
  }
  const std::string& host = url->authority.host;
  if (url->scheme == "http" && http::is_ip_address(host) && !http::is_local_address(host)) {
    return fail(Error{ErrorCode::address_refused,
                      "the peer " + std::string(text) + " is at an address of the public Internet",
                      "over plain http nobody is authenticated",
                      "have it listen with TLS and give --peer https://ADDR:PORT#KEY, or reach it "
                      "over a private network (10.…, 192.168.…), as a VPN makes one"});
  }
  return peer;
}

KnownPeers::KnownPeers(const registry::Replica& replica, std::vector<PeerAddress> named,
                       Proven proven)
    : replica_(replica), named_(std::move(named)), proven_(std::move(proven)) {}

std::vector<std::string> KnownPeers::keys_at(const std::string& origin) const {
  std::vector<std::string> keys;
  const auto add = [&](std::string key) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  };
  each_node(replica_, [&](const registry::Member&, const registry::NodePeer& node) {
    if (node.url == origin) add(node.key.to_multikey());
  });
  for (const PeerAddress& peer : named_) {
    if (!peer.key.empty() && origin_of(peer.url) == origin && !is_given_up(replica_, peer.key))
      add(peer.key);
  }
  return keys;
}

std::string KnownPeers::member_of(const std::string& key) const {
  std::string did;
  each_node(replica_, [&](const registry::Member& member, const registry::NodePeer& node) {
    if (did.empty() && node.key.to_multikey() == key) did = member.did;
  });
  return did;
}

bool KnownPeers::signs_for_member(const core::Ed25519PublicKey& key) const {
  const auto view = replica_.view();
  if (view == nullptr) return false;
  const auto& members = view->charter().members;
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    const registry::MemberLog* log = view->log(member.first);
    if (log == nullptr || log->fork() || view->charter().is_evicted(member.first)) return false;
    const auto& keys = log->current().keys;
    return std::any_of(keys.begin(), keys.end(),
                       [&](const auto& one) { return one.second == key; });
  });
}

bool KnownPeers::may_read(const http::Request& request) const {
  if (http::is_local_address(request.peer)) return true;
  if (!request.peer_key) return false;
  if (!member_of(*request.peer_key).empty()) return true;
  return std::any_of(named_.begin(), named_.end(), [&](const PeerAddress& peer) {
    if (peer.key != *request.peer_key) return false;
    const auto keys = keys_at(origin_of(peer.url));
    return std::find(keys.begin(), keys.end(), peer.key) != keys.end();
  });
}

std::string KnownPeers::peer_behind(const http::Request& request) const {
  if (!request.peer_key) return "";
  for (const PeerAddress& peer : named_) {
    if (proven_at(peer.url) == *request.peer_key) return peer.url;
  }
  return "";
}

std::string KnownPeers::proven_at(const std::string& url) const {
  return proven_(origin_of(url));
}

}  // namespace avow::node::gossip
