#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/file_descriptor.h"
#include "node/http/testing/raw_client.h"

struct ssl_ctx_st;
struct ssl_st;

namespace avow::interop {

/// A TLS connection that says exactly what it is told to, also what no HTTP library would.
class TlsClient {
 public:
  enum class Version { any, at_most_1_1, only_1_2 };

  /// Connects and shakes hands, offering HTTP/2 and HTTP/1.1; connected() says whether that went well. `authority` is a
  /// PEM file; `from`, if it is not empty, an address of this machine to come from.
  TlsClient(const std::string& address, std::uint16_t port, const std::filesystem::path& authority,
            Version version = Version::any, const std::string& from = "");
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connected() const { return connected_; }
  /// What the other side chose of what was offered: "h2", "http/1.1", or nothing.
  std::string protocol() const;
  /// False when the other side takes no more.
  bool send(std::string_view bytes);
  /// Whether the other side has, up to now, neither answered nor closed.
  bool is_silent();
  /// Everything until the other side closes, or nothing has come for half a minute.
  node::http::testing::Received read_to_end();
  /// Asks for a new handshake on this connection; false if it was refused.
  bool renegotiate();

 private:
  template <class T, void (*free)(T*)>
  struct Freed {
    void operator()(T* object) const { free(object); }
  };
  static void free_context(ssl_ctx_st* context);
  static void free_session(ssl_st* session);

  core::FileDescriptor socket_;
  std::unique_ptr<ssl_ctx_st, Freed<ssl_ctx_st, &free_context>> context_;
  std::unique_ptr<ssl_st, Freed<ssl_st, &free_session>> session_;
  bool connected_ = false;
};

}  // namespace avow::interop
