#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace avow::node::api {

inline constexpr std::string_view kResolution = "application/did-resolution";
inline constexpr std::string_view kDereferencing = "application/did-url-dereferencing";
inline constexpr std::string_view kLegacyResolution =
    "application/ld+json;profile=\"https://w3id.org/did-resolution\"";
inline constexpr std::string_view kLegacyDereferencing =
    "application/ld+json;profile=\"https://w3id.org/did-url-dereferencing\"";
/// The media types in which a bare document is given; the first is the one without a wish.
inline constexpr std::array<std::string_view, 5> kDocumentTypes{
    "application/did", "application/did+json", "application/did+ld+json", "application/json",
    "application/ld+json"};

/// What is sent: a bare document (or the part of it that a fragment names), a result with its metadata, or where
/// a service stands. `any`: the client leaves it to us.
enum class Form {
  any,
  document,
  resolution,
  legacy_resolution,
  dereferencing,
  legacy_dereferencing,
  uri_list,
};

bool is_dereferencing_result(Form form);

struct Representation {
  Form form;
  std::string content_type;
};

/// What an Accept header takes of what is served, what it likes best first: by q, then in the header's order.
/// Without a header anything. A media range that is not one is passed over.
/// source RFC 9110 "Accept"
std::vector<Representation> acceptable_representations(const std::string* accept);

}  // namespace avow::node::api
