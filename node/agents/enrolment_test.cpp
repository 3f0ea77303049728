#include "node/agents/enrolment.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"

namespace avow::node::enrolment_test {
namespace {

using testing::must;

const registry::testing::Organisation& acme() {
  static const registry::testing::Organisation organisation(1, "acme.example");
  return organisation;
}

TEST_CASE("an enrolled agent has a document, an owner with a document, and an audit row",
          "[node][enrolment]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());

  const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));

  CHECK(agent.did == "did:web:acme.example:agents:Support");
  CHECK(agent.owner == "did:web:acme.example:people:maria-rossi");
  CHECK(agent.added == registry::testing::kNow);
  CHECK(rooms.documents->current(*did::Did::parse(agent.did)));
  CHECK(rooms.documents->current(*did::Did::parse(agent.owner)));
  CHECK(rooms.audited() == std::vector<std::string>{"agent.add"});
  CHECK(must(rooms.enrolment->find("Support")).public_key == agent.public_key);
  CHECK(must(rooms.enrolment->list()).size() == 1);
}

TEST_CASE("a member's agent is published in the feed with its owner", "[node][enrolment]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  const std::size_t before = rooms.said().size();

  const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));

  const auto said = rooms.said();
  REQUIRE(said.size() == before + 2);
  CHECK(*said[before].body.find_string("id") == agent.owner);
  CHECK(*said[before + 1].body.find_string("id") == agent.did);
  CHECK(*said[before + 1].body.find_string("owner") == agent.owner);
}

TEST_CASE("a name that differs in case alone is taken [AGENT-02]", "[node][enrolment][AGENT-02]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());
  const Agent first = must(rooms.enrolment->add(rooms.request("payments-agent"), "uid 1"));

  for (const char* name : {"payments-agent", "Payments-Agent", "PAYMENTS-AGENT"}) {
    const auto again = rooms.enrolment->add(rooms.request(name), "uid 1");
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::conflict);
  }
  auto same_key = rooms.request("another-agent");
  same_key.public_key = first.public_key;
  const auto borrowed = rooms.enrolment->add(same_key, "uid 1");
  REQUIRE_FALSE(borrowed);
  CHECK(borrowed.error().code == ErrorCode::conflict);

  CHECK(must(rooms.enrolment->list()).size() == 1);
  CHECK(rooms.audited().size() == 1);
  CHECK_FALSE(
      rooms.documents->current(*did::Did::parse("did:web:acme.example:agents:another-agent")));
  CHECK(rooms.enrolment->add(rooms.request("payments-agent-2"), "uid 1"));
}

