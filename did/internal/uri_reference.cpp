#include "did/internal/uri_reference.h"

#include <algorithm>

#include "did/internal/ascii.h"

namespace avow::did::internal {
namespace {

bool is_uri_text(std::string_view text) {
  while (!text.empty()) {
    const bool triple = starts_with_percent_triple(text);
    if (!triple && !is_alphanumeric(text[0]) &&
        std::string_view("-._~:/?#[]@!$&'()*+,;=").find(text[0]) == std::string_view::npos) {
      return false;
    }
    text.remove_prefix(triple ? 3 : 1);
  }
  return true;
}

bool is_scheme(std::string_view text) {
  if (text.empty() || !(is_lower(text[0]) || is_upper(text[0]))) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

/// Cuts `text` at `mark` and gives what followed it.
std::optional<std::string> cut_at(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string rest(text.substr(at + 1));
  text = text.substr(0, at);
  return rest;
}

void drop_last_segment(std::string& path) {
  const auto slash = path.rfind('/');
  path.erase(slash == std::string::npos ? 0 : slash);
}

/// RFC 3986 "Remove Dot Segments".
std::string without_dot_segments(std::string_view in) {
  std::string out;
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last_segment(out);
    } else if (in == "/..") {
      in = "/";
      drop_last_segment(out);
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const auto end = std::min(in.find('/', 1), in.size());
      out += in.substr(0, end);
      in.remove_prefix(end);
    }
  }
  return out;
}

/// RFC 3986 "Merge Paths".
std::string merged(const UriReference& base, const std::string& path) {
  if (base.authority && base.path.empty()) return "/" + path;
  const auto slash = base.path.rfind('/');
  return slash == std::string::npos ? path : base.path.substr(0, slash + 1) + path;
}

}  // namespace

std::optional<UriReference> UriReference::parse(std::string_view text) {
  if (!is_uri_text(text)) return std::nullopt;
  UriReference out;
  out.fragment = cut_at(text, '#');
  out.query = cut_at(text, '?');
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    out.scheme = std::string(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto end = std::min(text.find('/'), text.size());
    out.authority = std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
  out.path = std::string(text);
  return out;
}

std::string UriReference::text() const {
  std::string out;
  if (scheme) out += *scheme + ':';
  if (authority) out += "//" + *authority;
  out += path;
  if (query) out += '?' + *query;
  if (fragment) out += '#' + *fragment;
  return out;
}

UriReference resolved(const UriReference& base, const UriReference& reference) {
  UriReference out = reference;
  if (reference.scheme || reference.authority) {
    out.path = without_dot_segments(reference.path);
    if (!reference.scheme) out.scheme = base.scheme;
    return out;
  }
  out.scheme = base.scheme;
  out.authority = base.authority;
  if (reference.path.empty()) {
    out.path = base.path;
    if (!reference.query) out.query = base.query;
  } else if (reference.path.starts_with('/')) {
    out.path = without_dot_segments(reference.path);
  } else {
    out.path = without_dot_segments(merged(base, reference.path));
  }
  return out;
}

}  // namespace avow::did::internal
