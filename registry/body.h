#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "registry/error.h"

namespace avow::registry {

/// The bodies of the kinds that this room defines (those of status.* are revocation's; agent.*,
/// key.compromised and issued have headers of their own).
/// All are closed. A body that fails is void: its statement is accepted and has no effect.

inline constexpr std::size_t kMaxNodeUrls = 16;
inline constexpr std::size_t kMaxNodePeers = 16;
inline constexpr std::size_t kMaxTypes = 64;
inline constexpr std::int64_t kMaxAccreditationDepth = 8;

/// A node among nodes: the key by which it shows who it is, and its peer listener if that speaks TLS.
struct NodePeer {
  std::optional<std::string> url;  // "https://HOST:PORT", compared as it stands
  core::Ed25519PublicKey key;

  friend bool operator==(const NodePeer&, const NodePeer&) = default;
};

/// {"urls":["https://…"],"tag"?,"peers"?:[{"url"?,"key":"z6Mk…"}]}: where the member's nodes are reached, who operates
/// them, and as whom other members' nodes know them. A node has several entries where it has several keys.
struct NodeSet {
  std::vector<std::string> urls;
  std::optional<std::string> tag;
  std::vector<NodePeer> peers = {};  // 1 to kMaxNodePeers different ones, or none

  friend bool operator==(const NodeSet&, const NodeSet&) = default;
};
Result<NodeSet, Error> parse_node_set(const core::Json& body);
core::Json to_json(const NodeSet& body);

enum class DocumentStatus { active, deactivated };

/// {"id","document","owner"?,"status"?}: the current document of an agent or a person of the
/// member; `status` is "active" (the default) or "deactivated".
struct DocumentStatement {
  std::string id;
  core::Json document;
  std::optional<std::string> owner;  // DID of the person who answers for an agent
  DocumentStatus status = DocumentStatus::active;
};
Result<DocumentStatement, Error> parse_document_statement(const core::Json& body);
core::Json to_json(const DocumentStatement& body);

/// {"subject","types":[…],"until"?,"depth"}: `subject` may issue these credential types until then,
/// and accredit others `depth` links further.
struct Accreditation {
  std::string subject;  // a DID
  std::vector<std::string> types;
  std::optional<core::Instant> until;
  std::int64_t depth = 0;  // 0..8

  friend bool operator==(const Accreditation&, const Accreditation&) = default;
};
Result<Accreditation, Error> parse_accreditation(const core::Json& body);
core::Json to_json(const Accreditation& body);

/// {"subject","types":[…]}: what the author said before of that subject and these types ends.
struct AccreditationEnd {
  std::string subject;
  std::vector<std::string> types;

  friend bool operator==(const AccreditationEnd&, const AccreditationEnd&) = default;
};
Result<AccreditationEnd, Error> parse_accreditation_end(const core::Json& body);
core::Json to_json(const AccreditationEnd& body);

/// A JSON array of 1 to kMaxTypes different credential type names. Used by grants too.
std::vector<std::string> read_types(const core::Json::Array* array, std::string& fault);

}  // namespace avow::registry
