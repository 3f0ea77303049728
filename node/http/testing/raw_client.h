#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/json.h"

namespace avow::node::http::testing {

/// What came back on a socket.
struct Received {
  std::string bytes;
  bool closed = false;  // the listener ended the connection (in either way)

  /// How many answers: no body of ours holds a status line.
  int answers() const {
    int count = 0;
    for (std::size_t at = 0; (at = bytes.find("HTTP/1.1 ", at)) != std::string::npos; ++at) ++count;
    return count;
  }
  int status() const { return bytes.size() < 12 ? 0 : std::atoi(bytes.c_str() + 9); }
  std::string head() const { return bytes.substr(0, bytes.find("\r\n\r\n")); }
  std::string body() const {
    const std::size_t end = bytes.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : bytes.substr(end + 4);
  }
  bool has_line(std::string_view line) const {
    return head().find("\r\n" + std::string(line)) != std::string::npos;
  }
  /// The `code` of a problem body.
  std::string code() const {
    const auto json = core::parse_json(body());
    const std::string* code = json ? json->find_string("code") : nullptr;
    return code == nullptr ? std::string() : *code;
  }
};

/// A socket that says exactly what it is told to, also what no HTTP library would.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawClient(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_; }

  /// False when the listener does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Everything until the listener closes.
  Received read_to_end() {
    Received received;
    while (read_some(received)) {
    }
    return received;
  }

  /// Until one answer with a Content-Length is complete.
  Received read_answer() {
    Received received;
    while (!is_complete(received.bytes) && read_some(received)) {
    }
    return received;
  }

 private:
  /// Generous: it only keeps a broken listener from hanging the tests.
  static constexpr int kPatienceMs = 30'000;

  bool read_some(Received& received) {
    pollfd entry{fd_, POLLIN, 0};
    if (::poll(&entry, 1, kPatienceMs) <= 0) return false;
    char bytes[16384];
    const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      received.closed = true;
      return false;
    }
    received.bytes.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static bool is_complete(const std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t length = bytes.find("Content-Length: ");
    const std::size_t size =
        length < end ? static_cast<std::size_t>(std::atol(bytes.c_str() + length + 16)) : 0;
    return bytes.size() >= end + 4 + size;
  }

  int fd_;
  bool connected_ = false;
};

}  // namespace avow::node::http::testing
