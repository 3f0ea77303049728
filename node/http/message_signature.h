#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "node/error.h"
#include "node/http/message.h"

namespace avow::node::http {

/// A signature of a request as its fields describe it; nothing of it is verified.
struct MessageSignature {
  std::vector<std::string> components;  // what it covers: names of fields, "@method" …
  std::string parameters;               // the value of "@signature-params"
  std::optional<std::int64_t> created;  // Unix time
  std::optional<std::int64_t> expires;
  std::string nonce;  // these are "" if they are not there
  std::string key_id;
  std::string algorithm;
  std::string tag;
  core::Bytes value;

  bool covers(std::string_view component) const;
};

/// Why a signature is not believed: 400 cannot be read, 401 otherwise.
struct SignatureFault {
  int status;
  std::string_view code;
  std::string detail;
};

inline constexpr std::size_t kMaxSignedComponents = 16;

/// The signature with that label among the request's fields; nothing if there is none.
///
/// headers  names in lower case
/// limits   kMaxSignedComponents, each without parameters of its own; labels and components once
/// fails    400 bad_signature_input
/// source   RFC 9421 "Signature-Input", "Signature"; RFC 8941 "Dictionaries"
Result<std::optional<MessageSignature>, SignatureFault> find_signature(const NamedValues& headers,
                                                                       std::string_view label);

/// The bytes that are signed.
///
/// url     as the client asked it, absolute; of it @target-uri, @scheme, @authority, @path and @query
/// fails   400 bad_signature_input (a derived component that is not known), 401 bad_signature (a field that is not there)
/// source  RFC 9421 "Creating the Signature Base"
Result<std::string, SignatureFault> signature_base(const MessageSignature& signature,
                                                   std::string_view method, std::string_view url,
                                                   const NamedValues& headers);

/// "sha-256=:…:"
/// source RFC 9530 "The Content-Digest Field"
std::string content_digest(std::string_view body);

/// A byte sequence of RFC 8941: ":…:".
std::string to_structured(core::ByteView bytes);

}  // namespace avow::node::http
