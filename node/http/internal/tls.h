#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "core/error.h"
#include "node/http/internal/stream.h"

namespace avow::node::http {

/// The client's side of TLS: 1.2 or later, the server's certificate checked against the system's trust store (or
/// SSL_CERT_FILE and SSL_CERT_DIR) and the host's name. No renegotiation, no session kept.
class TlsClient {
 public:
  TlsClient();

  /// The stream within TLS over a connected, non-blocking socket; `host` is a name, never an address.
  /// fails tls_failure, timed_out
  core::Result<std::unique_ptr<Stream>, core::Error> connect(FileDescriptor socket,
                                                             const std::string& host,
                                                             SteadyTime until) const;

 private:
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_;
};

}  // namespace avow::node::http
