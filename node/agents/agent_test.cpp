#include "node/agents/agent.h"

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "did/document.h"

namespace avow::node::agent_test {
namespace {

TEST_CASE("an agent's name is 1 to 64 ASCII letters, digits, dots, underscores and hyphens",
          "[node][agent]") {
  CHECK(is_agent_name("payments-agent"));
  CHECK(is_agent_name("CustomerSupportAgent_2.3"));
  CHECK(is_agent_name("7"));
  CHECK(is_agent_name(std::string(64, 'a')));
  CHECK_FALSE(is_agent_name(std::string(65, 'a')));
  CHECK_FALSE(is_agent_name(""));
  for (const char* first : {".hidden", "-flag", "_x"}) CHECK_FALSE(is_agent_name(first));
  for (const char* name : {"a b", "a/b", "a:b", "a%20b", "a\nb", "a@b"}) {
    CAPTURE(name);
    CHECK_FALSE(is_agent_name(name));
  }
  CHECK_FALSE(is_agent_name(std::string_view("a\0b", 3)));
}

TEST_CASE("a name that only looks like another is none [AGENT-02]", "[node][agent][AGENT-02]") {
  CHECK_FALSE(
      is_agent_name("payments\xE2\x80\x91"
                    "agent"));                         // U+2011 for the hyphen
  CHECK_FALSE(is_agent_name("p\xD0\xB0yments"));       // Cyrillic a
  CHECK_FALSE(is_agent_name("payments\xE2\x80\x8B"));  // zero width space
  CHECK_FALSE(
      is_agent_name("\xEF\xBD\x90"
                    "ayments"));  // full-width p
}

TEST_CASE("a person's path segment is made of the ASCII letters and digits of the name",
          "[node][agent]") {
  CHECK(slug("Maria Rossi") == "maria-rossi");
  CHECK(slug("  Dr. O'Neil, 2nd ") == "dr-o-neil-2nd");
  CHECK(slug("J\xC3\xBCrgen") == "j-rgen");
  CHECK(slug("\xE7\x8E\x8B\xE4\xBC\x9F").empty());
  CHECK(slug("").empty());
  CHECK(slug(std::string(65, 'x')).size() == 64);
}

TEST_CASE("an agent's document holds its key under the three relationships it needs",
          "[node][agent]") {
  const auto agent = *did::Did::parse("did:web:acme.example:agents:Support");
  const auto organisation = *did::Did::parse("did:web:acme.example");
  core::testing::SeededRandom random(1);
  const std::string multikey =
      core::Ed25519SigningKey::generate(random)->public_key().to_multikey();

  const auto document =
      did::Document::from_json(agent_document(agent, organisation, multikey), agent);

  REQUIRE(document);
  CHECK(*document->json().find_string("controller") == "did:web:acme.example");
  using did::VerificationRelationship;
  for (const auto relationship :
       {VerificationRelationship::authentication, VerificationRelationship::assertion_method,
        VerificationRelationship::capability_invocation}) {
    const auto* method = document->find(agent.text() + "#key-1", relationship);
    REQUIRE(method != nullptr);
    CHECK(method->public_key_multibase == multikey);
  }
  CHECK(document->find(agent.text() + "#key-1", VerificationRelationship::key_agreement) ==
        nullptr);
}

TEST_CASE("a person's document names the organisation and holds no key", "[node][agent]") {
  const auto person = *did::Did::parse("did:web:acme.example:people:maria-rossi");
  const auto organisation = *did::Did::parse("did:web:acme.example");
  const auto document = person_document(person, organisation);
  REQUIRE(did::Document::from_json(document, person));
  CHECK(*document.find_string("controller") == "did:web:acme.example");
  CHECK(document.find("verificationMethod") == nullptr);
}

}  // namespace
}  // namespace avow::node::agent_test
