#include "did/internal/webvh_log.h"

#include <algorithm>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_reader.h"
#include "core/sha256.h"
#include "did/internal/ascii.h"

namespace avow::did::internal {
namespace {

constexpr std::size_t kMaxListed = 64;  // keys, hashes, watchers; ours, the specification has none
constexpr std::size_t kMaxProofs = 8;
constexpr std::int64_t kMaxTtl = std::int64_t{1} << 31;

Error invalid(std::string detail) {
  return {ErrorCode::invalid_log, std::move(detail)};
}

/// null is forbidden to write; whoever reads it takes the default (did:webvh v1.0 "DID Log
/// Entry Parameters").
core::Json without_nulls(const core::Json& object) {
  core::Json kept = core::Json::object();
  for (const auto& [name, value] : *object.as_object()) {
    if (!value.is_null()) kept.set(name, value);
  }
  return kept;
}

std::vector<std::string> strings(core::JsonReader& in, std::string_view name) {
  std::vector<std::string> texts;
  const core::Json::Array* items = in.array(name, kMaxListed);
  if (items == nullptr) return texts;
  for (const core::Json& item : *items) {
    const std::string* text = item.as_string();
    if (text == nullptr || text->empty() || std::any_of(text->begin(), text->end(), is_control)) {
      in.fault(core::ErrorCode::type, name, "not an array of non-empty strings");
      return {};
    }
    texts.push_back(*text);
  }
  return texts;
}

bool optional_boolean(core::JsonReader& in, const core::Json& parameters, std::string_view name) {
  return parameters.find(name) != nullptr && in.boolean(name);
}

void check_update_keys(core::JsonReader& in, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!core::Ed25519PublicKey::from_multikey(key)) {
      in.fault(core::ErrorCode::invalid_key, "updateKeys", "not an Ed25519 Multikey");
    }
  }
}

void check_watchers(core::JsonReader& in) {
  for (const std::string& url : strings(in, "watchers")) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
      in.fault(core::ErrorCode::type, "watchers", "not an HTTP URL");
    }
  }
}

/// A first entry with witnesses counts only with their proofs, which stand in another file.
/// Deviation: such an entry is refused, since nothing here can look at that file.
void check_witness(core::JsonReader& in) {
  const core::Json* witness = in.object("witness");
  if (witness == nullptr || witness->as_object()->empty()) return;
  in.fault(core::ErrorCode::type, "witness", "an entry that asks for witnesses is not supported");
}

/// The two halves of did:key:<mk>#<mk> are equal, byte for byte; gives <mk>.
Result<std::string, Error> multikey_of(std::string_view verification_method) {
  constexpr std::string_view kPrefix = "did:key:";
  const auto hash = verification_method.find('#');
  if (!verification_method.starts_with(kPrefix) || hash == std::string_view::npos) {
    return fail(invalid("a proof's verificationMethod is not a did:key"));
  }
  const auto body = verification_method.substr(kPrefix.size(), hash - kPrefix.size());
  if (body != verification_method.substr(hash + 1)) {
    return fail(invalid("a proof's verificationMethod has another key in its fragment"));
  }
  return std::string(body);
}

Result<void, Error> check_proof(const core::Json& entry, const core::Json& proof,
                                const std::vector<std::string>& update_keys, core::Instant now) {
  const auto read = core::read_proof(proof);
  if (!read) return fail(invalid("proof: " + read.error().detail));
  const auto multikey = multikey_of(read->verification_method);
  if (!multikey) return fail(multikey.error());
  if (std::find(update_keys.begin(), update_keys.end(), *multikey) == update_keys.end()) {
    return fail(invalid("a proof is by a key that is not one of the updateKeys"));
  }
  if (read->proof_purpose != "assertionMethod") {
    return fail(invalid("a proof's proofPurpose is not assertionMethod"));
  }
  if (read->expires && *read->expires <= now) return fail(invalid("a proof has expired"));
  const auto key = core::Ed25519PublicKey::from_multikey(*multikey);
  if (!key) return fail(invalid("a proof's key: " + key.error().detail));
  if (const auto verified = core::verify_proof(entry, proof, *key); !verified) {
    return fail(invalid("proof: " + verified.error().detail));
  }
  return {};
}

}  // namespace

std::string webvh_hash(std::string_view text) {
  const core::Sha256 hash = core::sha256(text);
  core::Bytes multihash = {0x12, 0x20};
  multihash.insert(multihash.end(), hash.begin(), hash.end());
  return core::to_base58btc(multihash);
}

std::string entry_hash(const core::Json& entry, std::string_view version_id) {
  core::Json unsigned_entry = entry;
  unsigned_entry.erase("proof");
  unsigned_entry.set("versionId", version_id);
  return webvh_hash(core::to_canonical(unsigned_entry));
}

Result<core::Json, Error> with_text_replaced(const core::Json& json, std::string_view from,
                                             std::string_view to) {
  const std::string text = core::to_canonical(json);
  std::string replaced;
  std::size_t copied = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, copied)) {
    replaced.append(text, copied, at - copied).append(to);
    copied = at + from.size();
  }
  replaced.append(text, copied);
  auto parsed = core::parse_json(replaced);
  if (!parsed) return fail(invalid("the SCID's substitution: " + parsed.error().detail));
  return std::move(*parsed);
}

Result<FirstParameters, Error> read_first_parameters(const core::Json& parameters) {
  if (!parameters.is_object()) return fail(invalid("parameters is not an object"));
  const core::Json given = without_nulls(parameters);
  core::JsonReader in(given, "/parameters");
  if (in.string("method") != "did:webvh:1.0") {
    in.fault(core::ErrorCode::type, "method", "only did:webvh:1.0 is supported");
  }
  FirstParameters first;
  first.scid = in.string("scid");
  first.update_keys = strings(in, "updateKeys");
  check_update_keys(in, first.update_keys);
  if (given.find("nextKeyHashes") != nullptr) strings(in, "nextKeyHashes");
  if (given.find("watchers") != nullptr) check_watchers(in);
  if (given.find("witness") != nullptr) check_witness(in);
  optional_boolean(in, given, "portable");
  first.deactivated = optional_boolean(in, given, "deactivated");
  in.optional_integer("ttl", 0, kMaxTtl);
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(invalid(fault->pointer + ": " + fault->detail));
  }
  return first;
}

Result<void, Error> check_entry_proofs(const core::Json& entry,
                                       const std::vector<std::string>& update_keys,
                                       core::Instant now) {
  const core::Json* proof = entry.find("proof");
  if (proof == nullptr) return fail(invalid("the entry has no proof"));
  if (proof->is_object()) return check_proof(entry, *proof, update_keys, now);
  const core::Json::Array* proofs = proof->as_array();
  if (proofs == nullptr || proofs->empty()) return fail(invalid("the entry has no proof"));
  if (proofs->size() > kMaxProofs) return fail(invalid("the entry has more than 8 proofs"));
  for (const core::Json& each : *proofs) {
    if (auto checked = check_proof(entry, each, update_keys, now); !checked) return checked;
  }
  return {};
}

}  // namespace avow::did::internal
