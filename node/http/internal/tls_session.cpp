#include "node/http/internal/tls_session.h"

#include <algorithm>
#include <cerrno>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

namespace avow::node::http {
namespace {

constexpr std::size_t kMaxRecord = 16'384;

// OpenSSL's own BIO for sockets writes without MSG_NOSIGNAL: a peer that hangs up would end the process.
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

std::unique_ptr<BIO_METHOD, decltype(&::BIO_meth_free)> socket_method() {
  std::unique_ptr<BIO_METHOD, decltype(&::BIO_meth_free)> method(
      BIO_meth_new(BIO_TYPE_SOURCE_SINK, "socket without signals"), &::BIO_meth_free);
  if (method != nullptr) {
    BIO_meth_set_write(method.get(), &bio_write);
    BIO_meth_set_read(method.get(), &bio_read);
    BIO_meth_set_ctrl(method.get(), &bio_control);
  }
  return method;
}

}  // namespace

TlsSession::TlsSession(int socket, SSL_CTX* context)
    : socket_(socket),
      method_(socket_method()),
      ssl_(context == nullptr ? nullptr : SSL_new(context), &::SSL_free) {
  BIO* bio = method_ == nullptr ? nullptr : BIO_new(method_.get());
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    ssl_.reset();
    return;
  }
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // ssl_ owns it now
}

template <class Call>
TlsSession::Step TlsSession::take(const Call& call) {
  if (ssl_ == nullptr) return {State::broken};
  ERR_clear_error();
  const int result = call(ssl_.get());
  if (result > 0) return {State::done, static_cast<std::size_t>(result)};
  const int error = SSL_get_error(ssl_.get(), result);
  // OpenSSL's queue belongs to the thread: whoever asks it next must not find what was wrong here.
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return {State::wants_read};
    case SSL_ERROR_WANT_WRITE:
      return {State::wants_write};
    case SSL_ERROR_ZERO_RETURN:
      return {State::ended};
    default:
      return {State::broken};
  }
}

TlsSession::Step TlsSession::connect() {
  return take([](SSL* ssl) { return SSL_connect(ssl); });
}

TlsSession::Step TlsSession::accept() {
  return take([](SSL* ssl) { return SSL_accept(ssl); });
}

TlsSession::Step TlsSession::read(std::span<char> to) {
  return take([&](SSL* ssl) {
    return SSL_read(ssl, to.data(), static_cast<int>(std::min(to.size(), kMaxRecord)));
  });
}

TlsSession::Step TlsSession::write(std::string_view bytes) {
  return take([&](SSL* ssl) {
    return SSL_write(ssl, bytes.data(), static_cast<int>(std::min(bytes.size(), kMaxRecord)));
  });
}

void TlsSession::say_goodbye() {
  take([](SSL* ssl) { return SSL_shutdown(ssl); });
}

bool TlsSession::holds_bytes() const {
  return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1;
}

}  // namespace avow::node::http
