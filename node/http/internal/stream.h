#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "node/http/internal/connection.h"

namespace avow::node::http {

/// One connection's bytes, in both directions. Errors are words; a call waits at most until the time it is given.
class Stream {
 public:
  virtual ~Stream() = default;
  /// How many bytes came; 0 if the other side has ended in good order.
  virtual Result<std::size_t, std::string> read(std::span<char> to, SteadyTime until) = 0;
  virtual Result<void, std::string> write(std::string_view bytes, SteadyTime until) = 0;
  /// Open, and nothing has arrived: another exchange may begin.
  virtual bool is_quiet() const = 0;
};

/// Over a connected, non-blocking socket.
class SocketStream final : public Stream {
 public:
  explicit SocketStream(FileDescriptor socket) : socket_(std::move(socket)) {}
  Result<std::size_t, std::string> read(std::span<char> to, SteadyTime until) override;
  Result<void, std::string> write(std::string_view bytes, SteadyTime until) override;
  bool is_quiet() const override;

 private:
  FileDescriptor socket_;
};

inline constexpr const char* kTimeIsUp = "no answer within the time allowed";
inline constexpr const char* kBroken = "the connection broke";

/// What such words are to who fetches: unreachable, or timed_out if that is why.
core::Error unreachable(std::string why);

}  // namespace avow::node::http
