#include "node/http/internal/tls_stream.h"

#include <poll.h>

namespace avow::node::http {

using std::chrono::steady_clock;

template <class Step>
Result<std::size_t, std::string> TlsStream::finish(const Step& step, SteadyTime until) {
  for (;;) {
    // Also asks the clock when bytes are there: a steady stream would never let poll time out.
    if (steady_clock::now() >= until) return core::fail(std::string(kTimeIsUp));
    const TlsSession::Step taken = step();
    switch (taken.state) {
      case TlsSession::State::done:
        return taken.count;
      case TlsSession::State::ended:
        return std::size_t{0};
      case TlsSession::State::broken:
        return core::fail(std::string(kBroken));
      case TlsSession::State::wants_read:
      case TlsSession::State::wants_write:
        break;
    }
    const short event = taken.state == TlsSession::State::wants_read ? POLLIN : POLLOUT;
    if (!wait_for(socket_.get(), event, until)) return core::fail(std::string(kTimeIsUp));
  }
}

Result<void, std::string> TlsStream::shake_hands(SteadyTime until) {
  const auto shaken = finish([&] { return session_.connect(); }, until);
  if (!shaken) return core::fail(shaken.error());
  if (*shaken == 0) return core::fail(std::string(kBroken));
  return {};
}

Result<std::size_t, std::string> TlsStream::read(std::span<char> to, SteadyTime until) {
  return finish([&] { return session_.read(to); }, until);
}

Result<void, std::string> TlsStream::write(std::string_view bytes, SteadyTime until) {
  while (!bytes.empty()) {
    const auto count = finish([&] { return session_.write(bytes); }, until);
    if (!count) return core::fail(count.error());
    if (*count == 0) return core::fail(std::string(kBroken));
    bytes.remove_prefix(*count);
  }
  return {};
}

bool TlsStream::is_quiet() const {
  pollfd entry{socket_.get(), POLLIN, 0};
  return !session_.holds_bytes() && ::poll(&entry, 1, 0) == 0;
}

}  // namespace avow::node::http
