#pragma once

#include <memory>
#include <string>

#include "core/ed25519.h"
#include "node/error.h"

namespace avow::node::http {

class PeerTls;

/// The key by which a node shows who it is, and TLS 1.3 with it. The certificate around it is made here and now, since
/// TLS wants one: its name and its dates mean nothing.
class PeerIdentity {
 public:
  /// OpenSSL keeps a copy of the key, in memory of its own that is not locked.
  /// fails internal
  static Result<std::shared_ptr<const PeerIdentity>, Error> of(const core::Ed25519SigningKey& key);
  ~PeerIdentity();
  PeerIdentity(const PeerIdentity&) = delete;
  PeerIdentity& operator=(const PeerIdentity&) = delete;

  /// Multikey
  const std::string& key() const { return key_; }
  /// For this folder.
  const PeerTls& tls() const { return *tls_; }

 private:
  PeerIdentity(std::string key, std::unique_ptr<const PeerTls> tls);

  const std::string key_;
  const std::unique_ptr<const PeerTls> tls_;
};

}  // namespace avow::node::http
