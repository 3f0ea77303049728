#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

namespace avow::node::http {

/// TLS over one connected socket, which its owner keeps open. Every step ends at once, and says what to wait for before
/// it is tried again.
class TlsSession {
 public:
  enum class State { done, wants_read, wants_write, ended, broken };
  struct Step {
    State state = State::broken;
    std::size_t count = 0;  // bytes, if done
  };

  TlsSession(int socket, SSL_CTX* context);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Null if there is no memory for it: then every step is broken.
  SSL* ssl() const { return ssl_.get(); }

  Step connect();
  Step accept();
  /// `ended`: by a close_notify, nothing was cut off.
  Step read(std::span<char> to);
  Step write(std::string_view bytes);
  /// Says close_notify, if that can be written at once.
  void say_goodbye();
  /// Bytes that were received and not read yet, which poll does not know of.
  bool holds_bytes() const;

 private:
  template <class Call>
  Step take(const Call& call);

  int socket_;  // what the BIO points at
  std::unique_ptr<BIO_METHOD, decltype(&::BIO_meth_free)> method_;
  std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_;
};

}  // namespace avow::node::http
