#pragma once

#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did.h"
#include "node/error.h"

namespace avow::node {

/// An agent of the own organisation and the person who answers for it.
struct Agent {
  std::string name;  // unique without regard to case
  std::string version;
  std::string kind;   // "assistant", …
  std::string did;    // did:web:<domain>:agents:<name>
  std::string owner;  // did:web:<domain>:people:<id>
  std::string owner_name;
  std::string public_key;  // Multikey
  core::Instant added;
};

/// Names stand in DIDs, URLs and logs: an ASCII letter or digit, then up to 63 of letters, digits, '.', '_' and
/// '-'. ASCII only, so that no name can look like another.
bool is_agent_name(std::string_view name);

/// "Maria Rossi" → "maria-rossi": a person's path segment, when none is given. Empty if nothing of it is left.
std::string slug(std::string_view name);

/// The DID documents that the organisation serves for its agents and people.
core::Json agent_document(const did::Did& agent, const did::Did& organisation,
                          std::string_view multikey);
core::Json person_document(const did::Did& person, const did::Did& organisation);

}  // namespace avow::node
