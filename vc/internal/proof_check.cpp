#include "vc/internal/proof_check.h"

#include "core/error.h"
#include "did/did.h"
#include "vc/internal/printable.h"

namespace avow::vc::internal {
namespace {

constexpr const char* kSignAgain =
    "ask the signer for the document as it was signed, or to sign it again";
constexpr const char* kAskIssuer =
    "check the DID, and ask its controller which key made this proof";

Check proof_failed(std::string_view code, std::string_view detail) {
  return Check::failed("proof", code, detail,
                       "secure the document with an eddsa-jcs-2022 or ecdsa-jcs-2019 proof");
}

/// The failed check of a proof that has not even the shape of one; nothing if it has.
std::optional<Check> shape_fault(const core::Json& document) {
  const core::Json* proof = document.find("proof");
  if (proof == nullptr || proof->is_null()) return proof_failed("no_proof", "there is no proof");
  if (const core::Json::Array* proofs = proof->as_array()) {
    if (proofs->empty()) return proof_failed("no_proof", "the list of proofs is empty");
    return proof_failed("proof_sets_unsupported",
                        "proof sets and chains are not verified in this build");
  }
  const auto* members = proof->as_object();
  if (members == nullptr) return proof_failed("malformed_proof", "proof is not an object");
  if (members->empty()) return proof_failed("no_proof", "the proof is empty");
  if (proof->find("previousProof") != nullptr) {
    return proof_failed("bad_proof_chain", "previousProof names a proof that is not there");
  }
  return std::nullopt;
}

std::optional<core::Proof> read_single_proof(const core::Json& document, Profile profile,
                                             CheckList& checks) {
  if (auto fault = shape_fault(document)) {
    checks.add(std::move(*fault));
    return std::nullopt;
  }
  const core::Json& json = *document.find("proof");
  auto proof = core::read_proof(json);
  if (!proof) {
    checks.add(proof_failed(core::code_name(proof.error().code), proof.error().detail));
    return std::nullopt;
  }
  if (profile == Profile::consortium) {
    // The suite lets a document append contexts after signing; a member's document may not.
    const core::Json* signed_context = json.find("@context");
    const core::Json* context = document.find("@context");
    if (signed_context == nullptr || context == nullptr || !(*signed_context == *context)) {
      checks.add(Check::failed("proof", "context_mismatch",
                               "the proof's @context is not the document's", kSignAgain));
      return std::nullopt;
    }
  }
  checks.add(Check::passed("proof", "one " + proof->cryptosuite + " proof"));
  return std::move(*proof);
}

/// Is this signer one that may speak for the issuer?
bool is_bound(const std::string& issuer, const did::Did& signer, const VerifyOptions& options) {
  if (issuer == signer.text()) return true;
  return options.profile == Profile::w3c && options.allow_https_issuer &&
         issuer.starts_with("https://") && signer.method() == "key";
}

struct SigningKey {
  core::PublicKey public_key;
  std::string signer;
};

Check resolution_failed(const did::Error& error) {
  if (error.code == did::ErrorCode::unavailable) {
    return Check::undetermined("key", "unavailable",
                               "the DID could not be resolved: " + error.detail,
                               "try again when its source can be reached");
  }
  const std::string_view code =
      error.code == did::ErrorCode::not_found ? "key_not_found" : did::code_name(error.code);
  return Check::failed("key", code, "the DID does not resolve: " + error.detail, kAskIssuer);
}

/// The check that refuses this method of a resolved document, or its key.
Result<core::PublicKey, Check> method_key(const did::Document& document, const std::string& id,
                                          did::VerificationRelationship relationship,
                                          core::PublicKeyCache& keys) {
  const auto refused = [](std::string_view code, const std::string& detail) {
    return core::fail(Check::failed("key", code, detail, kAskIssuer));
  };
  const did::VerificationMethod* method = document.find(id, relationship);
  if (method == nullptr) {
    if (document.find(id) == nullptr)
      return refused("key_not_found", "the DID document has no method " + quoted(id));
    return refused("key_not_authorised",
                   quoted(id) + " does not stand under " + std::string(did::name_of(relationship)));
  }
  const auto key = did::public_key_of(*method, keys);
  if (!key) return refused(core::code_name(key.error().code), key.error().detail);
  return *key;
}

std::optional<SigningKey> find_key(const core::Proof& proof, const ProofDemand& demand,
                                   const VerifyContext& context, const VerifyOptions& options,
                                   CheckList& checks) {
  const auto url = did::DidUrl::parse(proof.verification_method);
  if (!url || !url->fragment || !url->path.empty() || url->query) {
    checks.add(Check::failed(
        "key", "malformed_proof",
        "verificationMethod is not a DID with a fragment: " + quoted(proof.verification_method),
        kAskIssuer));
    return std::nullopt;
  }
  if (demand.issuer && !is_bound(*demand.issuer, url->did, options)) {
    checks.add(Check::failed(
        "key", "issuer_key_mismatch",
        "issued by " + quoted(*demand.issuer) + ", signed with a key of " + quoted(url->did.text()),
        "a credential must be signed by its issuer's own key"));
    return std::nullopt;
  }
  const auto resolution = context.resolver.resolve(url->did);
  if (!resolution) {
    checks.add(resolution_failed(resolution.error()));
    return std::nullopt;
  }
  if (resolution->deactivated) {
    checks.add(resolution_failed({did::ErrorCode::deactivated, "it was deactivated"}));
    return std::nullopt;
  }
  auto key = method_key(*resolution->document, proof.verification_method, demand.relationship,
                        context.keys);
  if (!key) {
    checks.add(std::move(key.error()));
    return std::nullopt;
  }
  checks.add(Check::passed(
      "key", "the key is its controller's for " + std::string(did::name_of(demand.relationship)),
      core::Json::object({{"verificationMethod", proof.verification_method},
                          {"documentVersion", resolution->version}})));
  return SigningKey{*key, url->did.text()};
}

Result<void, core::Error> verify_once(const core::Json& document, const core::Json& proof_json,
                                      const core::Proof& proof, const core::PublicKey& key,
                                      SignatureCache& cache) {
  const auto data = core::signed_data(document, proof_json, key);
  if (!data) return core::fail(data.error());
  const core::Sha256 cache_key = SignatureCache::key_of(key, *data, proof.proof_value);
  if (cache.contains(cache_key)) return {};
  auto verified = core::verify_signature(proof, *data, key);
  if (verified) cache.remember(cache_key);
  return verified;
}

bool check_signature(const core::Json& document, const core::Proof& proof, const SigningKey& key,
                     SignatureCache& cache, CheckList& checks) {
  const auto verified =
      verify_once(document, *document.find("proof"), proof, key.public_key, cache);
  if (!verified) {
    return checks.add(Check::failed("signature", core::code_name(verified.error().code),
                                    verified.error().detail, kSignAgain));
  }
  return checks.add(Check::passed("signature", "the document is as its signer signed it"));
}

bool check_purpose(const core::Proof& proof, did::VerificationRelationship wanted,
                   CheckList& checks) {
  const std::string purpose(did::name_of(wanted));
  if (proof.proof_purpose == purpose) return checks.add(Check::passed("proof_purpose", purpose));
  return checks.add(Check::failed("proof_purpose", "proof_purpose",
                                  "made for " + quoted(proof.proof_purpose) + ", wanted " + purpose,
                                  "ask for a proof of the right purpose"));
}

bool check_dates(const core::Proof& proof, const VerifyOptions& options, CheckList& checks) {
  if (proof.created && *proof.created > options.now + options.skew) {
    return checks.add(
        Check::failed("proof_dates", "proof_not_yet_valid",
                      "the proof is of " + core::format_seconds(*proof.created) + ", in the future",
                      "compare the clocks of signer and verifier"));
  }
  if (proof.expires && options.now > *proof.expires + options.skew) {
    return checks.add(Check::failed("proof_dates", "proof_expired",
                                    "the proof expired at " + core::format_seconds(*proof.expires),
                                    "ask for a new proof"));
  }
  return checks.add(Check::passed("proof_dates", "the proof is of now"));
}

}  // namespace

std::optional<ProvenDocument> check_proof(const core::Json& document, const ProofDemand& demand,
                                          const VerifyContext& context,
                                          const VerifyOptions& options, CheckList& checks) {
  auto proof = read_single_proof(document, options.profile, checks);
  if (!proof) return std::nullopt;
  const auto key = find_key(*proof, demand, context, options, checks);
  // Each of these says something of its own, so none hides behind another.
  const bool is_signed = key && check_signature(document, *proof, *key, context.signatures, checks);
  const bool has_purpose = check_purpose(*proof, demand.relationship, checks);
  const bool is_current = check_dates(*proof, options, checks);
  if (!is_signed || !has_purpose || !is_current) return std::nullopt;
  ProvenDocument proven{document, std::move(*proof), key->signer};
  if (const core::Json* signed_context = document.find("proof")->find("@context")) {
    proven.document.set("@context", *signed_context);
  }
  return proven;
}

}  // namespace avow::vc::internal
