#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/http_fetcher.h"
#include "node/http/peer_identity.h"

namespace avow::node::http {

/// The code with which a node refuses who is not known to it.
inline constexpr std::string_view kPeerUnknown = "peer_unknown";
/// … or does not listen to it now, since another is listened to who is not known either.
inline constexpr std::string_view kPeerBusy = "busy";

/// To other nodes' peer listeners. A URL with https:// is judged by the key of the node alone: it must be one of those that
/// `pins` names for its origin, now, also on a connection that was kept; no name, date or authority of a certificate is
/// looked at. TLS 1.3 with `identity`, or without a certificate if that is null. http:// goes to `plain`. Where the answer is
/// peer_unknown or busy, the request is sent once more as `sign` signs it, if that is given.
///
/// url     public addresses and numeric hosts too: it is a person who named it
/// limits  those of PlainHttpFetcher; the deadline covers the handshake
/// fails   tls_failure, whose detail says peer_key_mismatch (another key than pinned), peer_key_unknown (no key is pinned),
///         or that no TLS 1.3 was agreed on; what PlainHttpFetcher fails with
/// threads any number at once
class PeerClient final : public core::HttpFetcher {
 public:
  /// Origin ("https://10.0.0.6:8444") → Multikeys.
  using Pins = std::function<std::vector<std::string>(const std::string& origin)>;
  using Sign = std::function<void(core::HttpRequest& request)>;
  PeerClient(core::HttpFetcher& plain, std::shared_ptr<const PeerIdentity> identity, Pins pins,
             Sign sign = {});
  ~PeerClient() override;
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

  /// The key that the node at this origin has proven last; "" if it has proven none.
  std::string proven_key(const std::string& origin) const;

 private:
  class Connections;

  core::Result<core::HttpResponse, core::Error> fetch_once(const core::HttpRequest& request);

  core::HttpFetcher& plain_;
  const Sign sign_;
  const std::unique_ptr<Connections> connections_;
};

}  // namespace avow::node::http
