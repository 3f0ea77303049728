#pragma once

#include <string>
#include <string_view>

#include "did/did_web.h"

namespace avow::did::internal {

/// The `domain[%3Aport][:segment]*` that did:web and did:webvh share. `text` is part of a Did.
/// source did:web Method Specification "Method-specific identifier"; did:webvh v1.0 "The DID to
///        HTTPS Transformation"
/// fails invalid_did
Result<WebLocation, Error> parse_web_location(std::string_view text);

/// A host that can only be this machine: `localhost` or a name under it.
bool is_localhost(const WebLocation& location);

/// The path at which a host serves such a file of the DID: "/.well-known/<name>", "/people/p-1/<name>".
std::string file_path(const WebLocation& location, std::string_view name);

/// "https://host:port/" or "https://host:port/seg/": what relative files of the DID hang from.
std::string base_url(const WebLocation& location);

}  // namespace avow::did::internal
