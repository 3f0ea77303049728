#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "did/did.h"

namespace avow::did {

/// Where a did:web DID lives. `host` keeps its port as "host:port"; `segments` are percent-decoded.
struct WebLocation {
  std::string host;
  std::vector<std::string> segments;
};

/// did:web:example.com%3A8443:people:p-1 → {example.com:8443, [people, p-1]}.
/// fails invalid_did: IP literal, user info, `..`, empty segments, percent-encoded `/ # ? \ NUL` or control bytes,
///       upper-case host
Result<WebLocation, Error> web_location(const Did& did);

/// The path at which the host serves the document: "/.well-known/did.json", "/people/p-1/did.json".
std::string did_json_path(const WebLocation& location);

/// did:web for a domain (host, host:port) and path segments.
/// fails invalid_did
Result<Did, Error> did_web(std::string_view domain, const std::vector<std::string>& segments);

}  // namespace avow::did
