#include "node/agents/agent.h"

#include <algorithm>

namespace avow::node {
namespace {

bool is_ascii_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

core::Json contexts() {
  return core::Json::array(
      {"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"});
}

}  // namespace

bool is_agent_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || !is_ascii_alphanumeric(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return is_ascii_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string slug(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (is_ascii_alphanumeric(c)) {
      text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!text.empty() && text.back() != '-') {
      text += '-';
    }
  }
  while (!text.empty() && text.back() == '-') text.pop_back();
  return text.substr(0, 64);
}

std::string authentication_key(const did::Document& document) {
  core::PublicKeyCache keys{1};
  for (const did::VerificationMethod& method : document.verification_methods()) {
    if (document.find(method.id, did::VerificationRelationship::authentication) == nullptr)
      continue;
    const auto key = did::public_key_of(method, keys);
    if (key && key->as_ed25519() != nullptr) return key->to_multikey();
  }
  return "";
}

core::Json agent_document(const did::Did& agent, const did::Did& organisation,
                          std::string_view multikey) {
  const std::string key = agent.text() + "#key-1";
  core::Json document = core::Json::object(
      {{"@context", contexts()}, {"id", agent.text()}, {"controller", organisation.text()}});
  document.set("verificationMethod",
               core::Json::array({core::Json::object({{"id", key},
                                                      {"type", "Multikey"},
                                                      {"controller", agent.text()},
                                                      {"publicKeyMultibase", multikey}})}));
  for (const std::string_view relationship :
       {"authentication", "assertionMethod", "capabilityInvocation"}) {
    document.set(relationship, core::Json::array({key}));
  }
  return document;
}

core::Json person_document(const did::Did& person, const did::Did& organisation) {
  return core::Json::object({{"@context", core::Json::array({"https://www.w3.org/ns/did/v1"})},
                             {"id", person.text()},
                             {"controller", organisation.text()}});
}

}  // namespace avow::node
