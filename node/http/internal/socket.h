#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/http/internal/connection.h"
#include "node/http/url.h"

namespace avow::node::http {

/// Listening sockets, with the errors of node/http/listener.h.
Result<FileDescriptor, Error> listen_on_tcp(const HostPort& address);
Result<FileDescriptor, Error> listen_on_unix_socket(const std::string& path);

/// The port a socket is bound to; 0 when it is not a TCP one.
std::uint16_t bound_port(int fd);

/// A connected, non-blocking socket, or why not, in words. The TCP one goes to the first of the addresses, in numeric
/// form, that answers; each but the last may take only its share of the time.
Result<FileDescriptor, std::string> connect_to_tcp(const std::vector<std::string>& addresses,
                                                   std::uint16_t port, SteadyTime until);
Result<FileDescriptor, std::string> connect_to_unix_socket(const std::string& path,
                                                           SteadyTime until);

}  // namespace avow::node::http
