#pragma once

#include <cstdint>
#include <string>
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

core::Ed25519SigningKey key_from(std::uint8_t seed);

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

  World();
  ~World();

  VerifyContext context() { return {resolver, keys, signatures, status, trust}; }
  VerifyOptions options(Profile profile = Profile::consortium) const;

  /// The capability credential before it is signed.
  core::Json draft() const;

  core::Json subject() const;

  /// Signs whatever it is, with the issuer's key and no rule asked.
  core::Json sign(const core::Json& document) const;
  static core::Json sign(const core::Json& document, const core::Ed25519SigningKey& key,
                         const core::ProofOptions& proof);
  core::ProofOptions proof_options() const;

  core::Json credential() const { return sign(draft()); }
  /// The draft with one member replaced, signed.
  core::Json credential_with(std::string_view member, core::Json value) const;
  core::Json credential_without(std::string_view member) const;

  core::Json presentation() const { return presentation_of({credential()}); }
  core::Json presentation_of(const std::vector<core::Json>& credentials) const;
};

/// Does the verdict own up to not having checked this?
bool leaves_open(const Verdict& verdict, std::string_view beginning);

}  // namespace avow::vc::testing
