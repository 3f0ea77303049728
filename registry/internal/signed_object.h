#pragma once

#include <string>
#include <string_view>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/json_reader.h"
#include "core/sha256.h"
#include "registry/error.h"

namespace avow::registry {

/// What statements, heads, proofs and slots have in common.

/// Parses `text` within the limits, refuses null and doubles anywhere, and asks that the text is its
/// own RFC 8785 text.
Result<core::Json, Error> parse_canonical(std::string_view text, std::size_t max_bytes,
                                          int max_depth);

/// SHA-256(0x00 ‖ JCS(object without `proof`)), and how it is written.
core::Sha256 object_hash(const core::Json& object);
std::string hash_text(const core::Sha256& hash);

/// A DataIntegrityProof with exactly the members type, cryptosuite, verificationMethod, proofPurpose
/// (assertionMethod) and proofValue.
/// gives its verificationMethod
/// fails malformed
Result<std::string, Error> read_plain_proof(const core::Json& proof);

/// The object with a proof of those five members.
core::Json sign_object(core::Json object, const std::string& method,
                       const core::Ed25519SigningKey& key);

/// A moment written as "2026-11-21T08:00:00.123Z" and in no other way.
core::Instant read_milliseconds(core::JsonReader& in, std::string_view name);
/// A hash as "u…" of 32 bytes.
std::string read_hash(core::JsonReader& in, std::string_view name);
/// An SCID: 46 base58btc characters are the did room's to check; here 1..64 letters and digits.
std::string read_scid(core::JsonReader& in, std::string_view name);
/// A member that must have exactly this text.
void read_literal(core::JsonReader& in, std::string_view name, std::string_view expected);

/// Epochs and sequences: safe integers.
inline constexpr std::int64_t kMaxInteger = 9'007'199'254'740'991;

}  // namespace avow::registry
