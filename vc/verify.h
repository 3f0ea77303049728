#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "did/resolver.h"
#include "vc/challenge_book.h"
#include "vc/signature_cache.h"
#include "vc/status_checker.h"
#include "vc/trust_policy.h"
#include "vc/verdict.h"

namespace avow::vc {

/// What verification asks. All must outlive the call; each must be safe to call from several threads.
struct VerifyContext {
  const did::Resolver& resolver;
  core::PublicKeyCache& keys;
  SignatureCache& signatures;
  const StatusChecker& status;
  const TrustPolicy& trust;
};

struct VerifyOptions {
  Profile profile = Profile::consortium;
  core::Instant now;
  /// Judge keys and dates as of this time, not later than `now`. Who may issue and what was revoked stay those of now.
  std::optional<core::Instant> as_of = {};
  /// The consortium profile refuses every presentation without it.
  std::optional<std::string> expected_domain = {};
  std::optional<std::string> expected_challenge = {};  // compared if given
  /// What the presenter gave along for the TrustPolicy, as it came: that a signature was published before its key was
  /// given up.
  std::vector<core::Json> stapled = {};
  /// Clocks differ: every bound is moved outwards by this, and the bound itself is still inside. A
  /// credential is accepted at validUntil + 60 s and refused one millisecond later.
  core::Milliseconds skew = std::chrono::seconds(60);
  /// The time that keys and dates are judged at.
  core::Instant judged_at() const { return as_of.value_or(now); }
  // Switches of the w3c profile; the consortium profile ignores them and refuses both.
  bool allow_examples_context = true;  // credentials/examples/v2, which has @vocab
  bool allow_https_issuer = true;      // an https issuer whose proof is made with a did:key
};

/// Verifies one credential, secured by one proof or a set of at most 16 (eddsa-jcs-2022, ecdsa-jcs-2019): every one
/// must verify, one of them by the issuer. The checks, in order (name: codes):
///
///   as_of          as_of_in_future; only if a past time is asked for
///   form           vc/error.h "form"
///   context        context_not_allowed
///   issuer         the TrustPolicy's; consortium only
///   proof          no_proof, too_many_proofs, bad_proof_chain, proof_chains_unsupported, malformed_proof,
///                  bad_datetime, unsupported_proof_type, unsupported_cryptosuite, context_mismatch
///   key            issuer_key_mismatch, key_not_found, key_not_authorised, invalid_key, weak_key, and
///                  what did::Resolver fails with; `unavailable`, `timed_out`, `resolution_stale`, `tls_failure` and
///                  `too_many_fetches` are undetermined; of a past time key_not_valid_then: its DID had no such version or method
///   signature      bad_proof, bad_multibase, context_mismatch, alg_key_mismatch
///   compromise     the TrustPolicy's; only if the key was given up as stolen
///   proof_purpose  proof_purpose
///   proof_dates    proof_not_yet_valid, proof_expired; of a past time proof_undated: without a date of its own,
///                  which is its signer's word, a proof was not there then
///   validity       not_yet_valid, expired, validity_required (consortium)
///   freshness      the TrustPolicy's; consortium only
///   subject        the TrustPolicy's: whom its organisation has stopped; consortium profile only
///   local_policy   the TrustPolicy's, of issuer, types and subjects
///   status         one check for each entry: the StatusChecker's, unsupported_status, type, RANGE_ERROR,
///                  status_malformed; status_required (consortium: at least one of purpose revocation;
///                  BitstringStatusListCredential has none)
///   capability     capability_malformed, undefined_term: of an AgentCapabilityCredential
///
/// Of a set, the checks from proof to proof_dates are made for each, with the subject "credential, proof 1" and so on.
/// If the key or the signature fails under a document that may be outdated, the signer's DID is resolved once more
/// with `refresh`: another version of it is tried, and if the document cannot be had now, that is the check of the key.
///
/// The verdict holds every check that could be made: after a failed form none, without a key no
/// signature; status is asked only if the proof and the issuer have passed. `verified_document` is null
/// unless all proof checks passed.
///
/// The document is taken by value because the verdict holds it: to move it in saves a copy.
///
/// never throws; fetches nothing but what its resolver and status checker fetch; thread-safe
/// source VCDM 2.0 "Verification"; Data Integrity EdDSA Cryptosuites v1.0 "eddsa-jcs-2022"
Verdict verify_credential(core::Json credential, const VerifyContext& context,
                          const VerifyOptions& options);

/// Verifies a signed presentation (purpose authentication), then each credential in it (subject
/// "credential 1", …). Before the credentials, with subject "presentation": as_of (as_of_not_allowed: in the consortium
/// profile a presentation is of now, since its challenge is), form, context, proof … proof_dates
/// as above, then
///
///   domain         domain_required (consortium); domain: compared byte for byte; of each proof of a set
///   holder         holder_binding: holder, if it is a DID, made the proof, or one of the set; consortium: there is a
///                  holder, and it is the credentialSubject.id of each credential
///   credentials    missing_credential (consortium)
///   challenge      challenge_required (consortium), challenge (not the expected one, or not one for the whole set),
///                  the ChallengeBook's (consortium)
///
/// Credentials are looked at, and the challenge is used up, only if all before it passed.
Verdict verify_presentation(core::Json presentation, const VerifyContext& context,
                            const VerifyOptions& options, ChallengeBook& challenges);

}  // namespace avow::vc
