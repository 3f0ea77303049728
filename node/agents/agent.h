#pragma once

#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/did.h"
#include "did/document.h"
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
  /// Multikey of the first Ed25519 key that its document, as it stands now, has for authentication; empty if there is
  /// none. Which document that is changes with every update of it.
  std::string public_key;
  core::Instant added;
  bool deactivated = false;  // its DID, for good
};

/// The key that `public_key` of an agent with this document is.
std::string authentication_key(const did::Document& document);

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
