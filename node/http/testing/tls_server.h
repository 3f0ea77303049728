#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/file_descriptor.h"

namespace avow::node::http::testing {

template <class T, void (*free)(T*)>
struct Freed {
  void operator()(T* object) const { free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, &::X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, &::EVP_PKEY_free>>;

/// A certificate and its key.
struct TlsIdentity {
  Certificate certificate;
  PrivateKey key;

  /// The certificate as PEM and, for a server that reads both from one file, its key after it.
  void write_to(const std::filesystem::path& file, bool with_key) const {
    const std::unique_ptr<BIO, Freed<BIO, &::BIO_free_all>> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), certificate.get());
    if (with_key)
      PEM_write_bio_PrivateKey(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    std::ofstream(file, std::ios::binary).write(text, size);
  }
};

/// Seconds from now.
struct Validity {
  long from = -3600;
  long until = 3600;
};

/// A certificate authority that exists for a test.
class CertificateAuthority {
 public:
  CertificateAuthority() : own_(make("Test authority", {}, nullptr)) {}

  /// The identity of a server at that name.
  TlsIdentity issue(const std::string& dns_name, Validity validity = {}) const {
    return make(dns_name, validity, &own_);
  }
  /// The same, signed by itself.
  static TlsIdentity self_signed(const std::string& dns_name) {
    return make(dns_name, {}, nullptr);
  }

  /// For SSL_CERT_FILE.
  void write_to(const std::filesystem::path& file) const {
    own_.write_to(file, /*with_key=*/false);
  }

 private:
  static void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    using Extension =
        std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION, &::X509_EXTENSION_free>>;
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1)
      throw std::runtime_error("no certificate extension " + value);
  }

  /// By `issuer`, or by itself and then an authority.
  static TlsIdentity make(const std::string& name, Validity validity, const TlsIdentity* issuer) {
    TlsIdentity made{Certificate(X509_new()), PrivateKey(EVP_EC_gen("P-256"))};
    X509* certificate = made.certificate.get();
    static std::int64_t serial = 0;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), validity.from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), validity.until);
    X509_set_pubkey(certificate, made.key.get());
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    if (issuer == nullptr)
      add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
    if (name.find(' ') == std::string::npos)
      add_extension(certificate, signer, NID_subject_alt_name, "DNS:" + name);
    EVP_PKEY* key = issuer != nullptr ? issuer->key.get() : made.key.get();
    if (X509_sign(certificate, key, EVP_sha256()) == 0) throw std::runtime_error("not signed");
    return made;
  }

  TlsIdentity own_;
};

/// What a server of a test does differently from a good one.
struct TlsServerOptions {
  int max_protocol = TLS1_3_VERSION;
  bool says_goodbye = true;            // close_notify after the answer
  std::chrono::milliseconds pause{0};  // between the bytes of an answer, if not 0
};

/// An HTTPS server on a loopback port: one connection after the other, one request each, answered with the bytes that
/// `handler` gives for its text.
class TlsServer {
 public:
  using Handler = std::function<std::string(const std::string& request)>;

  TlsServer(TlsIdentity identity, Handler handler, TlsServerOptions options = {})
      : identity_(std::move(identity)),
        handler_(std::move(handler)),
        options_(options),
        context_(SSL_CTX_new(TLS_server_method())),
        listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    SSL_CTX_use_certificate(context_.get(), identity_.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity_.key.get());
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), options.max_protocol);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listening_.get(), generic, size) != 0 || ::listen(listening_.get(), 16) != 0 ||
        ::getsockname(listening_.get(), generic, &size) != 0)
      throw std::runtime_error("no port for a server");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TlsServer() { stop(); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path) const {
    return "https://localhost:" + std::to_string(port_) + path;
  }
  /// What was asked within TLS, oldest first.
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  /// Nobody listens at the port any more.
  void stop() {
    if (!thread_.joinable()) return;
    ::shutdown(listening_.get(), SHUT_RDWR);
    thread_.join();
    listening_ = core::FileDescriptor();
  }

 private:
  void run() {
    // OpenSSL writes to clients that have hung up, which else ends the process.
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
      const core::FileDescriptor connection(
          ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection.is_open()) return;
      const timeval patience{5, 0};
      ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      serve(connection.get());
      ERR_clear_error();
    }
  }

  void serve(int connection) {
    const std::unique_ptr<SSL, Freed<SSL, &::SSL_free>> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) != 1) return;
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const int count = SSL_read(ssl.get(), buffer, sizeof buffer);
      if (count <= 0) return;
      request.append(buffer, static_cast<std::size_t>(count));
    }
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(request);
    }
    if (write(ssl.get(), connection, handler_(request)) && options_.says_goodbye)
      SSL_shutdown(ssl.get());
  }

  bool write(SSL* ssl, int connection, std::string_view bytes) const {
    const std::size_t step = options_.pause.count() > 0 ? 1 : 16'384;
    while (!bytes.empty()) {
      const std::string_view now = bytes.substr(0, step);
      if (SSL_write(ssl, now.data(), static_cast<int>(now.size())) <= 0) return false;
      bytes.remove_prefix(now.size());
      if (options_.pause.count() == 0) continue;
      // Until the script or the other side ends.
      pollfd entry{connection, POLLIN, 0};
      if (::poll(&entry, 1, static_cast<int>(options_.pause.count())) != 0) return false;
    }
    return true;
  }

  const TlsIdentity identity_;
  const Handler handler_;
  const TlsServerOptions options_;
  const std::unique_ptr<SSL_CTX, Freed<SSL_CTX, &::SSL_CTX_free>> context_;
  core::FileDescriptor listening_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// An answer of HTTP/1.1 with a length.
inline std::string http_answer(int status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// While it exists, SSL_CERT_FILE names this file.
class TrustedAuthority {
 public:
  explicit TrustedAuthority(const std::filesystem::path& file) {
    ::setenv("SSL_CERT_FILE", file.c_str(), 1);
  }
  ~TrustedAuthority() { ::unsetenv("SSL_CERT_FILE"); }
  TrustedAuthority(const TrustedAuthority&) = delete;
  TrustedAuthority& operator=(const TrustedAuthority&) = delete;
};

}  // namespace avow::node::http::testing
