#include "node/http/internal/socket.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/http/internal/stream.h"
#include "node/http/listener.h"

namespace avow::node::http {
namespace {

constexpr int kBacklog = 1024;

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// IPv4 first, so that "localhost" means what most configurations write.
AddressList addresses_of(const HostPort& address, int flags) {
  for (const int family : {AF_INET, AF_INET6}) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    if (::getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found) == 0) {
      return {found, &::freeaddrinfo};
    }
  }
  return {nullptr, &::freeaddrinfo};
}

std::string words_of(int error) {
  return error == ETIMEDOUT ? kTimeIsUp : std::generic_category().message(error);
}

Error cannot_listen(const std::string& where, int error) {
  if (error == EADDRINUSE) {
    return Error{ErrorCode::port_in_use, "cannot listen on " + where,
                 "another process already listens there",
                 "stop that process or choose another address"};
  }
  return Error{ErrorCode::address_refused, "cannot listen on " + where, words_of(error),
               "give an address of this machine that this user may use"};
}

FileDescriptor open_socket(int family) {
  return FileDescriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// None when the path is longer than the 107 bytes and a zero that the address holds.
std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// 0, or the errno of a connection that is awaited at most until then.
int connect_until(int fd, const sockaddr* address, socklen_t size, SteadyTime until) {
  if (::connect(fd, address, size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(fd, POLLOUT, until)) return ETIMEDOUT;
  int error = 0;
  socklen_t error_size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 ? error : errno;
}

/// Removes a socket that nobody listens on any more.
std::optional<Error> remove_stale_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return std::nullopt;
  if (!S_ISSOCK(found.st_mode)) {
    return Error{ErrorCode::address_refused, "cannot listen on " + path,
                 "something that is not a socket stands there", "move it away"};
  }
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const sockaddr_un address = *unix_address(path);
  const FileDescriptor probe = open_socket(AF_UNIX);
  const int error =
      connect_until(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address, soon);
  if (error == ECONNREFUSED && ::unlink(path.c_str()) == 0) return std::nullopt;
  // Whoever answers, or is too busy to, is alive.
  return cannot_listen(path, error == ECONNREFUSED ? errno : EADDRINUSE);
}

Error path_too_long(const std::string& path) {
  return {ErrorCode::configuration, "cannot listen on " + path,
          "the path of a Unix socket holds at most 107 bytes",
          "choose a data directory with a shorter path"};
}

}  // namespace

Result<void, Error> check_socket_path(const std::string& path) {
  if (!unix_address(path)) return fail(path_too_long(path));
  return {};
}

Result<FileDescriptor, Error> listen_on_tcp(const HostPort& address) {
  const AddressList list = addresses_of(address, AI_PASSIVE);
  if (list == nullptr) {
    return fail(Error{ErrorCode::address_refused, "cannot listen on " + address.text(),
                      "the name has no address", "give a numeric address of this machine"});
  }
  FileDescriptor socket = open_socket(list->ai_family);
  const int on = 1;
  // Lets a restarted node bind while old connections are in TIME_WAIT; never two listeners at once.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (socket.get() < 0 || ::bind(socket.get(), list->ai_addr, list->ai_addrlen) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return fail(cannot_listen(address.text(), errno));
  }
  return socket;
}

Result<FileDescriptor, Error> listen_on_unix_socket(const std::string& path) {
  const std::optional<sockaddr_un> address = unix_address(path);
  if (!address) return fail(path_too_long(path));
  if (auto error = remove_stale_socket(path)) return fail(std::move(*error));
  FileDescriptor socket = open_socket(AF_UNIX);
  // The mode before bind is the mode of the path from its first moment.
  if (socket.get() < 0 || ::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return fail(cannot_listen(path, errno));
  }
  return socket;
}

std::uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

Result<FileDescriptor, std::string> connect_to_tcp(const std::vector<std::string>& addresses,
                                                   std::uint16_t port, SteadyTime until) {
  std::string why = "the name has no address";
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const AddressList list = addresses_of({addresses[i], port}, AI_NUMERICHOST);
    if (list == nullptr) continue;
    const auto left = until - std::chrono::steady_clock::now();
    const auto share = left / static_cast<int>(addresses.size() - i);
    FileDescriptor socket = open_socket(list->ai_family);
    const int error =
        connect_until(socket.get(), list->ai_addr, list->ai_addrlen, until - left + share);
    if (error == 0) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return socket;
    }
    why = words_of(error);
  }
  return fail(std::move(why));
}

Result<FileDescriptor, std::string> connect_to_unix_socket(const std::string& path,
                                                           SteadyTime until) {
  const std::optional<sockaddr_un> address = unix_address(path);
  if (!address) return fail(std::string("the path of a Unix socket holds at most 107 bytes"));
  FileDescriptor socket = open_socket(AF_UNIX);
  const int error = connect_until(socket.get(), reinterpret_cast<const sockaddr*>(&*address),
                                  sizeof *address, until);
  if (error != 0) return fail(words_of(error));
  return socket;
}

}  // namespace avow::node::http
