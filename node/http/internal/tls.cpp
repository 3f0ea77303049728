#include "node/http/internal/tls.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

namespace avow::node::http {
namespace {

using std::chrono::steady_clock;

// OpenSSL's own BIO for sockets writes without MSG_NOSIGNAL: a server that hangs up would end the process.
int bio_write(BIO* bio, const char* bytes, int size) {
  const int fd = *static_cast<const int*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* to, int size) {
  const int fd = *static_cast<const int*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(fd, to, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

using BioMethod = std::unique_ptr<BIO_METHOD, decltype(&::BIO_meth_free)>;

BioMethod socket_method() {
  BioMethod method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without signals"), &::BIO_meth_free);
  if (method != nullptr) {
    BIO_meth_set_write(method.get(), &bio_write);
    BIO_meth_set_read(method.get(), &bio_read);
    BIO_meth_set_ctrl(method.get(), &bio_control);
  }
  return method;
}

core::Error tls_failure(std::string why) {
  return core::Error{core::ErrorCode::tls_failure, std::move(why)};
}

class TlsStream final : public Stream {
 public:
  TlsStream(FileDescriptor socket, SSL_CTX* context)
      : socket_(std::move(socket)),
        number_(socket_.get()),
        method_(socket_method()),
        ssl_(SSL_new(context), &::SSL_free) {}

  /// fails tls_failure, timed_out
  core::Result<void, core::Error> shake_hands(const std::string& host, SteadyTime until) {
    BIO* bio = method_ == nullptr ? nullptr : BIO_new(method_.get());
    if (ssl_ == nullptr || bio == nullptr) {
      BIO_free(bio);
      return core::fail(tls_failure("TLS cannot be set up"));
    }
    BIO_set_data(bio, &number_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);  // ssl_ owns it now
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(ssl_.get(), host.c_str()) != 1 ||
        SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1) {
      return core::fail(tls_failure("the name of the host cannot be checked"));
    }
    const auto shaken = finish([&] { return SSL_connect(ssl_.get()); }, until);
    if (shaken) return {};
    if (shaken.error() == kTimeIsUp) return core::fail(unreachable(shaken.error()));
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK) return core::fail(tls_failure("no agreement on TLS was reached"));
    return core::fail(tls_failure(std::string("the certificate of the host is not accepted: ") +
                                  X509_verify_cert_error_string(verified)));
  }

  Result<std::size_t, std::string> read(std::span<char> to, SteadyTime until) override {
    const int most =
        static_cast<int>(std::min<std::size_t>(to.size(), std::numeric_limits<int>::max()));
    const auto count = finish([&] { return SSL_read(ssl_.get(), to.data(), most); }, until);
    if (!count) return core::fail(count.error());
    return static_cast<std::size_t>(*count);
  }

  Result<void, std::string> write(std::string_view bytes, SteadyTime until) override {
    while (!bytes.empty()) {
      const int most = static_cast<int>(std::min<std::size_t>(bytes.size(), 16'384));
      const auto count = finish([&] { return SSL_write(ssl_.get(), bytes.data(), most); }, until);
      if (!count) return core::fail(count.error());
      if (*count == 0) return core::fail(std::string(kBroken));
      bytes.remove_prefix(static_cast<std::size_t>(*count));
    }
    return {};
  }

  bool is_quiet() const override { return false; }  // one exchange, then the connection is closed

 private:
  /// Repeats a step of OpenSSL until it is done; gives what it gave, or 0 at a close_notify.
  template <class Step>
  Result<int, std::string> finish(const Step& step, SteadyTime until) {
    for (;;) {
      // Also asks the clock when bytes are there: a steady stream would never let poll time out.
      if (steady_clock::now() >= until) return core::fail(std::string(kTimeIsUp));
      ERR_clear_error();
      const int result = step();
      if (result > 0) return result;
      const int error = SSL_get_error(ssl_.get(), result);
      // OpenSSL's queue belongs to the thread: whoever asks it next must not find what was wrong here.
      ERR_clear_error();
      if (error == SSL_ERROR_ZERO_RETURN) return 0;
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        return core::fail(std::string(kBroken));
      }
      const short event = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      if (!wait_for(number_, event, until)) return core::fail(std::string(kTimeIsUp));
    }
  }

  const FileDescriptor socket_;
  int number_;  // what the BIO points at
  const BioMethod method_;
  const std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_;
};

}  // namespace

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
  SSL_CTX* context = this->context();
  if (context == nullptr) return core::fail(tls_failure("TLS cannot be set up"));
  auto stream = std::make_unique<TlsStream>(std::move(socket), context);
  if (auto shaken = stream->shake_hands(host, until); !shaken) return core::fail(shaken.error());
  return stream;
}

}  // namespace avow::node::http