TEST_CASE("an agent without a proper name, owner or key is refused and leaves nothing",
          "[node][enrolment]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());
  std::vector<EnrolmentRequest> requests;
  const auto with = [&](auto change) {
    EnrolmentRequest request = rooms.request("Support");
    change(request);
    requests.push_back(std::move(request));
  };
  with([](EnrolmentRequest& r) {
    r.name =
        "payments\xE2\x80\x91"
        "agent";
  });
  with([](EnrolmentRequest& r) { r.owner_name.clear(); });
  with([](EnrolmentRequest& r) { r.owner_name = std::string(201, 'm'); });
  with([](EnrolmentRequest& r) { r.owner_name = "\xE7\x8E\x8B"; });  // no ASCII letter, no id given
  with([](EnrolmentRequest& r) { r.owner_id = "a/b"; });
  with([](EnrolmentRequest& r) { r.version.clear(); });
  with([](EnrolmentRequest& r) { r.version = std::string(65, '1'); });
  with([](EnrolmentRequest& r) { r.kind.clear(); });
  with([](EnrolmentRequest& r) { r.public_key = "z6Mk"; });
  with([](EnrolmentRequest& r) { r.public_key.back() = r.public_key.back() == '0' ? 'O' : '0'; });
  for (const EnrolmentRequest& request : requests) {
    CAPTURE(request.name, request.owner_name, request.owner_id, request.version, request.kind);
    const auto refused = rooms.enrolment->add(request, "uid 1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
  }
  CHECK(must(rooms.enrolment->list()).empty());
  CHECK(rooms.audited().empty());

  EnrolmentRequest named = rooms.request("Support");
  named.owner_name = "\xE7\x8E\x8B\xE4\xBC\x9F";
  named.owner_id = "wang-wei";
  CHECK(must(rooms.enrolment->add(named, "uid 1")).owner == "did:web:acme.example:people:wang-wei");
}

TEST_CASE("a person who answers for two agents is published once", "[node][enrolment]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  must(rooms.enrolment->add(rooms.request("First"), "uid 1"));
  const std::size_t before = rooms.said().size();
  must(rooms.enrolment->add(rooms.request("Second"), "uid 1"));
  CHECK(rooms.said().size() == before + 1);
}

TEST_CASE("a charter that comes later hears who answers for whom", "[node][enrolment]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  const Agent agent = must(rooms.enrolment->add(rooms.request("First"), "uid 1"));
  must(rooms.join(consortium.charter()));
  for (const auto& statement : rooms.said()) {
    const std::string* id = statement.body.find_string("id");
    if (id == nullptr || *id != agent.did) continue;
    REQUIRE(statement.body.find_string("owner") != nullptr);
    CHECK(*statement.body.find_string("owner") == agent.owner);
    return;
  }
  FAIL("the agent's document was not published");
}

TEST_CASE("two people of one short id are not one person", "[node][enrolment]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());
  EnrolmentRequest first = rooms.request("First");
  first.owner_name = "Maria Rossi";
  must(rooms.enrolment->add(first, "uid 1"));
  EnrolmentRequest second = rooms.request("Second");
  second.owner_name = "Maria  Rossi!";

  const auto mistaken = rooms.enrolment->add(second, "uid 1");
  REQUIRE_FALSE(mistaken);
  CHECK(mistaken.error().code == ErrorCode::conflict);

  second.owner_id = "m-rossi-2";
  CHECK(rooms.enrolment->add(second, "uid 1"));
  EnrolmentRequest third = rooms.request("Third");
  third.owner_name = "Maria Rossi";
  CHECK(must(rooms.enrolment->add(third, "uid 1")).owner ==
        "did:web:acme.example:people:maria-rossi");
}

TEST_CASE("an agent is shown with the key and the state that its document has now",
          "[node][enrolment]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());
  const Agent first = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  const did::Did did = *did::Did::parse(first.did);
  core::Json document = rooms.documents->current(did)->document->json();
  const core::Json::Array& methods = *document.find("verificationMethod")->as_array();
  core::Json next = methods.front();
  const std::string next_key = rooms.request("x").public_key;
  next.set("id", first.did + "#key-2").set("publicKeyMultibase", next_key);

  // Both stand in it; the one for authentication is the agent's.
  document.set("verificationMethod", core::Json::array({methods.front(), next}));
  document.set("authentication", core::Json::array({first.did + "#key-2"}));
  must(rooms.own_documents->update(first.did, document, "uid 1"));
  CHECK(must(rooms.enrolment->find("Support")).public_key == next_key);
  CHECK(must(rooms.enrolment->list()).front().public_key == next_key);
  CHECK_FALSE(must(rooms.enrolment->find("Support")).deactivated);

  document.erase("authentication");
  must(rooms.own_documents->update(first.did, document, "uid 1"));
  CHECK(must(rooms.enrolment->find("Support")).public_key.empty());

  must(rooms.own_documents->deactivate(first.did, "", "uid 1"));
  CHECK(must(rooms.enrolment->find("Support")).deactivated);
  CHECK(must(rooms.enrolment->list()).front().deactivated);
}

TEST_CASE("an agent nobody enrolled is not found", "[node][enrolment]") {
  const core::testing::TempDir folder;
  testing::Rooms rooms(acme(), folder.path());
  const auto nobody = rooms.enrolment->find("Nobody");
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ErrorCode::not_found);
}

}  // namespace
}  // namespace avow::node::enrolment_test
