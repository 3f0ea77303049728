#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/ed25519.h"
#include "core/json.h"
#include "core/testing/seeded_random.h"
#include "interop-tests/harness/node.h"

namespace avow::interop {

/// {"capabilities":[{"action":…}…]} of the support agent: reads assigned records, refunds up to 100 USD.
core::Json support_claims();

/// Time as the nodes see it.
core::Instant now();

/// An agent with a key of its own, enrolled at its organisation's running node.
class Agent {
 public:
  /// Throws if the node does not enrol it.
  Agent(Node& home, const std::string& name, std::uint64_t key_seed);

  const std::string& name() const { return name_; }
  const std::string& did() const { return did_; }
  const core::Ed25519SigningKey& key() const { return key_; }

  /// A credential from its organisation, valid for `lifetime` from now. Throws if none is issued.
  core::Json issue(std::chrono::seconds lifetime = std::chrono::hours(1),
                   const core::Json& claims = support_claims()) const;
  /// A presentation signed by this agent.
  core::Json present(const core::Json& credential, const std::string& challenge,
                     const std::string& domain) const;
  /// A presentation over a challenge that `verifier` gives now.
  core::Json present_to(const Node& verifier, const core::Json& credential) const;

 private:
  Node& home_;
  const std::string name_;
  const core::Ed25519SigningKey key_;
  std::string did_;
};

struct Challenge {
  std::string challenge;
  std::string domain;
};
/// Asks a node for a challenge. Throws if it gives none.
Challenge challenge_of(const Node& verifier);

/// POST /presentations/verify at the public listener. `action` may be null.
Reply verify_presentation(const Node& verifier, const core::Json& presentation,
                          const core::Json& action = {});
/// The whole dialogue: challenge, presentation, verdict.
Reply present_and_verify(const Agent& agent, const core::Json& credential, const Node& verifier,
                         const core::Json& action = {});
/// POST /credentials/verify at the public listener.
Reply verify_credential(const Node& verifier, const core::Json& credential,
                        const std::string& profile = "consortium");

/// POST /v1/credentials/{id}/suspend|resume|revoke at the admin socket.
Reply change_status(const Node& issuer, const core::Json& credential, const std::string& change);
/// active, suspended or revoked, as GET /v1/credentials/{id} says at the admin socket; else its whole answer.
std::string state_of(const Node& issuer, const std::string& credential_id);

}  // namespace avow::interop
