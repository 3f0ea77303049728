#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/error.h"

namespace avow::node::http {

/// Where to listen or to connect. `host` is a name or a numeric address, IPv6 without brackets.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  /// "127.0.0.1:8443", "[::1]:8443"
  std::string text() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct Url {
  std::string scheme;  // "http" or "https"
  HostPort authority;  // the scheme's default port filled in, the host in lower case
  std::string target;  // path and query as written, at least "/"

  /// "http://127.0.0.1:8443", without a trailing slash.
  std::string origin() const;
};

/// Parses `ADDR:PORT`; IPv6 in brackets; the port always given, 0 allowed (any free port).
/// fails usage
Result<HostPort, Error> parse_host_port(std::string_view text);

/// Parses an absolute http or https URL of at most 8,192 printable ASCII bytes. No user info, no
/// fragment, no backslash. Port 0 is refused.
/// fails usage
Result<Url, Error> parse_url(std::string_view text);

/// Decodes %HH once (so `%253A` becomes `%3A`); `+` stays itself.
/// gives nothing when an escape is broken, or the result is not UTF-8 or holds a control character
std::optional<std::string> percent_decode(std::string_view text);

/// Everything but the unreserved characters of RFC 3986 becomes %HH.
std::string percent_encode(std::string_view text);

}  // namespace avow::node::http
