#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace avow::did::internal {

/// The five components of a URI reference; a missing one is not an empty one.
/// source RFC 3986 "Parsing a URI Reference with a Regular Expression"
struct UriReference {
  std::optional<std::string> scheme;
  std::optional<std::string> authority;
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;

  /// gives nothing when a character cannot stand in a URI
  static std::optional<UriReference> parse(std::string_view text);
  std::string text() const;
};

/// `reference` as seen from `base`, which has a scheme.
/// source RFC 3986 "Transform References"
UriReference resolved(const UriReference& base, const UriReference& reference);

}  // namespace avow::did::internal
