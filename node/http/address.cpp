#include "node/http/address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace avow::node::http {
namespace {

struct Ipv4Block {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

constexpr std::array kNotPublic = {
    Ipv4Block{ipv4(0, 0, 0, 0), 8},         // this network
    Ipv4Block{ipv4(10, 0, 0, 0), 8},        // private
    Ipv4Block{ipv4(100, 64, 0, 0), 10},     // shared by customers of one provider
    Ipv4Block{ipv4(127, 0, 0, 0), 8},       // loopback
    Ipv4Block{ipv4(168, 63, 129, 16), 32},  // Azure's wire server
    Ipv4Block{ipv4(169, 254, 0, 0), 16},    // link-local: metadata services
    Ipv4Block{ipv4(172, 16, 0, 0), 12},     // private
    Ipv4Block{ipv4(192, 0, 0, 0), 24},      // protocol assignments
    Ipv4Block{ipv4(192, 0, 2, 0), 24},      // documentation
    Ipv4Block{ipv4(192, 88, 99, 0), 24},    // 6to4 relays, withdrawn
    Ipv4Block{ipv4(192, 168, 0, 0), 16},    // private
    Ipv4Block{ipv4(198, 18, 0, 0), 15},     // benchmarking
    Ipv4Block{ipv4(198, 51, 100, 0), 24},   // documentation
    Ipv4Block{ipv4(203, 0, 113, 0), 24},    // documentation
    Ipv4Block{ipv4(224, 0, 0, 0), 3},       // multicast, reserved, broadcast
};

bool is_in(std::uint32_t address, const Ipv4Block& block) {
  return ((address ^ block.prefix) >> (32 - block.bits)) == 0;
}

std::optional<std::uint32_t> ipv4_of(const std::string& text) {
  in_addr address{};
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

std::optional<in6_addr> ipv6_of(const std::string& text) {
  in6_addr address{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  return address;
}

/// Global unicast (2000::/3) without 2001::/23 (protocol assignments, Teredo among them), 2001:db8::/32 and
/// 3fff::/20 (documentation) and 2002::/16 (6to4).
bool is_public_ipv6(const in6_addr& address) {
  const auto byte = [&](int at) -> std::uint32_t { return address.s6_addr[at]; };
  const std::uint32_t first = (byte(0) << 8) | byte(1);
  const std::uint32_t second = (byte(2) << 8) | byte(3);
  if ((first >> 13) != 1) return false;
  if (first == 0x2001) return (second >> 9) != 0 && second != 0x0db8;
  if (first == 0x3fff) return (second >> 12) != 0;
  return first != 0x2002;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

}  // namespace

bool is_loopback_address(const std::string& address) {
  if (const auto v4 = ipv4_of(address)) return (*v4 >> 24) == 127;
  const auto v6 = ipv6_of(address);
  return v6 && IN6_IS_ADDR_LOOPBACK(&*v6);
}

bool is_local_address(const std::string& address) {
  if (is_loopback_address(address)) return true;
  if (const auto v4 = ipv4_of(address)) {
    return (*v4 >> 24) == 10 || (*v4 >> 20) == 0xac1 || (*v4 >> 16) == 0xc0a8;
  }
  const auto v6 = ipv6_of(address);
  return v6 && (v6->s6_addr[0] & 0xfe) == 0xfc;
}

bool is_public_address(const std::string& address) {
  if (const auto v4 = ipv4_of(address)) {
    return std::ranges::none_of(kNotPublic,
                                [&](const Ipv4Block& block) { return is_in(*v4, block); });
  }
  const auto v6 = ipv6_of(address);
  return v6 && is_public_ipv6(*v6);
}

bool is_ip_address(const std::string& text) {
  return ipv4_of(text) || ipv6_of(text);
}

std::vector<std::string> system_lookup(const std::string& host) {
  // No name server is asked what this machine is (RFC 6761 "localhost."), nor waited for.
  if (host == "localhost") return {"127.0.0.1", "::1"};
  std::vector<std::string> addresses;
  for (const int family : {AF_INET, AF_INET6}) {
    addrinfo hints{};
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) continue;
    const AddressList list(found, &::freeaddrinfo);
    for (const addrinfo* one = list.get(); one != nullptr; one = one->ai_next) {
      std::array<char, NI_MAXHOST> text{};
      if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                        NI_NUMERICHOST) == 0) {
        addresses.emplace_back(text.data());
      }
    }
  }
  return addresses;
}

}  // namespace avow::node::http
