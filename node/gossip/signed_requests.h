#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/clock.h"
#include "core/ed25519.h"
#include "core/http_fetcher.h"
#include "node/gossip/known_peers.h"
#include "node/http/message_signature.h"

namespace avow::node::gossip {

/// Signs a request with the organisation's key, for a node whose own key is not known yet where it asks. Label `avow`, tag
/// `avow-peer`; covered are @method, @target-uri and content-digest, with created, nonce, keyid (Multikey) and alg.
///
/// nonce   different for each request of this key
/// source  RFC 9421, "ed25519"; RFC 9530
void sign_request(core::HttpRequest& request, const core::Ed25519SigningKey& key, core::Instant now,
                  const std::string& nonce);

/// Requests that a member has signed, as sign_request() does. Thread-safe.
class SignedRequests {
 public:
  static constexpr std::int64_t kWindowSeconds = 60;
  static constexpr std::size_t kMaxNonces = 4'096;  // of one key, within the window

  /// `own_url`: of the peer listener, as others ask it.
  SignedRequests(const KnownPeers& known, const core::Clock& clock, const std::string& own_url);

  /// False if it is not signed, or not for this node (its Host), or by no key of a member, or if more was signed with that
  /// key within the window than is remembered.
  /// fails 400 bad_signature_input; 401 insufficient_coverage, signature_expired (over 60 s old, or as far ahead),
  ///       digest_mismatch, bad_signature, replay
  Result<bool, http::SignatureFault> is_of_member(const http::Request& request);

 private:
  /// Is it seen for the first time? Nothing if there is no room to remember it.
  std::optional<bool> is_first(const std::string& key, std::int64_t created,
                               const std::string& nonce, std::int64_t now);

  const KnownPeers& known_;
  const core::Clock& clock_;
  const std::string own_origin_;  // without a default port, as clients write it
  const std::string own_host_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::pair<std::int64_t, std::string>>> seen_;  // by key
};

}  // namespace avow::node::gossip
