#include "interop-tests/harness/fault_proxy.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace avow::interop {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMaxWaiting = std::size_t{256} << 10;
constexpr std::size_t kPiece = std::size_t{16} << 10;

sockaddr_in address_of(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, own_address().c_str(), &address.sin_addr);
  return address;
}

int tcp_socket() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) throw std::runtime_error("no socket for a fault proxy");
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

/// One way of a connection: what was read and is not written yet, each piece with the time from which it may be.
class Way {
 public:
  Way(int from, int to) : from_(from), to_(to) {}

  /// gives false once nothing more will come of it
  bool go_on(const LinkFaults& faults, bool is_lost, Steady::time_point now,
             std::atomic<std::uint64_t>& carried) {
    if (is_lost) return true;
    read(faults, now);
    write(now, carried);
    if (!is_at_end_ || !waiting_.empty()) return !is_broken_;
    if (!std::exchange(has_told_end_, true)) ::shutdown(to_, SHUT_WR);
    return !is_broken_;
  }
  bool is_over() const { return has_told_end_; }
  bool reads(bool is_lost) const { return !is_lost && !is_at_end_ && size_ < kMaxWaiting; }
  bool writes(bool is_lost, Steady::time_point now) const {
    return !is_lost && !waiting_.empty() && waiting_.front().due <= now;
  }
  std::optional<Steady::time_point> next_due() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.front().due);
  }
  int from() const { return from_; }
  int to() const { return to_; }

 private:
  struct Piece {
    Steady::time_point due;
    std::string bytes;
  };

  void read(const LinkFaults& faults, Steady::time_point now) {
    std::array<char, kPiece>
        buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    while (!is_at_end_ && size_ < kMaxWaiting) {
      const auto size = ::recv(from_, buffer.data(), buffer.size(), 0);
      if (size < 0) {
        is_broken_ = errno != EAGAIN && errno != EINTR;
        return;
      }
      is_at_end_ = size == 0;
      if (size == 0) return;
      const auto count = static_cast<std::size_t>(size);
      // In order, whatever the faults were when the piece before came.
      last_due_ = std::max(last_due_, now + faults.delay);
      if (faults.bytes_per_second > 0) {
        last_due_ += std::chrono::microseconds(1'000'000 * count / faults.bytes_per_second);
      }
      waiting_.push_back({last_due_, std::string(buffer.data(), count)});
      size_ += count;
    }
  }

  void write(Steady::time_point now, std::atomic<std::uint64_t>& carried) {
    while (!waiting_.empty() && waiting_.front().due <= now) {
      auto& bytes = waiting_.front().bytes;
      const auto size = ::send(to_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0) {
        is_broken_ = is_broken_ || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
        return;
      }
      carried += static_cast<std::uint64_t>(size);
      size_ -= static_cast<std::size_t>(size);
      bytes.erase(0, static_cast<std::size_t>(size));
      if (bytes.empty()) waiting_.pop_front();
    }
  }

  int from_;
  int to_;
  std::deque<Piece> waiting_;
  std::size_t size_ = 0;
  Steady::time_point last_due_;
  bool is_at_end_ = false;
  bool has_told_end_ = false;
  bool is_broken_ = false;
};

}  // namespace

struct FaultProxy::Connection {
  Connection(int with_client, int with_target)
      : client(with_client),
        target(with_target),
        request(with_client, with_target),
        answer(with_target, with_client) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    ::close(client);
    ::close(target);
  }
  /// What is closed then ends with a reset.
  void reset() const {
    const linger at_once{1, 0};
    for (const int descriptor : {client, target})
      ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  int client;
  int target;
  Way request;
  Way answer;
};

FaultProxy::FaultProxy(std::uint16_t target)
    : target_(target), listener_(tcp_socket()), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  const auto address = address_of(port_.number());
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    ::close(listener_);
    ::close(wake_);
    throw std::runtime_error("a fault proxy cannot listen");
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
}

FaultProxy::~FaultProxy() {
  thread_.request_stop();
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

void FaultProxy::set(const LinkFaults& faults) {
  const std::lock_guard lock(mutex_);
  faults_ = faults;
  ::eventfd_write(wake_, 1);
}

void FaultProxy::reset_connections() {
  const std::lock_guard lock(mutex_);
  resets_ = true;
  ::eventfd_write(wake_, 1);
}

void FaultProxy::accept_one(std::list<Connection>& connections) const {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  const int target = tcp_socket();
  const auto address = address_of(target_);
  const bool goes =
      ::connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EINPROGRESS;
  connections.emplace_back(client, target);
  if (!goes) connections.pop_back();
}

void FaultProxy::carry(const std::stop_token& stop) {
  std::list<Connection> connections;
  while (!stop.stop_requested()) {
    LinkFaults faults;
    {
      const std::lock_guard lock(mutex_);
      faults = faults_;
      if (std::exchange(resets_, false)) {
        for (const auto& one : connections) one.reset();
        connections.clear();
      }
    }
    const auto now = Steady::now();
    std::erase_if(connections, [&](Connection& one) {
      const bool goes_on = one.request.go_on(faults, faults.loses_requests, now, carried_) &&
                           one.answer.go_on(faults, faults.loses_answers, now, carried_);
      return !goes_on || (one.request.is_over() && one.answer.is_over());
    });

    std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    auto next = now + std::chrono::seconds(1);
    for (const auto& one : connections) {
      for (const auto& [way, is_lost] : {std::pair(&one.request, faults.loses_requests),
                                         std::pair(&one.answer, faults.loses_answers)}) {
        if (way->reads(is_lost)) polled.push_back({way->from(), POLLIN, 0});
        if (way->writes(is_lost, now)) polled.push_back({way->to(), POLLOUT, 0});
        if (const auto due = way->next_due(); due && !is_lost && *due > now)
          next = std::min(next, *due);
      }
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
    ::poll(polled.data(), polled.size(), static_cast<int>(left.count()));
    eventfd_t woken = 0;
    if (polled[0].revents != 0) ::eventfd_read(wake_, &woken);
    if (polled[1].revents != 0) accept_one(connections);
  }
}

}  // namespace avow::interop
