#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "did/error.h"

namespace avow::did {

/// A DID that follows the ABNF of DID Core 1.0 "DID Syntax": `did:` method `:` id, at most 2,048 bytes, compared
/// byte for byte.
class Did {
 public:
  static Result<Did, Error> parse(std::string_view text);  // fails invalid_did

  const std::string& text() const { return text_; }
  std::string_view method() const;
  /// What follows `did:<method>:`, still percent-encoded.
  std::string_view method_specific_id() const;

  friend auto operator<=>(const Did&, const Did&) = default;
  friend bool operator==(const Did&, const Did&) = default;

 private:
  explicit Did(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// A DID with path, query and fragment (DID Core 1.0 "DID URL Syntax").
struct DidUrl {
  Did did;
  std::string path;                     // with its leading '/', or empty
  std::optional<std::string> query;     // without '?'
  std::optional<std::string> fragment;  // without '#'

  static Result<DidUrl, Error> parse(std::string_view text);  // fails invalid_did_url
  /// The text of `reference` made absolute: "#key-1" becomes "<base>#key-1"; anything else is given back.
  static std::string absolute(std::string_view reference, const Did& base);
  std::string text() const;
};

}  // namespace avow::did
