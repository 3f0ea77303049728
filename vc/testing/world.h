#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/data_integrity.h"
#include "core/testing/seeded_random.h"
#include "vc/issue.h"
#include "vc/namespace.h"
#include "vc/present.h"
#include "vc/status_entry.h"
#include "vc/testing/fakes.h"
#include "vc/verify.h"

namespace avow::vc::testing {

inline core::Ed25519SigningKey key_from(std::uint8_t seed) {
  std::array<std::uint8_t, core::Ed25519SigningKey::kSeedSize> bytes{};
  bytes.fill(seed);
  return core::Ed25519SigningKey::from_seed(bytes).value();
}

/// One organisation, trusted, with one agent that holds two capabilities: refunds up to 100 USD and
/// reading assigned tickets. All is valid at `now` (2026-11-21T08:30:00Z, a Saturday).
struct World {
  const core::Instant now = core::parse_rfc3339("2026-11-21T08:30:00Z").value();
  const std::string issuer_did = "did:web:orga.example";
  const std::string issuer_method = issuer_did + "#key-1";
  const std::string revocation_list = "https://orga.example/status/r1";
  const std::string suspension_list = "https://orga.example/status/s1";
  const std::string domain = "decentralized_identifier:did:web:orgb.example";
  const std::string challenge = "c-1";
  static constexpr std::uint64_t kRevocationIndex = 94567;
  static constexpr std::uint64_t kSuspensionIndex = 4410;

  core::Ed25519SigningKey issuer_key = key_from(1);
  core::Ed25519SigningKey agent_key = key_from(2);
  core::Ed25519SigningKey stranger_key = key_from(3);
  const std::string agent_did = did::did_key_of(agent_key.public_key()).text();
  const std::string agent_method = did::did_key_method_of(agent_key.public_key());

  FakeResolver resolver;
  FakeStatus status;
  FakeTrust trust;
  FakeChallenges challenges;
  core::PublicKeyCache keys{100};
  SignatureCache signatures{100};
  core::testing::SeededRandom random{1};

  World() {
    resolver.add(issuer_did, issuer_key.public_key());
    trust.trust(issuer_did);
    challenges.issue(challenge, now + std::chrono::seconds(60));
  }

  VerifyContext context() { return {resolver, keys, signatures, status, trust}; }
  VerifyOptions options(Profile profile = Profile::consortium) const {
    VerifyOptions options;
    options.profile = profile;
    options.now = now;
    options.expected_domain = domain;
    return options;
  }

  /// The capability credential before it is signed.
  core::Json draft() const {
    using core::Json;
    return Json::object(
        {{"@context", Json::array({kCredentialsV2Context, kAvowContext})},
         {"id", "urn:uuid:5f0c3d0e-3c5b-4c6e-9a43-0b5a6c1d2e3f"},
         {"type", Json::array({kVerifiableCredential, kAgentCapabilityCredential})},
         {"issuer", issuer_did},
         {"validFrom", "2026-11-21T08:00:00Z"},
         {"validUntil", "2026-11-21T09:00:00Z"},
         {"credentialSubject", subject()},
         {"credentialStatus",
          Json::array({make_status_entry("revocation", revocation_list, kRevocationIndex),
                       make_status_entry("suspension", suspension_list, kSuspensionIndex)})}});
  }

  core::Json subject() const {
    using core::Json;
    const Json refund_limit =
        Json::object({{"type", "max"}, {"param", "/amount/minor"}, {"value", 10000}});
    const Json currency =
        Json::object({{"type", "eq"}, {"param", "/amount/currency"}, {"value", "USD"}});
    return Json::object(
        {{"id", agent_did},
         {"agent", Json::object({{"name", "CustomerSupportAgent"}, {"version", "2.3"}})},
         {"owner", Json::object({{"id", "did:web:orga.example:people:p-142"},
                                 {"role", "responsible-human"}})},
         {"capabilities",
          Json::array({Json::object({{"action", "customer_records:read"},
                                     {"resource", "orga:tickets/assigned/*"}}),
                       Json::object({{"action", "billing:refund"},
                                     {"resource", "orga:orders/*"},
                                     {"constraints", Json::array({refund_limit, currency})}}),
                       Json::object({{"action", "human:escalate"}})})}});
  }

  /// Signs whatever it is, with the issuer's key and no rule asked.
  core::Json sign(const core::Json& document) const {
    return sign(document, issuer_key, proof_options());
  }
  static core::Json sign(const core::Json& document, const core::Ed25519SigningKey& key,
                         const core::ProofOptions& proof) {
    return core::with_proof(document, core::create_proof(document, proof, key));
  }
  core::ProofOptions proof_options() const {
    return {.verification_method = issuer_method,
            .proof_purpose = "assertionMethod",
            .created = "2026-11-21T08:00:00Z"};
  }

  core::Json credential() const { return sign(draft()); }
  /// The draft with one member replaced, signed.
  core::Json credential_with(std::string_view member, core::Json value) const {
    core::Json changed = draft();
    changed.set(member, std::move(value));
    return sign(changed);
  }
  core::Json credential_without(std::string_view member) const {
    core::Json changed = draft();
    changed.erase(member);
    return sign(changed);
  }

  core::Json presentation() const { return presentation_of({credential()}); }
  core::Json presentation_of(const std::vector<core::Json>& credentials) const {
    return present(credentials, {agent_did, agent_method, agent_key}, {challenge, domain, now})
        .value();
  }
};

/// Does the verdict own up to not having checked this?
inline bool leaves_open(const Verdict& verdict, std::string_view beginning) {
  return std::ranges::any_of(verdict.not_checked, [beginning](const std::string& open) {
    return open.starts_with(beginning);
  });
}

}  // namespace avow::vc::testing
