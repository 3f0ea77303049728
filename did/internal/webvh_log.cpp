#include "did/internal/webvh_log.h"

#include <algorithm>
#include <cassert>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/sha256.h"
#include "did/did_key.h"

namespace avow::did::internal {
namespace {

constexpr std::size_t kMaxProofs = 8;

/// The two halves of did:key:<mk>#<mk> are equal, byte for byte; gives <mk>.
Result<std::string, Error> multikey_of(std::string_view verification_method) {
  constexpr std::string_view kPrefix = "did:key:";
  const auto hash = verification_method.find('#');
  if (!verification_method.starts_with(kPrefix) || hash == std::string_view::npos) {
    return fail(invalid_log("a proof's verificationMethod is not a did:key"));
  }
  const auto body = verification_method.substr(kPrefix.size(), hash - kPrefix.size());
  if (body != verification_method.substr(hash + 1)) {
    return fail(invalid_log("a proof's verificationMethod has another key in its fragment"));
  }
  return std::string(body);
}

/// `entry_digest`: SHA-256 of the unsigned entry, which each proof signs beside itself.
Result<void, Error> check_proof(const core::Sha256& entry_digest, const core::Json& proof,
                                const std::vector<core::Ed25519PublicKey>& authorised) {
  const auto read = read_log_proof(proof);
  if (!read) return fail(read.error());
  const auto key = std::find_if(authorised.begin(), authorised.end(), [&](const auto& candidate) {
    return candidate.to_multikey() == read->multikey;
  });
  if (key == authorised.end()) {
    return fail(invalid_log("a proof is by a key that is not one of the updateKeys"));
  }
  // A proof may have a context only if what it signs begins with it, and an entry has none.
  if (proof.find("@context") != nullptr) return fail(invalid_log("a proof has an @context"));
  const core::Sha256 proof_digest = core::sha256(core::to_canonical_without(proof, "proofValue"));
  core::Bytes data(proof_digest.begin(), proof_digest.end());
  data.insert(data.end(), entry_digest.begin(), entry_digest.end());
  if (const auto verified = core::verify_signature(read->proof, data, *key); !verified) {
    return fail(invalid_log("proof: " + verified.error().detail));
  }
  return {};
}

std::string multihash_text(const core::Sha256& hash) {
  core::Bytes multihash = {0x12, 0x20};
  multihash.insert(multihash.end(), hash.begin(), hash.end());
  return core::to_base58btc(multihash);
}

}  // namespace

std::string webvh_hash(std::string_view text) {
  return multihash_text(core::sha256(text));
}

UnsignedEntry unsigned_entry(const core::Json& entry) {
  const std::string& id = *entry.find_string("versionId");
  const std::string end = R"(","versionTime":")" + *entry.find_string("versionTime") + R"("})";
  std::string text = core::to_canonical_without(entry, "proof");
  assert(text.ends_with(id + end));  // the last two members by RFC 8785
  text.resize(text.size() - end.size() - id.size());
  return {std::move(text), id, end};
}

std::string entry_hash(const UnsignedEntry& entry, std::string_view version_id) {
  return multihash_text(core::sha256({core::as_bytes(entry.before_id), core::as_bytes(version_id),
                                      core::as_bytes(entry.after_id)}));
}

Result<core::Json, Error> with_text_replaced(std::string_view text, std::string_view from,
                                             std::string_view to) {
  std::string replaced;
  std::size_t copied = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, copied)) {
    replaced.append(text, copied, at - copied).append(to);
    copied = at + from.size();
  }
  replaced.append(text, copied);
  auto parsed = core::parse_json(replaced);
  if (!parsed) return fail(invalid_log("a text's substitution: " + parsed.error().detail));
  return std::move(*parsed);
}

core::Json create_log_proof(const core::Json& document, const core::Ed25519SigningKey& key,
                            core::Instant created) {
  const core::ProofOptions options{.verification_method = did_key_method_of(key.public_key()),
                                   .proof_purpose = "assertionMethod",
                                   .created = core::format_seconds(created)};
  return core::create_proof(document, options, key);
}

Result<LogProof, Error> read_log_proof(const core::Json& proof) {
  auto read = core::read_proof(proof);
  if (!read) return fail(invalid_log("proof: " + read.error().detail));
  if (read->cryptosuite != "eddsa-jcs-2022") {
    return fail(invalid_log("a proof's cryptosuite is not eddsa-jcs-2022"));
  }
  auto multikey = multikey_of(read->verification_method);
  if (!multikey) return fail(std::move(multikey.error()));
  if (read->proof_purpose != "assertionMethod") {
    return fail(invalid_log("a proof's proofPurpose is not assertionMethod"));
  }
  // A history is for ever, and must be the same for whoever reads it later.
  if (read->expires) return fail(invalid_log("a proof in a log does not expire"));
  return LogProof{std::move(*read), std::move(*multikey)};
}

Result<void, Error> check_entry_proofs(const core::Json* proof, const UnsignedEntry& entry,
                                       const std::vector<core::Ed25519PublicKey>& authorised) {
  if (proof == nullptr) return fail(invalid_log("the entry has no proof"));
  const core::Sha256 digest = core::sha256(
      {core::as_bytes(entry.before_id), core::as_bytes(entry.id), core::as_bytes(entry.after_id)});
  if (proof->is_object()) return check_proof(digest, *proof, authorised);
  const core::Json::Array* proofs = proof->as_array();
  if (proofs == nullptr || proofs->empty()) return fail(invalid_log("the entry has no proof"));
  if (proofs->size() > kMaxProofs) return fail(invalid_log("the entry has more than 8 proofs"));
  for (const core::Json& each : *proofs) {
    if (auto checked = check_proof(digest, each, authorised); !checked) return checked;
  }
  return {};
}

}  // namespace avow::did::internal
