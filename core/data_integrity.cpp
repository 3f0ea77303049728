#include "core/data_integrity.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "core/multibase.h"
#include "core/sha256.h"
#include "core/sha384.h"

namespace avow::core {
namespace {

constexpr std::string_view kProofType = "DataIntegrityProof";
constexpr std::string_view kEddsaJcs = "eddsa-jcs-2022";
constexpr std::string_view kEcdsaJcs = "ecdsa-jcs-2019";
// 96 bytes are at most 132 digits; the size is checked before the quadratic decoding.
constexpr std::size_t kMaxProofValueSize = 1 + 132;

// To a caller, a proof that cannot be read is one kind of fault; only a bad date has a name of its
// own.
Error as_proof_fault(Error fault) {
  if (fault.code != ErrorCode::bad_datetime) fault.code = ErrorCode::malformed_proof;
  return fault;
}

// R and S, each as wide as the curve (RFC 8032 "Sign", IEEE P1363).
std::size_t signature_size(const PublicKey& key) {
  const auto* ecdsa = key.as_ecdsa();
  return ecdsa != nullptr && ecdsa->curve() == EcdsaCurve::p384 ? 96 : 64;
}

Result<Bytes, Error> read_signature(std::string_view proof_value, const PublicKey& key) {
  const auto refused = [](std::string detail) {
    return fail(Error{ErrorCode::bad_multibase, std::move(detail), "/proofValue"});
  };
  if (proof_value.size() > kMaxProofValueSize) return refused("longer than `z` and 96 bytes");
  auto bytes = from_multibase(Multibase::base58btc, proof_value);
  if (!bytes) return refused(bytes.error().detail);
  if (const auto size = signature_size(key); bytes->size() != size) {
    return refused("a signature of this key has " + std::to_string(size) + " bytes");
  }
  return std::move(*bytes);
}

template <class Hash>
Bytes joined(const Hash& proof_hash, const Hash& document_hash) {
  Bytes data(proof_hash.begin(), proof_hash.end());
  data.insert(data.end(), document_hash.begin(), document_hash.end());
  return data;
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

std::string_view cryptosuite_of(const PublicKey& key) {
  return key.as_ed25519() != nullptr ? kEddsaJcs : kEcdsaJcs;
}

Result<Proof, Error> read_proof(const Json& proof) {
  JsonReader in(proof);
  Proof read;
  read.type = in.string("type");
  if (in.ok() && read.type != kProofType) {
    return fail(Error{ErrorCode::unsupported_proof_type, "only DataIntegrityProof", "/type"});
  }
  read.cryptosuite = in.string("cryptosuite");
  if (in.ok() && read.cryptosuite != kEddsaJcs && read.cryptosuite != kEcdsaJcs) {
    return fail(Error{ErrorCode::unsupported_cryptosuite, "only eddsa-jcs-2022 and ecdsa-jcs-2019",
                      "/cryptosuite"});
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

Bytes proof_hash_data(const Json& document, const Json& proof, const PublicKey& key) {
  const std::string signed_proof = to_canonical_without(proof, "proofValue");
  const std::string signed_document = to_canonical_without(document, "proof");
  const auto* ecdsa = key.as_ecdsa();
  if (ecdsa != nullptr && ecdsa->curve() == EcdsaCurve::p384) {
    return joined(sha384(signed_proof), sha384(signed_document));
  }
  return joined(sha256(signed_proof), sha256(signed_document));
}

Json create_proof(const Json& document, const ProofOptions& options, const Ed25519SigningKey& key) {
  Json proof = Json::object({{"type", kProofType},
                             {"cryptosuite", kEddsaJcs},
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
  const Ed25519Signature signature = key.sign(proof_hash_data(document, proof, key.public_key()));
  proof.set("proofValue", to_multibase(Multibase::base58btc, signature));
  return proof;
}

Json with_proof(Json document, Json proof) {
  document.set("proof", std::move(proof));
  return document;
}

Result<Bytes, Error> signed_data(const Json& document, const Json& proof, const PublicKey& key) {
  const std::string* suite = proof.find_string("cryptosuite");
  if (suite == nullptr || *suite != cryptosuite_of(key)) {
    return fail(Error{ErrorCode::alg_key_mismatch,
                      "a key of this kind signs " + std::string(cryptosuite_of(key)) + " only",
                      "/cryptosuite"});
  }
  const Json* proof_context = proof.find("@context");
  const Json* document_context = document.find("@context");
  if (proof_context == nullptr) return proof_hash_data(document, proof, key);
  if (!is_context_prefix(*proof_context, document_context)) {
    return fail(Error{ErrorCode::context_mismatch,
                      "the proof's @context does not begin the document's", "/@context"});
  }
  if (*proof_context == *document_context) return proof_hash_data(document, proof, key);
  Json signed_document = document;
  signed_document.set("@context", *proof_context);
  return proof_hash_data(signed_document, proof, key);
}

Result<void, Error> verify_signature(const Proof& proof, ByteView signed_data,
                                     const PublicKey& key) {
  const auto signature = read_signature(proof.proof_value, key);
  if (!signature) return fail(signature.error());
  if (!key.verify(signed_data, *signature)) {
    return fail(Error{ErrorCode::bad_proof, "the signature does not verify", "/proofValue"});
  }
  return {};
}

Result<Proof, Error> verify_proof(const Json& document, const Json& proof, const PublicKey& key) {
  auto read = read_proof(proof);
  if (!read) return read;
  const auto data = signed_data(document, proof, key);
  if (!data) return fail(data.error());
  if (auto verified = verify_signature(*read, *data, key); !verified) {
    return fail(std::move(verified.error()));
  }
  return read;
}

}  // namespace avow::core
