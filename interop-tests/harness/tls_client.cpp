#include "interop-tests/harness/tls_client.h"

#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace avow::interop {
namespace {

sockaddr_in ipv4(const std::string& address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &made.sin_addr);
  return made;
}

core::FileDescriptor connect_to(const std::string& address, std::uint16_t port,
                                const std::string& from) {
  core::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{30, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (!from.empty()) {
    const sockaddr_in source = ipv4(from, 0);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0)
      return core::FileDescriptor();
  }
  const sockaddr_in to = ipv4(address, port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    return core::FileDescriptor();
  return socket;
}

}  // namespace

void TlsClient::free_context(ssl_ctx_st* context) {
  ::SSL_CTX_free(context);
}
void TlsClient::free_session(ssl_st* session) {
  ::SSL_free(session);
}

TlsClient::TlsClient(const std::string& address, std::uint16_t port,
                     const std::filesystem::path& authority, Version version,
                     const std::string& from)
    : socket_(connect_to(address, port, from)), context_(::SSL_CTX_new(::TLS_client_method())) {
  if (socket_.get() < 0) return;
  ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  ::SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
  if (version == Version::at_most_1_1) {
    ::SSL_CTX_set_security_level(context_.get(), 0);  // else the library itself would refuse
    ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context_.get(), TLS1_1_VERSION);
  } else if (version == Version::only_1_2) {
    ::SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
  }
  static constexpr unsigned char kOffered[] = "\x02h2\x08http/1.1";
  ::SSL_CTX_set_alpn_protos(context_.get(), kOffered, sizeof kOffered - 1);
  session_.reset(::SSL_new(context_.get()));
  ::SSL_set_fd(session_.get(), socket_.get());
  ::SSL_set1_host(session_.get(), "localhost");
  ::SSL_set_tlsext_host_name(session_.get(), "localhost");
  connected_ = ::SSL_connect(session_.get()) == 1;
}

TlsClient::~TlsClient() = default;

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(session_.get(), &name, &size);
  return name == nullptr ? "" : std::string(reinterpret_cast<const char*>(name), size);
}

bool TlsClient::send(std::string_view bytes) {
  return bytes.empty() ||
         ::SSL_write(session_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool TlsClient::is_silent() {
  const int flags = ::fcntl(socket_.get(), F_GETFL);
  ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK);
  char byte = 0;
  ::ERR_clear_error();
  const int count = ::SSL_peek(session_.get(), &byte, 1);
  const bool is_silent = ::SSL_get_error(session_.get(), count) == SSL_ERROR_WANT_READ;
  ::fcntl(socket_.get(), F_SETFL, flags);
  return is_silent;
}

node::http::testing::Received TlsClient::read_to_end() {
  node::http::testing::Received received;
  char bytes[16384];
  errno = 0;
  for (int count = 0; (count = ::SSL_read(session_.get(), bytes, sizeof bytes)) > 0;)
    received.bytes.append(bytes, static_cast<std::size_t>(count));
  // A connection on which nothing came is told apart from one that ended.
  received.closed = errno != EAGAIN && errno != EWOULDBLOCK;
  return received;
}

bool TlsClient::renegotiate() {
  return ::SSL_renegotiate(session_.get()) == 1 && ::SSL_do_handshake(session_.get()) == 1 &&
         send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") &&
         read_to_end().status() == 200;
}

}  // namespace avow::interop
