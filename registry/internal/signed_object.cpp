#include "registry/internal/signed_object.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "registry/merkle.h"

namespace avow::registry {
namespace {

// Depth is bounded by the parser.
bool has_only_plain_values(const core::Json& value) {  // NOLINT(misc-no-recursion)
  if (const auto* items = value.as_array()) {
    return std::all_of(items->begin(), items->end(), has_only_plain_values);
  }
  if (const auto* members = value.as_object()) {
    return std::all_of(members->begin(), members->end(), [](const core::Json::Member& member) {
      return has_only_plain_values(member.second);
    });
  }
  return value.as_string() != nullptr || value.as_integer() != nullptr ||
         value.as_boolean() != nullptr;
}

}  // namespace

Error from_core(const core::Error& cause, ErrorCode code) {
  std::string detail(core::code_name(cause.code));
  if (!cause.detail.empty()) detail += ": " + cause.detail;
  if (!cause.pointer.empty()) detail += " at " + cause.pointer;
  return {cause.code == core::ErrorCode::too_large ? ErrorCode::too_large : code, detail};
}

Result<core::Json, Error> parse_canonical(std::string_view text, std::size_t max_bytes,
                                          int max_depth) {
  core::JsonLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_depth = max_depth;
  auto json = core::parse_json(text, limits);
  if (!json) return fail(from_core(json.error()));
  if (!has_only_plain_values(*json)) {
    return fail(Error{ErrorCode::malformed, "a null, or a number that is not a safe integer"});
  }
  if (core::to_canonical(*json) != text) {
    return fail(Error{ErrorCode::not_canonical, "the text is not its own RFC 8785 text"});
  }
  return std::move(*json);
}

core::Sha256 object_hash(const core::Json& object) {
  return leaf_hash(core::as_bytes(core::to_canonical_without(object, "proof")));
}

std::string hash_text(const core::Sha256& hash) {
  return core::to_multibase(hash);
}

Result<std::string, Error> read_plain_proof(const core::Json& proof) {
  core::JsonReader in(proof, "/proof");
  read_literal(in, "type", "DataIntegrityProof");
  read_literal(in, "cryptosuite", "eddsa-jcs-2022");
  read_literal(in, "proofPurpose", "assertionMethod");
  auto method = in.string("verificationMethod");
  in.string("proofValue", 256);
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  return method;
}

core::Json sign_object(core::Json object, const std::string& method,
                       const core::Ed25519SigningKey& key) {
  object.erase("proof");
  core::ProofOptions options;
  options.verification_method = method;
  options.proof_purpose = "assertionMethod";
  auto proof = core::create_proof(object, options, key);
  return core::with_proof(std::move(object), std::move(proof));
}

core::Instant read_milliseconds(core::JsonReader& in, std::string_view name) {
  const auto text = in.string(name, 64);
  if (!in.ok()) return {};
  const auto at = core::parse_rfc3339(text);
  if (!at || core::format_milliseconds(*at) != text) {
    in.fault(core::ErrorCode::bad_datetime, name, "must be written as 2026-11-21T08:00:00.123Z");
    return {};
  }
  return *at;
}

std::string read_hash(core::JsonReader& in, std::string_view name) {
  auto text = in.string(name, 64);
  if (in.ok() && !core::sha256_from_multibase(text)) {
    in.fault(core::ErrorCode::bad_multibase, name, "must be \"u\" and 32 bytes in base64url");
  }
  return text;
}

std::string read_scid(core::JsonReader& in, std::string_view name) {
  auto text = in.string(name, 64);
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 && c < 0x80; });
  if (in.ok() && !plain) in.fault(core::ErrorCode::type, name, "must be letters and digits");
  return text;
}

void read_literal(core::JsonReader& in, std::string_view name, std::string_view expected) {
  const auto text = in.string(name);
  if (in.ok() && text != expected) {
    in.fault(core::ErrorCode::type, name, "must be \"" + std::string(expected) + "\"");
  }
}

}  // namespace avow::registry
