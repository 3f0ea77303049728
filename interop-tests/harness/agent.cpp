#include "interop-tests/harness/agent.h"

#include <stdexcept>

#include "core/clock.h"
#include "node/http/url.h"
#include "vc/present.h"

namespace avow::interop {
namespace {

using core::Json;

core::Ed25519SigningKey key_from(std::uint64_t seed) {
  core::testing::SeededRandom random(seed);
  auto key = core::Ed25519SigningKey::generate(random);
  if (!key) throw std::runtime_error("no key: " + key.error().detail);
  return std::move(*key);
}

Json answered(const Reply& reply, std::string_view member, const std::string& what) {
  const Json* value = reply.body.find(member);
  if (!reply.ok() || value == nullptr)
    throw std::runtime_error(what + ": " + std::to_string(reply.status) + " " + reply.text);
  return *value;
}

}  // namespace

Json support_claims() {
  return Json::object(
      {{"capabilities",
        Json::array(
            {Json::object(
                 {{"action", "customer_records:read"}, {"resource", "tickets/assigned/*"}}),
             Json::object({{"action", "billing:refund"},
                           {"resource", "orders/*"},
                           {"constraints", Json::array({Json::object({{"type", "max"},
                                                                      {"param", "/amount/minor"},
                                                                      {"value", 10000}}),
                                                        Json::object({{"type", "eq"},
                                                                      {"param", "/amount/currency"},
                                                                      {"value", "USD"}})})}})})}});
}

core::Instant now() {
  return core::SystemClock().now();
}

Agent::Agent(Node& home, const std::string& name, std::uint64_t key_seed)
    : home_(home), name_(name), key_(key_from(key_seed)) {
  const Reply enrolled = home.admin().post(
      "/v1/agents", Json::object({{"name", name},
                                  {"version", "2.3"},
                                  {"type", "assistant"},
                                  {"ownerName", "Dana Reyes"},
                                  {"ownerId", "dana"},
                                  {"publicKeyMultibase", key_.public_key().to_multikey()}}));
  did_ = *answered(enrolled, "did", "cannot enrol " + name).as_string();
}

Json Agent::issue(std::chrono::seconds lifetime, const Json& claims) const {
  const Reply issued = home_.admin().post(
      "/v1/credentials", Json::object({{"agent", name_},
                                       {"type", "AgentCapabilityCredential"},
                                       {"lifetimeSeconds", std::int64_t{lifetime.count()}},
                                       {"claims", claims}}));
  return answered(issued, "verifiableCredential", "no credential for " + name_);
}

Json Agent::present(const Json& credential, const std::string& challenge,
                    const std::string& domain) const {
  const auto presentation = vc::present({credential}, vc::Holder{did_, did_ + "#key-1", key_},
                                        vc::PresentOptions{challenge, domain, now()});
  if (!presentation) throw std::runtime_error("cannot present: " + presentation.error().detail);
  return *presentation;
}

Json Agent::present_to(const Node& verifier, const Json& credential) const {
  const Challenge challenge = challenge_of(verifier);
  return present(credential, challenge.challenge, challenge.domain);
}

Challenge challenge_of(const Node& verifier) {
  const Reply reply = verifier.at_public().post("/challenges");
  return {*answered(reply, "challenge", "no challenge").as_string(),
          *answered(reply, "domain", "no challenge").as_string()};
}

Reply verify_presentation(const Node& verifier, const Json& presentation, const Json& action) {
  Json body = Json::object({{"verifiablePresentation", presentation}});
  if (!action.is_null()) body.set("options", Json::object({{"action", action}}));
  return verifier.at_public().post("/presentations/verify", body);
}

Reply present_and_verify(const Agent& agent, const Json& credential, const Node& verifier,
                         const Json& action) {
  return verify_presentation(verifier, agent.present_to(verifier, credential), action);
}

Reply verify_credential(const Node& verifier, const Json& credential, const std::string& profile) {
  return verifier.at_public().post(
      "/credentials/verify", Json::object({{"verifiableCredential", credential},
                                           {"options", Json::object({{"profile", profile}})}}));
}

Reply change_status(const Node& issuer, const Json& credential, const std::string& change) {
  return issuer.admin().post(
      "/v1/credentials/" + node::http::percent_encode(*credential.find_string("id")) + "/" + change,
      Json::object({{"reason", "test"}}));
}

std::string state_of(const Node& issuer, const std::string& credential_id) {
  const Reply shown =
      issuer.admin().get("/v1/credentials/" + node::http::percent_encode(credential_id));
  const std::string* state = shown.body.find_string("state");
  return state != nullptr ? *state : shown.text;
}

}  // namespace avow::interop
