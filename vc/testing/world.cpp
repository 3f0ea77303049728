#include "vc/testing/world.h"

#include <algorithm>
#include <array>
#include <utility>

namespace avow::vc::testing {

core::Ed25519SigningKey key_from(std::uint8_t seed) {
  std::array<std::uint8_t, core::Ed25519SigningKey::kSeedSize> bytes{};
  bytes.fill(seed);
  return core::Ed25519SigningKey::from_seed(bytes).value();
}

World::World() {
  resolver.add(issuer_did, issuer_key.public_key());
  trust.trust(issuer_did);
  challenges.issue(challenge, now + std::chrono::seconds(60));
}

World::~World() = default;

VerifyOptions World::options(Profile profile) const {
  VerifyOptions options;
  options.profile = profile;
  options.now = now;
  options.expected_domain = domain;
  return options;
}

core::Json World::draft() const {
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

core::Json World::subject() const {
  using core::Json;
  const Json refund_limit =
      Json::object({{"type", "max"}, {"param", "/amount/minor"}, {"value", 10000}});
  const Json currency =
      Json::object({{"type", "eq"}, {"param", "/amount/currency"}, {"value", "USD"}});
  return Json::object(
      {{"id", agent_did},
       {"agent", Json::object({{"name", "CustomerSupportAgent"}, {"version", "2.3"}})},
       {"owner",
        Json::object({{"id", "did:web:orga.example:people:p-142"}, {"role", "responsible-human"}})},
       {"capabilities",
        Json::array({Json::object({{"action", "customer_records:read"},
                                   {"resource", "orga:tickets/assigned/*"}}),
                     Json::object({{"action", "billing:refund"},
                                   {"resource", "orga:orders/*"},
                                   {"constraints", Json::array({refund_limit, currency})}}),
                     Json::object({{"action", "human:escalate"}})})}});
}

core::Json World::sign(const core::Json& document) const {
  return sign(document, issuer_key, proof_options());
}

core::Json World::sign(const core::Json& document, const core::Ed25519SigningKey& key,
                       const core::ProofOptions& proof) {
  return core::with_proof(document, core::create_proof(document, proof, key));
}

core::ProofOptions World::proof_options() const {
  return {.verification_method = issuer_method,
          .proof_purpose = "assertionMethod",
          .created = "2026-11-21T08:00:00Z"};
}

core::Json World::credential_with(std::string_view member, core::Json value) const {
  core::Json changed = draft();
  changed.set(member, std::move(value));
  return sign(changed);
}

core::Json World::credential_without(std::string_view member) const {
  core::Json changed = draft();
  changed.erase(member);
  return sign(changed);
}

core::Json World::presentation_of(const std::vector<core::Json>& credentials) const {
  return present(credentials, {agent_did, agent_method, agent_key}, {challenge, domain, now})
      .value();
}

bool leaves_open(const Verdict& verdict, std::string_view beginning) {
  return std::ranges::any_of(verdict.not_checked, [beginning](const std::string& open) {
    return open.starts_with(beginning);
  });
}

}  // namespace avow::vc::testing
