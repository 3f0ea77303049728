#pragma once

#include "node/http/internal/stream.h"
#include "node/http/internal/tls_session.h"

namespace avow::node::http {

/// The client's side of a connected, non-blocking socket within TLS.
class TlsStream final : public Stream {
 public:
  TlsStream(FileDescriptor socket, SSL_CTX* context)
      : socket_(std::move(socket)), session_(socket_.get(), context) {}

  /// Null if there is no memory for it.
  SSL* ssl() const { return session_.ssl(); }
  Result<void, std::string> shake_hands(SteadyTime until);

  Result<std::size_t, std::string> read(std::span<char> to, SteadyTime until) override;
  Result<void, std::string> write(std::string_view bytes, SteadyTime until) override;
  bool is_quiet() const override;

 private:
  /// Repeats a step until it is done; gives its count, or 0 at a close_notify.
  template <class Step>
  Result<std::size_t, std::string> finish(const Step& step, SteadyTime until);

  const FileDescriptor socket_;
  TlsSession session_;
};

}  // namespace avow::node::http
