#pragma once

#include <string>

namespace avow::vc {

/// The JSON-LD 1.1 context behind kAvowContext, as RFC 8785 text: the terms of an AgentCapabilityCredential that
/// credentials/v2 does not define. We sign with JCS and need none of it; a processor that reads our credentials as RDF
/// does. `agent`, `capabilities` and `limits` are JSON literals (@json): their `type` members are not JSON-LD types.
/// Who pins it has its SHA-256 (vc/avow_context_test.cpp): what is published under this URL does not change.
std::string avow_context();

}  // namespace avow::vc
