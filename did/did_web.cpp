#include "did/did_web.h"

#include <algorithm>
#include <optional>

#include "did/internal/ascii.h"
#include "did/internal/web_rules.h"

namespace avow::did {
namespace {

using namespace internal;

constexpr std::size_t kMaxHostSize = 253;
constexpr std::size_t kMaxLabelSize = 63;
constexpr std::string_view kIdPunctuation = "-._";     // DID Core "DID Syntax": idchar
constexpr std::string_view kPathPunctuation = "-._~";  // RFC 3986 "Unreserved Characters"

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// Splits a trailing `%3A` and 1 to 5 digits off `authority`; nothing if there is no such port.
std::optional<std::string_view> take_port(std::string_view& authority) {
  const auto first_of_digits = authority.find_last_not_of("0123456789") + 1;
  const std::string_view digits = authority.substr(first_of_digits);
  std::string_view before = authority.substr(0, first_of_digits);
  // RFC 3986 "Case Normalization": %3A. Another spelling would be another DID of the same place.
  // Deviation: did:webvh v1.0 reads %3a as well (README "Decisions").
  if (!before.ends_with("%3A") || digits.empty() || digits.size() > 5) return std::nullopt;
  before.remove_suffix(3);
  authority = before;
  return digits;
}

bool is_port(std::string_view digits) {
  int port = 0;
  for (const char c : digits) port = port * 10 + (c - '0');
  return port >= 1 && port <= 65535 && digits[0] != '0';
}

/// URL parsers read a host whose last label is a number as an IPv4 address (WHATWG URL "ends in a
/// number checker"): 127.0.0.1, 2130706433, 0x7f.1.
bool ends_in_a_number(std::string_view last_label) {
  if (std::all_of(last_label.begin(), last_label.end(), is_digit)) return true;
  return last_label.starts_with("0x");
}

std::optional<Error> fault_of_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabelSize) {
    return invalid_did(
        "each label of a domain has 1 to 63 characters, and no dot stands at its end");
  }
  const auto is_label_char = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
  if (!std::all_of(label.begin(), label.end(), is_label_char) || label.front() == '-' ||
      label.back() == '-') {
    return invalid_did("a domain's labels are letters, digits and inner hyphens");
  }
  return std::nullopt;
}

std::optional<Error> fault_of_host(std::string_view host) {
  if (std::any_of(host.begin(), host.end(), [](char c) { return (c & '\x80') != 0; })) {
    // Deviation: did:webvh v1.0 would map a Unicode name here (IDNA2008 with UTS 46). Two spellings of
    // one name, and look-alikes, are then for every reader to sort out; an A-label has one spelling.
    return invalid_did("the domain is not ASCII: write it as an A-label (xn--…)");
  }
  if (std::any_of(host.begin(), host.end(), is_upper)) {
    return invalid_did("the domain has upper-case letters: write it in lower case");
  }
  if (host.empty() || host.size() > kMaxHostSize) {
    return invalid_did("a domain has 1 to 253 characters");
  }
  const auto labels = split(host, '.');
  for (const std::string_view label : labels) {
    if (auto fault = fault_of_label(label)) return fault;
  }
  if (ends_in_a_number(labels.back())) return invalid_did("an IP address is not a domain");
  if (labels.size() < 2 && host != "localhost")
    return invalid_did("a domain has at least two labels");
  return std::nullopt;
}

std::optional<Error> fault_of_segment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") {
    return invalid_did("a path segment is not empty, '.' or '..'");
  }
  const auto is_forbidden = [](char c) {
    return is_control(c) || std::string_view("/\\#?").find(c) != std::string_view::npos;
  };
  if (std::any_of(segment.begin(), segment.end(), is_forbidden)) {
    return invalid_did("a path segment has no '/', '\\', '#', '?' or control character");
  }
  if (segment.front() == ' ' || segment.back() == ' ') {
    return invalid_did("a path segment has no white space at its ends");
  }
  return std::nullopt;
}

std::string path_of(const WebLocation& location) {
  std::string path = "/";
  for (const std::string& segment : location.segments) {
    path += percent_encoded(segment, kPathPunctuation) + '/';
  }
  return path;
}

}  // namespace

namespace internal {

Result<WebLocation, Error> parse_web_location(std::string_view text) {
  const auto parts = split(text, ':');
  std::string_view authority = parts.front();
  const auto port = take_port(authority);
  if (authority.find("%3a") != std::string_view::npos)
    return fail(invalid_did("the colon before a port is written %3A, with a capital A"));
  WebLocation location{percent_decoded(authority), {}};
  if (auto fault = fault_of_host(location.host)) return fail(std::move(*fault));
  if (location.host != authority)
    return fail(invalid_did("only the colon before a port is percent-encoded in a domain, as %3A"));
  if (port) {
    if (!is_port(*port)) return fail(invalid_did("a port is a number from 1 to 65535"));
    if (*port == "443") return fail(invalid_did("port 443 is where HTTPS is anyway: leave it out"));
    location.host += ':' + std::string(*port);
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    location.segments.push_back(percent_decoded(parts[i]));
    if (auto fault = fault_of_segment(location.segments.back())) return fail(std::move(*fault));
    // One place, one DID: what is known of a place is looked up by its text.
    if (percent_encoded(location.segments.back(), kIdPunctuation) != parts[i])
      return fail(invalid_did("a path segment encodes only what it must, with upper-case digits"));
  }
  return location;
}

bool is_localhost(const WebLocation& location) {
  const std::string_view host = std::string_view(location.host).substr(0, location.host.find(':'));
  return host == "localhost" || host.ends_with(".localhost");
}

std::string file_path(const WebLocation& location, std::string_view name) {
  const std::string folder = location.segments.empty() ? "/.well-known/" : path_of(location);
  return folder + std::string(name);
}

std::string base_url(const WebLocation& location) {
  return "https://" + location.host + path_of(location);
}

}  // namespace internal

Result<WebLocation, Error> web_location(const Did& did) {
  if (did.method() != "web") return fail(invalid_did("not a did:web"));
  return parse_web_location(did.method_specific_id());
}

std::string did_json_path(const WebLocation& location) {
  return internal::file_path(location, "did.json");
}

Result<Did, Error> did_web(std::string_view domain, const std::vector<std::string>& segments) {
  const auto colon = domain.find(':');
  std::string text = "did:web:" + std::string(domain.substr(0, colon));
  if (colon != std::string_view::npos) text += "%3A" + std::string(domain.substr(colon + 1));
  for (const std::string& segment : segments) {
    text += ':' + percent_encoded(segment, kIdPunctuation);
  }
  auto did = Did::parse(text);
  if (!did) return did;
  const auto location = web_location(*did);
  if (!location) return fail(location.error());
  if (location->segments != segments) return fail(invalid_did("a domain is a host, or host:port"));
  return did;
}

}  // namespace avow::did
