#include "node/http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/json.h"

namespace avow::node::http {
namespace {

constexpr std::size_t kMaxUrlBytes = 8192;
constexpr std::size_t kMaxHostBytes = 253;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Names and IPv4 addresses.
bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes && std::ranges::all_of(host, [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6_text(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && std::ranges::all_of(host, [](char c) {
           return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
         });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || problem != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return port;
}

/// Reads "host", "host:port" or "[v6]:port"; a missing port stays empty.
struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;
};
std::optional<Authority> parse_authority(std::string_view text) {
  std::string_view host;
  std::string_view rest;
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!is_ipv6_text(host)) return std::nullopt;
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    rest = text.substr(colon);
    if (!is_host_name(host)) return std::nullopt;
  }
  Authority authority{std::string(host), std::nullopt};
  std::ranges::transform(authority.host, authority.host.begin(), lower);
  if (rest.empty()) return authority;
  authority.port = parse_port(rest.substr(1));
  if (rest.front() != ':' || !authority.port) return std::nullopt;
  return authority;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error bad_url(std::string_view why) {
  return Error{ErrorCode::usage, "not a usable URL", std::string(why),
               "write it as http://127.0.0.1:8443 or https://host/path"};
}

}  // namespace

std::string HostPort::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::origin() const {
  return scheme + "://" + authority.text();
}

Result<HostPort, Error> parse_host_port(std::string_view text) {
  const std::optional<Authority> authority = parse_authority(text);
  if (!authority || !authority->port) {
    return fail(Error{ErrorCode::usage, "not an address and a port",
                      "expected ADDR:PORT with a port from 0 to 65535",
                      "write it as 127.0.0.1:8443 or [::1]:8443"});
  }
  return HostPort{authority->host, *authority->port};
}

Result<Url, Error> parse_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return fail(bad_url("it is longer than 8192 bytes"));
  const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::ranges::all_of(text, printable)) {
    return fail(bad_url("it holds a space, a control byte or a byte outside ASCII"));
  }
  if (text.find_first_of("#\\") != std::string_view::npos) {
    return fail(bad_url("it holds a fragment or a backslash"));
  }
  Url url;
  std::uint16_t default_port = 80;
  if (text.starts_with("http://")) {
    url.scheme = "http";
  } else if (text.starts_with("https://")) {
    url.scheme = "https";
    default_port = 443;
  } else {
    return fail(bad_url("it begins neither with http:// nor with https://"));
  }
  text.remove_prefix(url.scheme.size() + 3);
  const std::size_t authority_size = std::min(text.find_first_of("/?"), text.size());
  const std::optional<Authority> authority = parse_authority(text.substr(0, authority_size));
  if (!authority || authority->port == 0) return fail(bad_url("its host or port is malformed"));
  url.authority = HostPort{authority->host, authority->port.value_or(default_port)};
  url.target = std::string(text.substr(authority_size));
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  return url;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      byte = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto value = static_cast<unsigned char>(byte);
    if (value < 0x20 || value == 0x7f) return std::nullopt;
    decoded.push_back(byte);
  }
  // Json replaces what is not UTF-8, so a text that comes back the same is UTF-8.
  const core::Json checked{std::string_view(decoded)};
  if (*checked.as_string() != decoded) return std::nullopt;
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded.push_back(c);
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kHex[value >> 4]);
    encoded.push_back(kHex[value & 15]);
  }
  return encoded;
}

}  // namespace avow::node::http
