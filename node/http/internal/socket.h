#pragma once

#include <string>

#include "node/http/internal/connection.h"
#include "node/http/url.h"

namespace avow::node::http {

/// Listening sockets, with the errors of node/http/listener.h.
Result<FileDescriptor, Error> listen_on_tcp(const HostPort& address);
Result<FileDescriptor, Error> listen_on_unix_socket(const std::string& path);

/// The port a socket is bound to; 0 when it is not a TCP one.
std::uint16_t bound_port(int fd);

/// A connected, non-blocking socket, or why not, in words. The TCP one goes to the first address of the
/// host that `may_connect` allows, given in numeric form.
Result<FileDescriptor, std::string> connect_to_tcp(const HostPort& address, SteadyTime until,
                                                   bool (*may_connect)(const std::string&));
Result<FileDescriptor, std::string> connect_to_unix_socket(const std::string& path,
                                                           SteadyTime until);

}  // namespace avow::node::http
