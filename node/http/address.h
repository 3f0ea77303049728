#pragma once

#include <functional>
#include <string>
#include <vector>

namespace avow::node::http {

/// The rules below judge addresses in numeric form, never names; what is no address belongs to none of them.

/// 127.0.0.0/8 and ::1.
bool is_loopback_address(const std::string& address);

/// Loopback and private (RFC 1918, RFC 4193) addresses; link-local is not private.
bool is_local_address(const std::string& address);

/// Addresses of the public Internet. Not: unspecified, loopback, private, shared (100.64/10), link-local, multicast,
/// reserved, documentation and benchmarking addresses, the wire server of a cloud (168.63.129.16), and in IPv6 all
/// but global unicast, without those that hold an IPv4 address (mapped, NAT64, 6to4, Teredo).
/// source IANA IPv4 and IPv6 Special-Purpose Address Registries
bool is_public_address(const std::string& address);

bool is_ip_address(const std::string& text);

/// Name → its addresses in numeric form; empty if there are none.
using Lookup = std::function<std::vector<std::string>(const std::string& host)>;

/// The system's, IPv4 first; "localhost" is this machine without asking anybody. It takes the time that it takes.
std::vector<std::string> system_lookup(const std::string& host);

}  // namespace avow::node::http
