#include "node/http/internal/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "node/http/internal/tls_stream.h"

namespace avow::node::http {

core::Error tls_failure(std::string why) {
  return core::Error{core::ErrorCode::tls_failure, std::move(why)};
}

SSL_CTX* TlsClient::context() const {
  std::call_once(is_set_up_, [this] {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = context_.get();
    if (context == nullptr) return;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_default_verify_paths(context) != 1) {
      context_.reset();
    }
    ERR_clear_error();
  });
  return context_.get();
}

core::Result<std::unique_ptr<Stream>, core::Error> TlsClient::connect(FileDescriptor socket,
                                                                      const std::string& host,
                                                                      SteadyTime until) const {
  auto stream = std::make_unique<TlsStream>(std::move(socket), context());
  SSL* ssl = stream->ssl();
  if (ssl == nullptr) return core::fail(tls_failure("TLS cannot be set up"));
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) {
    return core::fail(tls_failure("the name of the host cannot be checked"));
  }
  const auto shaken = stream->shake_hands(until);
  if (shaken) return stream;
  if (shaken.error() == kTimeIsUp) return core::fail(unreachable(shaken.error()));
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_OK) return core::fail(tls_failure("no agreement on TLS was reached"));
  return core::fail(tls_failure(std::string("the certificate of the host is not accepted: ") +
                                X509_verify_cert_error_string(verified)));
}

}  // namespace avow::node::http
