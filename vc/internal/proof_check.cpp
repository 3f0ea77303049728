#include "vc/internal/proof_check.h"

#include <algorithm>
#include <utility>

#include "core/canonical_json.h"
#include "core/error.h"
#include "core/printable.h"
#include "did/did.h"
#include "vc/trust_code.h"

namespace avow::vc::internal {
namespace {

constexpr const char* kSignAgain =
    "ask the signer for the document as it was signed, or to sign it again";
constexpr const char* kAskIssuer =
    "check the DID, and ask its controller which key made this proof";

/// Is this signer one that may speak for the issuer?
bool is_bound(const std::string& issuer, const did::Did& signer, const VerifyOptions& options) {
  if (issuer == signer.text()) return true;
  return options.profile == Profile::w3c && options.allow_https_issuer &&
         issuer.starts_with("https://") && signer.method() == "key";
}

/// Not being able to ask is not an answer.
bool could_not_ask(did::ErrorCode code) {
  return code == did::ErrorCode::unavailable || code == did::ErrorCode::feature_not_supported ||
         code == did::ErrorCode::tls_failure || code == did::ErrorCode::too_many_fetches ||
         code == did::ErrorCode::timed_out || code == did::ErrorCode::resolution_stale ||
         code == did::ErrorCode::rollback_detected;
}

Check resolution_failed(const did::Error& error) {
  if (could_not_ask(error.code)) {
    return Check::undetermined(
        "key", did::code_name(error.code), "the DID could not be resolved: " + error.detail,
        error.code == did::ErrorCode::feature_not_supported
            ? "ask a node that keeps this DID's history: its own organisation's"
            : "try again when its source can be reached");
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
      return refused("key_not_found", "the DID document has no method " + core::in_quotes(id));
    return refused("key_not_authorised", core::in_quotes(id) + " does not stand under " +
                                             std::string(did::name_of(relationship)));
  }
  const auto key = did::public_key_of(*method, keys);
  if (!key) return refused(core::code_name(key.error().code), key.error().detail);
  return *key;
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

/// One proof, and what is asked of it.
struct Question {
  const core::Json& document;
  const ReadProof& read;
  did::VerificationRelationship relationship;
};

/// The checks "key" and, if there is one, "signature" under one version of the signer's document.
std::vector<Check> check_under(const did::Resolution& signer, const Question& asked,
                               const VerifyContext& context) {
  const core::Proof& proof = asked.read.proof;
  if (signer.deactivated) {
    return {resolution_failed({did::ErrorCode::deactivated, "it was deactivated"})};
  }
  const auto key =
      method_key(*signer.document, proof.verification_method, asked.relationship, context.keys);
  const auto looked_at = core::Json::object(
      {{"documentVersion", signer.version}, {"verificationMethod", proof.verification_method}});
  if (!key) {
    Check refused = key.error();
    refused.evidence = looked_at;
    return {std::move(refused)};
  }
  std::vector<Check> checks;
  checks.reserve(2);
  checks.push_back(Check::passed(
      "key", "the key is its controller's for " + std::string(did::name_of(asked.relationship)),
      looked_at));
  const auto verified =
      verify_once(asked.document, *asked.read.json, proof, *key, context.signatures);
  checks.push_back(verified ? Check::passed("signature", "the document is as its signer signed it")
                            : Check::failed("signature", core::code_name(verified.error().code),
                                            verified.error().detail, kSignAgain));
  return checks;
}

/// Could a newer version of the signer's document decide otherwise?
bool may_be_outdated(const Check& check) {
  return check.code == "key_not_found" || check.code == "key_not_authorised" ||
         check.code == "alg_key_mismatch" || check.code == "bad_proof";
}

/// The check of a key, said of a past time if that was asked about.
Check as_of_then(Check check, const std::optional<core::Instant>& as_of) {
  if (!as_of || check.name != "key") return check;
  check.evidence.set("asOf", core::format_milliseconds(*as_of));
  if (check.code == "key_not_found" || check.code == "version_not_found") {
    check.code = code_name(TrustCode::key_not_valid_then);
  }
  return check;
}

/// A log keeps its earlier versions, and nobody can change them: what a credential says was signed when a key was in
/// force counts for good after that key is rotated. Its date is the signer's own word; a stolen key's is for the
/// trust registry to judge.
bool has_history(const Question& asked) {
  return asked.read.method.did.method() == "webvh" &&
         asked.relationship == did::VerificationRelationship::assertion_method &&
         asked.read.proof.created.has_value();
}

/// Was the method ever in the log before `version`? Then its key was not valid at the time asked about.
bool was_listed_before(did::Resolution version, const Question& asked,
                       const VerifyContext& context) {
  constexpr int kMaxVersions = 64;
  for (int i = 0; i < kMaxVersions && version.updated; ++i) {
    const auto before = *version.updated - std::chrono::seconds(1);
    auto earlier = context.resolver.resolve(asked.read.method.did, {.version_time = before});
    if (!earlier) return false;
    version = std::move(*earlier);
    if (version.document->find(asked.read.proof.verification_method, asked.relationship) !=
        nullptr) {
      return true;
    }
  }
  return false;
}

/// The checks under the version that was in force when the proof says it was made.
std::vector<Check> check_under_then(const did::Resolution& current, const Question& asked,
                                    const VerifyContext& context) {
  const auto created = *asked.read.proof.created;
  const auto then = context.resolver.resolve(asked.read.method.did, {.version_time = created});
  if (!then) return {resolution_failed(then.error())};
  auto made = check_under(*then, asked, context);
  Check& key = made.front();
  key.evidence.set("asOf", core::format_milliseconds(created));
  if (key.code == "key_not_found" && was_listed_before(current, asked, context)) {
    key.code = "key_not_valid_then";
  }
  return made;
}

bool check_key_and_signature(const Question& asked, const VerifyContext& context,
                             const std::optional<core::Instant>& as_of, CheckList& checks) {
  const did::Did& signer = asked.read.method.did;
  const auto resolution = context.resolver.resolve(signer, {.version_time = as_of});
  if (!resolution) return checks.add(as_of_then(resolution_failed(resolution.error()), as_of));
  auto made = check_under(*resolution, asked, context);
  if (may_be_outdated(made.back())) {
    // Once, and only what is another version now: who fetches documents limits how often it is asked again.
    const auto renewed = context.resolver.resolve(signer, {.version_time = as_of, .refresh = true});
    if (!renewed) {
      // What failed may be good under a document that nobody could read, and what is gone signs for nobody.
      made = {resolution_failed(renewed.error())};
    } else if (renewed->version != resolution->version) {
      made = check_under(*renewed, asked, context);
    }
  }
  if (!as_of && made.front().code == "key_not_found" && has_history(asked)) {
    made = check_under_then(*resolution, asked, context);
  }
  bool has_passed = true;
  for (Check& check : made) {
    has_passed = checks.add(as_of_then(std::move(check), as_of)) && has_passed;
  }
  return has_passed;
}

std::string as_issued(const core::Json& document, const core::Json& proof) {
  core::Json issued = document;
  // What was added to the context after signing is not of what was issued.
  if (const core::Json* context = proof.find("@context")) issued.set("@context", *context);
  issued.set("proof", proof);
  return core::to_canonical(issued);
}

bool check_compromise(const Question& asked, const VerifyContext& context,
                      const VerifyOptions& options, CheckList& checks) {
  const core::Json& proof = *asked.read.json;
  auto check =
      context.trust.check_key({asked.read.proof.verification_method,
                               [&] { return as_issued(asked.document, proof); }, options.stapled});
  return !check || checks.add(std::move(*check));
}

bool check_purpose(const core::Proof& proof, did::VerificationRelationship wanted,
                   CheckList& checks) {
  const std::string purpose(did::name_of(wanted));
  if (proof.proof_purpose == purpose) return checks.add(Check::passed("proof_purpose", purpose));
  return checks.add(
      Check::failed("proof_purpose", "proof_purpose",
                    "made for " + core::in_quotes(proof.proof_purpose) + ", wanted " + purpose,
                    "ask for a proof of the right purpose"));
}

bool check_dates(const core::Proof& proof, const VerifyOptions& options, CheckList& checks) {
  if (options.as_of && !proof.created) {
    return checks.add(Check::failed("proof_dates", "proof_undated",
                                    "the proof does not say when it was made, so nothing says that "
                                    "it was there at the time asked about",
                                    "ask about now, or for a proof with a date"));
  }
  if (proof.created && *proof.created > options.judged_at() + options.skew) {
    return checks.add(Check::failed(
        "proof_dates", "proof_not_yet_valid",
        "the proof is of " + core::format_seconds(*proof.created) + ", which was still to come",
        "compare the clocks of signer and verifier"));
  }
  if (proof.expires && options.judged_at() > *proof.expires + options.skew) {
    return checks.add(Check::failed("proof_dates", "proof_expired",
                                    "the proof expired at " + core::format_seconds(*proof.expires),
                                    "ask for a new proof"));
  }
  if (options.as_of) {
    return checks.add(Check::passed(
        "proof_dates", "by its signer's own word the proof was made by then and had not expired",
        core::Json::object({{"created", core::format_milliseconds(*proof.created)}})));
  }
  return checks.add(Check::passed("proof_dates", "the proof has been made and has not expired"));
}

std::optional<did::VerificationRelationship> relationship_named(std::string_view purpose) {
  using Relationship = did::VerificationRelationship;
  for (const auto relationship :
       {Relationship::authentication, Relationship::assertion_method,
        Relationship::capability_invocation, Relationship::capability_delegation}) {
    if (did::name_of(relationship) == purpose) return relationship;
  }
  return std::nullopt;
}

bool check_one(const core::Json& document, ReadProof& read,
               did::VerificationRelationship relationship, const VerifyContext& context,
               const VerifyOptions& options) {
  // Each of these says something of its own, so none hides behind another.
  const Question question{document, read, relationship};
  const bool is_signed = check_key_and_signature(question, context, options.as_of, read.checks) &&
                         check_compromise(question, context, options, read.checks);
  const bool has_purpose = check_purpose(read.proof, relationship, read.checks);
  const bool is_current = check_dates(read.proof, options, read.checks);
  return is_signed && has_purpose && is_current;
}

/// A proof of another than the issuer: whatever it was made for, its signer must be allowed to.
bool check_cosigner(const core::Json& document, ReadProof& read, const VerifyContext& context,
                    const VerifyOptions& options) {
  const auto relationship = relationship_named(read.proof.proof_purpose);
  if (relationship) return check_one(document, read, *relationship, context, options);
  return read.checks.add(Check::failed(
      "proof_purpose", "proof_purpose",
      core::in_quotes(read.proof.proof_purpose) + " is no purpose that a key can sign for",
      kSignAgain));
}

}  // namespace

std::optional<ProvenDocument> check_proof(const core::Json& document, const ProofDemand& demand,
                                          const VerifyContext& context,
                                          const VerifyOptions& options, CheckList& checks) {
  auto proofs = read_proofs(document, options.profile, checks);
  if (!proofs) return std::nullopt;
  const auto is_demanded = [&](const ReadProof& read) {
    return !demand.issuer || is_bound(*demand.issuer, read.method.did, options);
  };
  if (std::ranges::none_of(*proofs, is_demanded)) {
    checks.add(Check::failed("key", "issuer_key_mismatch",
                             "issued by " + core::in_quotes(*demand.issuer) +
                                 ", signed with a key of " +
                                 core::in_quotes(proofs->front().method.did.text()),
                             "a credential must be signed by its issuer's own key"));
    return std::nullopt;
  }
  ProvenDocument proven;
  bool have_all_passed = true;
  for (ReadProof& read : *proofs) {
    const bool is_own = is_demanded(read);
    const bool has_passed = is_own
                                ? check_one(document, read, demand.relationship, context, options)
                                : check_cosigner(document, read, context, options);
    have_all_passed = have_all_passed && has_passed;
    if (is_own) proven.proofs.push_back(std::move(read));
  }
  if (!have_all_passed) return std::nullopt;
  const core::Json* signed_context = proven.proofs.front().json->find("@context");
  if (signed_context != nullptr && !(*signed_context == *document.find("@context"))) {
    proven.as_signed = document;
    proven.as_signed->set("@context", *signed_context);
  }
  return proven;
}

}  // namespace avow::vc::internal
