#include "node/http/internal/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace avow::node::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kReadBytes = 16'384;
constexpr std::size_t kMaxLingerBytes = 1 << 20;

int milliseconds_left(SteadyTime until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

int address_family(int fd) {
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 ? family : AF_UNSPEC;
}

std::string peer_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "unknown";
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.ss_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.ss_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  } else {
    return "unix";
  }
  if (::inet_ntop(address.ss_family, bytes, text.data(), text.size()) == nullptr) return "unknown";
  return text.data();
}

/// Where a line feed stands without a carriage return before it, looking from `from` on.
bool has_bare_line_feed(std::string_view bytes, std::size_t from) {
  for (std::size_t at = bytes.find('\n', from); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return true;
  }
  return false;
}

}  // namespace

bool wait_for(int fd, short events, SteadyTime until) {
  pollfd entry{fd, events, 0};
  for (;;) {
    const int ready = ::poll(&entry, 1, milliseconds_left(until));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (steady_clock::now() >= until) return false;
  }
}

StopSignal::StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_.get() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::raise(SteadyTime drain_until) {
  if (raised_) return;
  drain_until_ = drain_until;
  raised_ = true;
  const std::uint64_t one = 1;
  // It cannot fail: the counter is written once and never read.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

Connection::Connection(FileDescriptor socket, const ListenerLimits& limits, const StopSignal& stop,
                       const PeerIdentity* identity)
    : socket_(std::move(socket)),
      limits_(limits),
      stop_(stop),
      peer_(peer_address(socket_.get())),
      tls_(identity == nullptr
               ? nullptr
               : std::make_unique<TlsSession>(socket_.get(), identity->tls().server())) {
  const int fd = socket_.get();
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  // On TCP, SO_PEERCRED "succeeds" with the uid 4294967295: ask the family first.
  if (address_family(fd) == AF_UNIX) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer_uid_ = credentials.uid;
    }
  } else {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
}

bool Connection::shake_hands() {
  if (!tls_) return true;
  if (tls_->ssl() == nullptr) return false;
  shown_.watch(tls_->ssl());
  std::size_t ignored = 0;
  // Idle: nothing was asked yet, so a listener that stops waits for nobody here.
  const Fill done = finish([&] { return tls_->accept(); }, ignored,
                           steady_clock::now() + limits_.head, /*idle=*/true);
  SSL_set_app_data(tls_->ssl(), nullptr);  // no certificate comes after the handshake
  if (done != Fill::data) return false;
  if (!shown_.key().empty()) peer_key_ = shown_.key();
  return true;
}

Connection::HeadStatus Connection::read_head() {
  head_size_ = 0;
  const SteadyTime idle_until = steady_clock::now() + limits_.idle;
  std::optional<SteadyTime> head_until;
  for (std::size_t seen = 0;;) {
    const std::size_t end = in_.find(kHeadEnd, seen < 3 ? 0 : seen - 3);
    head_size_ = std::min(end == std::string::npos ? in_.size() : end + kHeadEnd.size(),
                          limits_.max_head_bytes + 1);
    if (has_bare_line_feed(head(), std::min(seen, head_size_))) return HeadStatus::bare_line_feed;
    if (head_size_ > limits_.max_head_bytes) return HeadStatus::too_large;
    if (end != std::string::npos) return HeadStatus::complete;
    const bool idle = in_.empty();
    if (!idle && !head_until) head_until = steady_clock::now() + limits_.head;
    seen = in_.size();
    switch (fill(idle ? idle_until : *head_until, idle)) {
      case Fill::data:
        break;
      case Fill::closed:
        return HeadStatus::gone;
      case Fill::timed_out:
        return idle ? HeadStatus::gone : HeadStatus::too_slow;
    }
  }
}

bool Connection::read_body(std::size_t size, std::string& body) {
  in_.erase(0, std::exchange(head_size_, 0));
  const SteadyTime until = steady_clock::now() + limits_.body;
  while (in_.size() < size) {
    if (fill(until, /*idle=*/false) != Fill::data) return false;
  }
  body.assign(in_, 0, size);
  in_.erase(0, size);
  return true;
}

bool Connection::write(std::string_view bytes) {
  const SteadyTime until = steady_clock::now() + limits_.write;
  while (tls_ && !bytes.empty()) {
    std::size_t count = 0;
    if (finish([&] { return tls_->write(bytes); }, count, until, /*idle=*/false) != Fill::data) {
      return false;
    }
    bytes.remove_prefix(count);
  }
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLOUT, until, /*idle=*/false)) return false;
  }
  return true;
}

void Connection::linger() {
  if (tls_) tls_->say_goodbye();
  ::shutdown(socket_.get(), SHUT_WR);
  const SteadyTime until = steady_clock::now() + limits_.linger;
  std::size_t left = kMaxLingerBytes;
  while (left > 0) {
    in_.clear();
    // As it comes, also within TLS: nobody reads it.
    if (receive(until, /*idle=*/false) != Fill::data) return;
    left -= std::min(left, in_.size());
  }
}

template <class Step>
Connection::Fill Connection::finish(const Step& step, std::size_t& count, SteadyTime until,
                                    bool idle) {
  for (;;) {
    const TlsSession::Step taken = step();
    count = taken.count;
    if (taken.state == TlsSession::State::done) return Fill::data;
    const bool wants_read = taken.state == TlsSession::State::wants_read;
    if (!wants_read && taken.state != TlsSession::State::wants_write) return Fill::closed;
    // Also asks the clock when bytes are there: what is no data of ours, as new keys, may come without end.
    if (steady_clock::now() >= until) return Fill::timed_out;
    if (!wait(wants_read ? POLLIN : POLLOUT, until, idle)) return Fill::timed_out;
  }
}

Connection::Fill Connection::fill(SteadyTime until, bool idle) {
  if (!tls_) return receive(until, idle);
  std::array<char, kReadBytes> bytes;
  std::size_t count = 0;
  const Fill filled = finish([&] { return tls_->read(bytes); }, count, until, idle);
  if (filled == Fill::data) in_.append(bytes.data(), count);
  return filled;
}

Connection::Fill Connection::receive(SteadyTime until, bool idle) {
  if (!wait(POLLIN, until, idle)) return Fill::timed_out;
  std::array<char, kReadBytes> bytes;
  const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count <= 0) return Fill::closed;
  in_.append(bytes.data(), static_cast<std::size_t>(count));
  return Fill::data;
}

bool Connection::wait(short events, SteadyTime until, bool idle) {
  for (;;) {
    const bool stopping = stop_.raised();
    // What had arrived before the stop is still answered: an idle connection is looked at once more.
    if (stopping) until = idle ? steady_clock::now() : std::min(until, stop_.drain_until());
    std::array<pollfd, 2> entries = {pollfd{socket_.get(), events, 0},
                                     pollfd{stop_.fd(), POLLIN, 0}};
    const int ready = ::poll(entries.data(), stopping ? 1 : 2, milliseconds_left(until));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0 && entries[0].revents != 0) return true;
    if (ready <= 0 && steady_clock::now() >= until) return false;
  }
}

}  // namespace avow::node::http
