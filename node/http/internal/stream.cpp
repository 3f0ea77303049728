#include "node/http/internal/stream.h"

#include <cerrno>

#include <poll.h>
#include <sys/socket.h>

namespace avow::node::http {

using std::chrono::steady_clock;

Result<std::size_t, std::string> SocketStream::read(std::span<char> to, SteadyTime until) {
  for (;;) {
    // Also asks the clock when bytes are there: a steady stream would never let poll time out.
    if (steady_clock::now() >= until || !wait_for(socket_.get(), POLLIN, until)) {
      return core::fail(std::string(kTimeIsUp));
    }
    const ssize_t count = ::recv(socket_.get(), to.data(), to.size(), MSG_DONTWAIT);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) return core::fail(std::string(kBroken));
  }
}

Result<void, std::string> SocketStream::write(std::string_view bytes, SteadyTime until) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(socket_.get(), POLLOUT, until)) return core::fail(std::string(kTimeIsUp));
    } else if (errno != EINTR) {
      return core::fail(std::string(kBroken));
    }
  }
  return {};
}

bool SocketStream::is_quiet() const {
  pollfd entry{socket_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

core::Error unreachable(std::string why) {
  const bool is_late = why == kTimeIsUp;
  return {is_late ? core::ErrorCode::timed_out : core::ErrorCode::unreachable, std::move(why)};
}

}  // namespace avow::node::http
