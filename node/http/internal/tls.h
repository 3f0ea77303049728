#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include "core/error.h"
#include "node/http/internal/stream.h"

namespace avow::node::http {

core::Error tls_failure(std::string why);

/// The client's side of TLS towards strangers: 1.2 or later, the server's certificate checked against the system's trust store (or
/// SSL_CERT_FILE and SSL_CERT_DIR) and the host's name. No renegotiation, no session kept.
class TlsClient {
 public:
  /// The stream within TLS over a connected, non-blocking socket; `host` is a name, never an address.
  /// fails tls_failure, timed_out
  core::Result<std::unique_ptr<Stream>, core::Error> connect(FileDescriptor socket,
                                                             const std::string& host,
                                                             SteadyTime until) const;

 private:
  /// Made when first asked for: to read the trust store takes longer than most commands. Null if it cannot be.
  SSL_CTX* context() const;

  mutable std::once_flag is_set_up_;
  mutable std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{nullptr, &::SSL_CTX_free};
};

}  // namespace avow::node::http
