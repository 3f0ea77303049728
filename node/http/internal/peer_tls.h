#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

#include "core/ed25519.h"
#include "node/http/internal/tls_session.h"

namespace avow::node::http {

using SslContext = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;

/// TLS between nodes: 1.3 alone; no session is resumed, nothing sent early; of a certificate only the key counts, which
/// is Ed25519's.
class PeerTls {
 public:
  /// `identity`: null for a client that shows no certificate. Null if OpenSSL has no memory.
  static std::unique_ptr<const PeerTls> make(const core::Ed25519SigningKey* identity);

  SSL_CTX* server() const { return server_.get(); }
  SSL_CTX* client() const { return client_.get(); }

 private:
  PeerTls(SslContext server, SslContext client)
      : server_(std::move(server)), client_(std::move(client)) {}

  const SslContext server_;
  const SslContext client_;
};

/// Which key the other side of a handshake shows, and which it may show. Outlives the session that it is tied to.
class ShownKey {
 public:
  /// Any key, or none.
  ShownKey() = default;
  /// One of these (Multikeys).
  explicit ShownKey(std::vector<std::string> allowed)
      : allowed_(std::move(allowed)), is_pinned_(true) {}
  ShownKey(const ShownKey&) = delete;
  ShownKey& operator=(const ShownKey&) = delete;

  void watch(SSL* ssl) { SSL_set_app_data(ssl, this); }
  /// Multikey; "" if a certificate with an Ed25519 key was not shown. Proven once the handshake is done.
  const std::string& key() const { return key_; }
  /// A certificate was shown, whatever its key.
  bool has_certificate() const { return has_certificate_; }

  /// OpenSSL's question whether to go on. Dates, names and signatures of certificates are not looked at.
  static int judge(X509_STORE_CTX* asked, void* ignored);

 private:
  bool take(X509* certificate);

  const std::vector<std::string> allowed_ = {};
  const bool is_pinned_ = false;
  bool has_certificate_ = false;
  std::string key_;
};

}  // namespace avow::node::http
