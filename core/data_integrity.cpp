#include "core/data_integrity.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "core/multibase.h"
#include "core/sha256.h"

namespace avow::core {
namespace {

constexpr std::string_view kProofType = "DataIntegrityProof";
constexpr std::string_view kCryptosuite = "eddsa-jcs-2022";
// 64 bytes are at most 88 digits; the size is checked before the quadratic decoding.
constexpr std::size_t kMaxProofValueSize = 1 + 88;

// To a caller, a proof that cannot be read is one kind of fault; only a bad date has a name of its
// own.
Error as_proof_fault(Error fault) {
  if (fault.code != ErrorCode::bad_datetime) fault.code = ErrorCode::malformed_proof;
  return fault;
}

Result<Ed25519Signature, Error> read_signature(std::string_view proof_value) {
  const auto refused = [](std::string detail) {
    return fail(Error{ErrorCode::bad_multibase, std::move(detail), "/proofValue"});
  };
  if (proof_value.size() > kMaxProofValueSize) return refused("longer than `z` and 64 bytes");
  const auto bytes = from_multibase(Multibase::base58btc, proof_value);
  if (!bytes) return refused(bytes.error().detail);
  Ed25519Signature signature{};
  if (bytes->size() != signature.size()) return refused("an Ed25519 signature has 64 bytes");
  std::copy(bytes->begin(), bytes->end(), signature.begin());
  return signature;
}

// A single context counts as a list of one.
std::span<const Json> context_list(const Json& context) {
  if (const auto* list = context.as_array()) return *list;
  return {&context, 1};
}

// Deviation: an empty list is refused although it is a prefix of every list, because it would leave
// the meaning of the whole document unsigned.
bool is_context_prefix(const Json& proof_context, const Json* document_context) {
  if (document_context == nullptr) return false;
  const auto prefix = context_list(proof_context);
  const auto whole = context_list(*document_context);
  return !prefix.empty() && prefix.size() <= whole.size() &&
         std::equal(prefix.begin(), prefix.end(), whole.begin());
}

}  // namespace

Result<Proof, Error> read_proof(const Json& proof) {
  JsonReader in(proof);
  Proof read;
  read.type = in.string("type");
  if (in.ok() && read.type != kProofType) {
    return fail(Error{ErrorCode::unsupported_proof_type, "only DataIntegrityProof", "/type"});
  }
  read.cryptosuite = in.string("cryptosuite");
  if (in.ok() && read.cryptosuite != kCryptosuite) {
    return fail(Error{ErrorCode::unsupported_cryptosuite, "only eddsa-jcs-2022", "/cryptosuite"});
  }
  read.verification_method = in.string("verificationMethod");
  read.proof_purpose = in.string("proofPurpose");
  read.proof_value = in.text("proofValue");  // what it may hold is for its decoding to say
  read.created = in.optional_instant("created");
  read.expires = in.optional_instant("expires");
  if (const Json* domain = proof.find("domain"); domain != nullptr && domain->as_array()) {
    in.fault(ErrorCode::malformed_proof, "domain", "a set of domains is not supported, only one");
  }
  read.domain = in.optional_string("domain");
  read.challenge = in.optional_string("challenge");
  if (proof.find("previousProof") != nullptr) {
    in.fault(ErrorCode::malformed_proof, "previousProof", "proof chains are not supported");
  }
  // Open: members that we do not know are signed too, hence harmless.
  if (auto fault = in.finish(JsonReader::Members::open)) {
    return fail(as_proof_fault(std::move(*fault)));
  }
  return read;
}

std::array<std::uint8_t, 64> proof_hash_data(const Json& document, const Json& proof) {
  const Sha256 proof_hash = sha256(to_canonical_without(proof, "proofValue"));
  const Sha256 document_hash = sha256(to_canonical_without(document, "proof"));
  std::array<std::uint8_t, 64> data{};
  const auto rest = std::copy(proof_hash.begin(), proof_hash.end(), data.begin());
  std::copy(document_hash.begin(), document_hash.end(), rest);
  return data;
}

Json create_proof(const Json& document, const ProofOptions& options, const Ed25519SigningKey& key) {
  Json proof = Json::object({{"type", kProofType},
                             {"cryptosuite", kCryptosuite},
                             {"verificationMethod", options.verification_method},
                             {"proofPurpose", options.proof_purpose}});
  const auto set_if_given = [&proof](std::string_view name,
                                     const std::optional<std::string>& text) {
    if (text) proof.set(name, *text);
  };
  set_if_given("created", options.created);
  set_if_given("expires", options.expires);
  set_if_given("domain", options.domain);
  set_if_given("challenge", options.challenge);
  if (const Json* context = document.find("@context")) proof.set("@context", *context);
  const Ed25519Signature signature = key.sign(proof_hash_data(document, proof));
  proof.set("proofValue", to_multibase(Multibase::base58btc, signature));
  return proof;
}

Json with_proof(Json document, Json proof) {
  document.set("proof", std::move(proof));
  return document;
}

Result<Proof, Error> verify_proof(const Json& document, const Json& proof,
                                  const Ed25519PublicKey& key) {
  auto read = read_proof(proof);
  if (!read) return read;
  const auto signature = read_signature(read->proof_value);
  if (!signature) return fail(signature.error());

  const Json* proof_context = proof.find("@context");
  const Json* document_context = document.find("@context");
  if (proof_context != nullptr && !is_context_prefix(*proof_context, document_context)) {
    return fail(Error{ErrorCode::context_mismatch,
                      "the proof's @context does not begin the document's", "/@context"});
  }
  const auto hash_data = [&] {
    if (proof_context == nullptr || *proof_context == *document_context) {
      return proof_hash_data(document, proof);
    }
    Json signed_document = document;
    signed_document.set("@context", *proof_context);
    return proof_hash_data(signed_document, proof);
  }();
  if (!key.verify(hash_data, *signature)) {
    return fail(Error{ErrorCode::bad_proof, "the signature does not verify", "/proofValue"});
  }
  return read;
}

}  // namespace avow::core
